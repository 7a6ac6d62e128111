{{/*
Combinations that can't work, each with a sentence that says what to set. The agent's template includes this once, so that nothing is
rendered without it. The rules for single values are in values.schema.json, except for the bounds of durations and sizes, which are here.
*/}}
{{- define "ena-otel.validate" -}}
{{- $amp := .Values.amp -}}
{{- $collector := .Values.collector -}}
{{- $mode := $collector.mode -}}
{{- $external := eq $mode "external" -}}
{{- $ownPods := has $mode (list "deployment" "operator") -}}
{{- $workspaceId := include "ena-otel.amp.workspaceId" . -}}
{{- $hasWorkspace := or $workspaceId $amp.ack.createWorkspace -}}

{{- if not .Values.clusterName -}}
{{- fail "clusterName is empty: set it to the cluster's name, which appears in every series, alert and dashboard" -}}
{{- end -}}

{{- /* Names and labels */ -}}
{{- if and $ownPods (regexMatch "^[0-9]|[.]" (include "ena-otel.fullname" .)) -}}
{{- fail (printf "the collector's Service would be called %s, but the name of a Service starts with a letter and has no dots: set fullnameOverride" (include "ena-otel.collector.name" .)) -}}
{{- end -}}
{{- range $of, $labels := dict "labels" .Values.labels "agent.podLabels" .Values.agent.podLabels "collector.podLabels" $collector.podLabels "rules.prometheusRule.labels" .Values.rules.prometheusRule.labels "rules.configMap.labels" .Values.rules.configMap.labels "dashboards.configMap.labels" .Values.dashboards.configMap.labels -}}
  {{- range $key := list "app.kubernetes.io/name" "app.kubernetes.io/instance" "app.kubernetes.io/component" "app.kubernetes.io/version" "app.kubernetes.io/managed-by" "helm.sh/chart" -}}
    {{- if hasKey ($labels | default dict) $key -}}
    {{- fail (printf "%s has %s, which the chart sets itself: remove it (nameOverride changes app.kubernetes.io/name)" $of $key) -}}
    {{- end -}}
  {{- end -}}
{{- end -}}

{{- range $of, $containers := dict "agent.extraContainers" .Values.agent.extraContainers "agent.initContainers" .Values.agent.initContainers "collector.extraContainers" $collector.extraContainers "collector.initContainers" $collector.initContainers -}}
  {{- range $containers -}}
    {{- if has .name (list "agent" "collector") -}}
    {{- fail (printf "%s has a container called %s, as one of the chart's: give it another name" $of .name) -}}
    {{- end -}}
  {{- end -}}
{{- end -}}

{{- /* Destination */ -}}
{{- if and $external (not $collector.external.endpoint) -}}
{{- fail "collector.mode is external, but collector.external.endpoint is empty: set it to the collector's address, like http://collector.monitoring.svc:4317" -}}
{{- end -}}
{{- if and (not $external) $collector.external.endpoint -}}
{{- fail (printf "collector.external.endpoint is set, but collector.mode is %s: set collector.mode to external, or remove the endpoint" $mode) -}}
{{- end -}}
{{- if and (not $external) (or $collector.external.headersSecret $collector.external.caSecret $collector.external.clientCertificateSecret $collector.external.address) -}}
{{- fail (printf "collector.external has settings, but collector.mode is %s: set collector.mode to external, or remove them" $mode) -}}
{{- end -}}
{{- if and $external $collector.external.clientCertificateSecret (hasPrefix "http://" $collector.external.endpoint) -}}
{{- fail "collector.external.clientCertificateSecret is set, but collector.external.endpoint is http://, which has no TLS: write it as https://" -}}
{{- end -}}
{{- if and $external $collector.external.caSecret (hasPrefix "http://" $collector.external.endpoint) -}}
{{- fail "collector.external.caSecret is set, but collector.external.endpoint is http://, which has no TLS: write it as https://" -}}
{{- end -}}
{{- if not $external -}}
  {{- $isAmpUsed := include "ena-otel.amp.isUsed" . -}}
  {{- if not (or $isAmpUsed .Values.cloudwatch.enabled) -}}
  {{- fail "there is no workspace and no endpoint: set amp.workspaceId and amp.region, or amp.remoteWriteUrl, or amp.ack.createWorkspace, or cloudwatch.enabled, or collector.mode to external and collector.external.endpoint" -}}
  {{- end -}}
  {{- if and .Values.cloudwatch.enabled (not (include "ena-otel.cloudwatch.region" .)) -}}
  {{- fail "cloudwatch.enabled needs a region: set cloudwatch.region to that of CloudWatch, or amp.region" -}}
  {{- end -}}
  {{- if and (not $isAmpUsed) (or $amp.assumeRoleArn $amp.externalId) -}}
  {{- fail "amp.assumeRoleArn is a role for writing to a workspace, but there is none, and CloudWatch is written to with the collector's own role: remove amp.assumeRoleArn and amp.externalId" -}}
  {{- end -}}
  {{- if and (not $isAmpUsed) $collector.wal.enabled -}}
  {{- fail "collector.wal.enabled keeps what is sent to AMP, but there is no workspace: disable it" -}}
  {{- end -}}
  {{- if and $isAmpUsed (not (include "ena-otel.amp.region" .)) -}}
  {{- fail "amp.region is empty, and amp.remoteWriteUrl does not contain it: set amp.region to the workspace's region" -}}
  {{- end -}}
  {{- if and $amp.ack.createWorkspace (or $amp.workspaceId $amp.remoteWriteUrl) -}}
  {{- fail "amp.ack.createWorkspace creates a new workspace, but amp.workspaceId or amp.remoteWriteUrl names one: set one or the other" -}}
  {{- end -}}
  {{- if and $amp.workspaceId $amp.remoteWriteUrl (not (contains $amp.workspaceId $amp.remoteWriteUrl)) (contains "/workspaces/" $amp.remoteWriteUrl) -}}
  {{- fail "amp.remoteWriteUrl belongs to another workspace than amp.workspaceId: remove one of them" -}}
  {{- end -}}
  {{- /* Credentials */ -}}
  {{- if and $amp.roleArn $amp.podIdentity -}}
  {{- fail "amp.roleArn is for IRSA and amp.podIdentity for EKS Pod Identity, whose association names the role: set one of them" -}}
  {{- end -}}
  {{- if and $amp.otherCredentials (or $amp.roleArn $amp.podIdentity) -}}
  {{- fail "amp.otherCredentials says that the collector finds its credentials itself, but amp.roleArn or amp.podIdentity is set: set one of them" -}}
  {{- end -}}
  {{- if and $amp.roleArn (not $collector.serviceAccount.create) -}}
  {{- fail "amp.roleArn is an annotation of a service account that collector.serviceAccount.create: false does not create: annotate yours with eks.amazonaws.com/role-arn, and remove amp.roleArn" -}}
  {{- end -}}
  {{- if not (or $amp.roleArn $amp.podIdentity $amp.otherCredentials (not $collector.serviceAccount.create)) -}}
  {{- fail "the collector has no role for writing to the workspace: set amp.roleArn (IRSA), or amp.podIdentity, or amp.otherCredentials if it finds credentials itself" -}}
  {{- end -}}
  {{- if and $amp.externalId (not $amp.assumeRoleArn) -}}
  {{- fail "amp.externalId requires amp.assumeRoleArn, which is empty: set both" -}}
  {{- end -}}
{{- else if .Values.cloudwatch.enabled -}}
  {{- fail "cloudwatch.enabled adds an exporter to this chart's collector, but collector.mode is external: disable it, and add the exporter to that collector" -}}
{{- else if or $amp.roleArn $amp.podIdentity $amp.assumeRoleArn $amp.otherCredentials -}}
  {{- fail "collector.mode is external: that collector writes with its own role, so remove amp.roleArn, amp.podIdentity, amp.assumeRoleArn and amp.otherCredentials" -}}
{{- end -}}
{{- if and (not $collector.serviceAccount.create) (not $collector.serviceAccount.name) (not $external) -}}
{{- fail "collector.serviceAccount.create is false, but collector.serviceAccount.name is empty: set it to an existing service account" -}}
{{- end -}}

{{- /* Values that every agent would refuse at its start; the bounds are those of packages/agent/src/config/options.ts */ -}}
{{- $agent := .Values.agent -}}
{{- range $name, $bounds := dict "sampleInterval" (list "100ms" "60s") "exportInterval" (list "100ms" "24h") "heartbeatInterval" (list "100ms" "2m") "timeout" (list "1ms" "10m") "queueAge" (list "1s" "24h") -}}
  {{- $ms := include "ena-otel.milliseconds" (get $agent $name) | int64 -}}
  {{- if or (lt $ms (include "ena-otel.milliseconds" (first $bounds) | int64)) (gt $ms (include "ena-otel.milliseconds" (last $bounds) | int64)) -}}
  {{- fail (printf "agent.%s is %s: write %s to %s, or no agent starts" $name (get $agent $name) (first $bounds) (last $bounds)) -}}
  {{- end -}}
{{- end -}}
{{- if lt (include "ena-otel.milliseconds" $agent.exportInterval | int64) (include "ena-otel.milliseconds" $agent.sampleInterval | int64) -}}
{{- fail (printf "agent.exportInterval is %s, which is less than agent.sampleInterval %s, and no agent starts: make it at least that" $agent.exportInterval $agent.sampleInterval) -}}
{{- end -}}
{{- $queue := include "ena-otel.bytes" (dict "quantity" (trimSuffix "B" $agent.queueSize) "of" "agent.queueSize") | int64 -}}
{{- if or (lt $queue (mul 64 1024)) (gt $queue (mul 1024 1048576)) -}}
{{- fail (printf "agent.queueSize is %s: write 64KiB to 1GiB, or no agent starts" $agent.queueSize) -}}
{{- end -}}
{{- if and (ne $agent.temporality "cumulative") (not $external) -}}
{{- $taker := ternary "AMP, which takes cumulative counters only" "CloudWatch, whose rate() and increase() assume cumulative counters" (include "ena-otel.amp.isUsed" . | eq "true") -}}
{{- fail (printf "agent.temporality is %s, but this chart's collector writes to %s: set it to cumulative, or collector.mode to external" $agent.temporality $taker) -}}
{{- end -}}
{{- if and $external $collector.externalLabels -}}
{{- fail "collector.externalLabels are labels that this chart's collector adds, but collector.mode is external: remove them, and add them in that collector" -}}
{{- end -}}
{{- /* The collector reports its exporter's timeout as a permanent error. An agent that waits for longer receives it, and does not retry. */ -}}
{{- if not (or $external $collector.buffer $collector.wal.enabled) -}}
  {{- if le (include "ena-otel.milliseconds" $collector.remoteWrite.timeout | int64) (include "ena-otel.milliseconds" $agent.timeout | int64) -}}
  {{- fail (printf "collector.remoteWrite.timeout is %s: make it longer than agent.timeout %s, or data is lost when the workspace is slow" $collector.remoteWrite.timeout $agent.timeout) -}}
  {{- end -}}
{{- end -}}

{{- if and (not $external) (or $collector.buffer $collector.wal.enabled .Values.coredns.scrape.enabled) (lt (include "ena-otel.milliseconds" $collector.remoteWrite.timeout | int64) 30000) -}}
{{- fail (printf "collector.remoteWrite.timeout is %s: make it at least 30s, the longest delay between two retries, or the collector does not start" $collector.remoteWrite.timeout) -}}
{{- end -}}

{{- if and .Values.coredns.scrape.nodeLocal.enabled (not .Values.coredns.scrape.enabled) -}}
{{- fail "coredns.scrape.nodeLocal.enabled is set, but coredns.scrape.enabled is not, and nothing scrapes: enable both" -}}
{{- end -}}

{{- /* Memory for the queue */ -}}
{{- with dig "limits" "memory" "" (.Values.agent.resources | default dict) -}}
  {{- $room := include "ena-otel.bytes" (dict "quantity" . "of" "agent.resources.limits.memory") | int64 -}}
  {{- $needed := include "ena-otel.agent.neededMemory" $ -}}
  {{- if lt $room (include "ena-otel.bytes" (dict "quantity" $needed "of" "") | int64) -}}
  {{- fail (printf "agent.resources.limits.memory is %s, but with agent.queueSize %s an agent needs %s: raise the limit (and requests.memory), or make the queue smaller" (toString .) $.Values.agent.queueSize $needed) -}}
  {{- end -}}
{{- end -}}
{{- if $agent.verticalPodAutoscaler.enabled -}}
  {{- $needed := include "ena-otel.agent.neededMemory" . -}}
  {{- range $bound := list "minAllowed" "maxAllowed" -}}
    {{- $memory := (get $agent.verticalPodAutoscaler $bound | default dict).memory -}}
    {{- if not (kindIs "invalid" $memory) -}}
      {{- if lt (include "ena-otel.bytes" (dict "quantity" $memory "of" (printf "agent.verticalPodAutoscaler.%s.memory" $bound)) | int64) (include "ena-otel.bytes" (dict "quantity" $needed "of" "") | int64) -}}
      {{- fail (printf "agent.verticalPodAutoscaler.%s.memory is %s, but with agent.queueSize %s an agent needs %s: make it at least that, or make the queue smaller" $bound (toString $memory) $agent.queueSize $needed) -}}
      {{- end -}}
    {{- end -}}
  {{- end -}}
{{- end -}}

{{- /* Number of collectors */ -}}
{{- if and $collector.autoscaling.enabled (not $ownPods) -}}
{{- fail (printf "collector.autoscaling.enabled needs a separate collector, but collector.mode is %s: set collector.mode to deployment or operator, or disable autoscaling" $mode) -}}
{{- end -}}
{{- if and $collector.autoscaling.enabled (gt (int $collector.autoscaling.minReplicas) (int $collector.autoscaling.maxReplicas)) -}}
{{- fail "collector.autoscaling.minReplicas is above maxReplicas: make it at most maxReplicas" -}}
{{- end -}}
{{- if $collector.autoscaling.enabled -}}
  {{- range $resource, $percent := dict "cpu" $collector.autoscaling.targetCPUUtilizationPercentage "memory" $collector.autoscaling.targetMemoryUtilizationPercentage -}}
    {{- $resources := $collector.resources | default dict -}}
    {{- if and $percent (not (dig "requests" $resource (dig "limits" $resource "" $resources) $resources)) -}}
    {{- fail (printf "collector.autoscaling compares the usage of %s with its request, which is not set: set collector.resources.requests.%s" $resource $resource) -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- if $collector.verticalPodAutoscaler.enabled -}}
  {{- if ne $mode "deployment" -}}
  {{- fail (printf "collector.verticalPodAutoscaler.enabled needs the Deployment of this chart, but collector.mode is %s: disable it" $mode) -}}
  {{- end -}}
  {{- if $collector.autoscaling.enabled -}}
    {{- range $resource, $percent := dict "cpu" $collector.autoscaling.targetCPUUtilizationPercentage "memory" $collector.autoscaling.targetMemoryUtilizationPercentage -}}
      {{- if and $percent (has $resource $collector.verticalPodAutoscaler.controlledResources) -}}
      {{- fail (printf "collector.autoscaling and collector.verticalPodAutoscaler would both act on %s: remove %s from collector.verticalPodAutoscaler.controlledResources, or disable one of them" $resource $resource) -}}
      {{- end -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- if and $collector.nativeSidecar (ne $mode "sidecar") -}}
{{- fail (printf "collector.nativeSidecar is true, but collector.mode is %s: set collector.mode to sidecar, or collector.nativeSidecar to false" $mode) -}}
{{- end -}}
{{- with $collector.updateStrategy -}}
  {{- if not $ownPods -}}
  {{- fail (printf "collector.updateStrategy needs a separate collector, but collector.mode is %s: remove it (with sidecar, agent.updateStrategy applies)" $mode) -}}
  {{- end -}}
  {{- if and .rollingUpdate (eq (.type | default "RollingUpdate") "Recreate") -}}
  {{- fail "collector.updateStrategy has rollingUpdate, but its type is Recreate: remove one of them" -}}
  {{- end -}}
  {{- if and (include "ena-otel.collector.wal.claim" $) (ne (.type | default "RollingUpdate") "Recreate") -}}
  {{- fail "collector.updateStrategy starts a new pod before the old one stops, but collector.wal.volume is a claim, which two pods must not write to: set type to Recreate, or remove the strategy" -}}
  {{- end -}}
{{- end -}}
{{- if and $external $collector.wal.enabled -}}
{{- fail "collector.wal.enabled needs a collector of this chart, but collector.mode is external: disable it" -}}
{{- end -}}
{{- with include "ena-otel.collector.wal.claim" . -}}
  {{- if or (eq $mode "sidecar") $collector.autoscaling.enabled (gt (int $collector.replicas) 1) -}}
  {{- fail (printf "collector.wal.volume is the claim %s, but several collectors would write to it: set collector.wal.volume.ephemeral, which makes one for each pod, or collector.replicas to 1" .) -}}
  {{- end -}}
{{- end -}}
{{- if and $external .Values.coredns.scrape.enabled -}}
{{- fail "coredns.scrape.enabled needs a workspace to write to, but collector.mode is external: scrape CoreDNS with that collector" -}}
{{- end -}}
{{- $ports := list (int $collector.ports.grpc) (int $collector.ports.http) (int $collector.ports.health) (int $collector.ports.metrics) -}}
{{- if eq $mode "sidecar" -}}{{- $ports = append $ports (int .Values.agent.healthPort) -}}{{- end -}}
{{- if ne (len $ports) (len (uniq $ports)) -}}
{{- fail "two of collector.ports (with a sidecar also agent.healthPort) are the same: make them different" -}}
{{- end -}}

{{- /* TLS */ -}}
{{- if and (ne .Values.tls.source "none") (not $ownPods) -}}
{{- fail (printf "tls.source is %s, but with collector.mode %s this chart has no connection to protect: set tls.source to none (collector.external has its own settings)" .Values.tls.source $mode) -}}
{{- end -}}
{{- if and (eq .Values.tls.source "secret") (not .Values.tls.secretName) -}}
{{- fail "tls.source is secret, but tls.secretName is empty: set it to the Secret with tls.crt, tls.key and ca.crt" -}}
{{- end -}}
{{- if and (eq .Values.tls.source "secret") .Values.tls.mutual (not .Values.tls.clientSecretName) -}}
{{- fail "tls.mutual needs a certificate for the agents: set tls.clientSecretName to the Secret with tls.crt and tls.key" -}}
{{- end -}}
{{- if and (eq .Values.tls.source "certManager") (not .Values.tls.certManager.issuerRef.name) -}}
{{- fail "tls.source is certManager, but tls.certManager.issuerRef.name is empty: set it to the issuer of the certificates" -}}
{{- end -}}
{{- if eq .Values.tls.source "generated" -}}
  {{- if or .Values.tls.secretName .Values.tls.clientSecretName -}}
  {{- fail "tls.secretName and tls.clientSecretName are for tls.source secret, but tls.source is generated: remove them, or set it to secret" -}}
  {{- end -}}
  {{- if not (include "ena-otel.tls.canLookUp" .) -}}
  {{- fail "tls.source is generated, but Helm does not read the cluster here and would make new certificates each time: add --dry-run=server to helm template; with Argo CD, set tls.source to secret or certManager" -}}
  {{- end -}}
{{- end -}}
{{- if and (eq .Values.tls.source "none") (or .Values.tls.secretName .Values.tls.mutual .Values.tls.clientSecretName) -}}
{{- fail "tls has settings, but tls.source is none: set it to generated, secret or certManager" -}}
{{- end -}}
{{- if and .Values.networkPolicy.enabled (not $ownPods) -}}
{{- fail (printf "networkPolicy.enabled protects the collector's pods, but collector.mode is %s: policies do not apply to the agent's pods, which use the node's network: disable it" $mode) -}}
{{- end -}}

{{- /* The collector's own metrics */ -}}
{{- if and .Values.serviceMonitor.enabled (ne $mode "deployment") -}}
{{- fail (printf "serviceMonitor.enabled scrapes the collector's Service, but collector.mode %s has no Service of this chart: disable it (with operator, set podMonitor.enabled)" $mode) -}}
{{- end -}}
{{- if and .Values.podMonitor.enabled (not $ownPods) -}}
{{- fail (printf "podMonitor.enabled scrapes the collector's own pods, but collector.mode %s has none that answer on their address: disable it" $mode) -}}
{{- end -}}

{{- /* ACK */ -}}
{{- if and $amp.ack.createWorkspace $external -}}
{{- fail "amp.ack.createWorkspace creates a workspace for this chart's collector, but collector.mode is external: create the workspace elsewhere, and set amp.workspaceId if ACK should load rules into it" -}}
{{- end -}}
{{- if and .Values.rules.ack.enabled (not $hasWorkspace) -}}
{{- fail "rules.ack.enabled needs a workspace: set amp.workspaceId or amp.ack.createWorkspace" -}}
{{- end -}}
{{- if and .Values.alertmanager.ack.enabled (not $hasWorkspace) -}}
{{- fail "alertmanager.ack.enabled needs a workspace: set amp.workspaceId or amp.ack.createWorkspace" -}}
{{- end -}}
{{- if and .Values.alertmanager.ack.enabled (not (or .Values.alertmanager.sns.topicArn .Values.alertmanager.pagerduty.secretArn)) -}}
{{- fail "alertmanager.ack.enabled needs a receiver of alerts: set alertmanager.sns.topicArn or alertmanager.pagerduty.secretArn" -}}
{{- end -}}
{{- if and (not .Values.alertmanager.ack.enabled) (or .Values.alertmanager.sns.topicArn .Values.alertmanager.pagerduty.secretArn) -}}
{{- fail "alertmanager has a receiver, but alertmanager.ack.enabled is false, so nothing would use it: set it to true, which replaces the workspace's alert manager definition, or remove the receiver" -}}
{{- end -}}
{{- end }}
