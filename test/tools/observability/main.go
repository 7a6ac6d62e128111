// Program otelcol is an OpenTelemetry Collector with those components of the AWS Distro for OpenTelemetry 0.49 that the
// tests use; `otelcol components` lists them, under the ids old and new. The Collector Builder made it and
// components.go from builder.yaml:
//
//	go run go.opentelemetry.io/collector/cmd/builder@v0.156.0 --config builder.yaml --skip-compilation
//
// That ends with an error of `go mod tidy`, which asks for test-only modules that the module proxy doesn't serve;
// `GOFLAGS=-mod=mod go list -tags remove_all_sd,enable_kubernetes_sd -deps . tool` completes go.mod and go.sum instead.
// By hand: this file without its Windows half, and in go.mod the `tool` lines of prometheus and promtool.
package main

import (
	"os"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/provider/envprovider"
	"go.opentelemetry.io/collector/confmap/provider/fileprovider"
	"go.opentelemetry.io/collector/confmap/provider/yamlprovider"
	"go.opentelemetry.io/collector/otelcol"
)

func main() {
	command := otelcol.NewCommand(otelcol.CollectorSettings{
		BuildInfo: component.BuildInfo{Command: "otelcol", Version: "0.156.0"},
		Factories: components,
		ConfigProviderSettings: otelcol.ConfigProviderSettings{
			ResolverSettings: confmap.ResolverSettings{
				ProviderFactories: []confmap.ProviderFactory{
					envprovider.NewFactory(),
					fileprovider.NewFactory(),
					yamlprovider.NewFactory(),
				},
			},
		},
	})
	if command.Execute() != nil {
		os.Exit(1) // it has printed the error itself
	}
}
