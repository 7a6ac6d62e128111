{{/*
Alertmanager's configuration, in the form that AMP accepts. SNS accepts subjects of at most 100 characters, and Alertmanager's default contains
every label. AMP would truncate it, and SNS refuses it from other senders. The subject here is therefore short. A message may have 256 KB: it lists
20 alerts of its group, and counts the others.
*/}}
{{- define "ena-otel.alertmanager" -}}
{{- $sns := .Values.alertmanager.sns.topicArn -}}
{{- $pagerduty := .Values.alertmanager.pagerduty -}}
{{- $waits := .Values.alertmanager.groupWaits | default dict -}}
{{- $watchdog := .Values.alertmanager.watchdog.topicArn -}}
route:
  receiver: {{ ternary "sns" "none" (ne $sns "") }}
  group_by: [alertname, severity, k8s_cluster_name]
  group_wait: {{ .Values.alertmanager.groupWait }}
  group_interval: {{ .Values.alertmanager.groupInterval }}
  repeat_interval: {{ .Values.alertmanager.repeatInterval }}
  routes:
    - receiver: {{ ternary "watchdog" "none" (ne $watchdog "") }}
      matchers: ['alertname="EnaOtelWatchdog"']
      group_interval: 1m
      repeat_interval: 5m
    {{- range $severity := list "critical" "warning" }}
    {{- $wait := get $waits $severity | default $.Values.alertmanager.groupWait }}
    {{- if and $pagerduty.secretArn (has $severity ($pagerduty.severities | default (list "critical"))) }}
    - receiver: pagerduty
      matchers: ['severity="{{ $severity }}"']
      group_wait: {{ $wait }}
      continue: {{ ne $sns "" }}
    {{- end }}
    {{- if $sns }}
    - receiver: sns
      matchers: ['severity="{{ $severity }}"']
      group_wait: {{ $wait }}
    {{- end }}
    {{- end }}
inhibit_rules:
  # A critical alert inhibits the warning of the same name on the same node.
  - source_matchers: ['severity="critical"']
    target_matchers: ['severity="warning"']
    equal: [alertname, k8s_cluster_name, k8s_node_name, network_interface_name]
  # The outage inhibits the alert of the limit that is its cause.
  - source_matchers: ['alertname=~"DnsThrottled|DnsThrottledAutoMode"']
    target_matchers: ['alertname="LinkLocalAllowanceExceeded"']
    equal: [k8s_cluster_name, k8s_node_name, network_interface_name]
  # A cluster without data has one alert, not one for everything that is missing.
  - source_matchers: ['alertname="EnaOtelNodeSilent"', 'severity="critical"']
    target_matchers: ['alertname=~"EnaOtelNodeSilent|EnaOtelNodeWithoutAgent|CorednsDown"']
    equal: [k8s_cluster_name]
receivers:
  - name: none # nobody
  {{- with $watchdog }}
  - name: watchdog
    sns_configs:
      - topic_arn: {{ . }}
        sigv4:
          region: {{ index (splitList ":" .) 3 }}
        send_resolved: false
        subject: {{ `'{{ printf "%.100s" (printf "%s %s" .CommonLabels.alertname .CommonLabels.k8s_cluster_name) }}'` }}
        message: {{ `'{{ .CommonAnnotations.summary }}'` }}
  {{- end }}
  {{- with $sns }}
  - name: sns
    sns_configs:
      - topic_arn: {{ . }}
        sigv4:
          region: {{ index (splitList ":" .) 3 }}
        send_resolved: true
        subject: {{ `'{{ printf "%.100s" (printf "%s %s %s" .Status .CommonLabels.alertname .CommonLabels.k8s_cluster_name) }}'` }}
        message: |
          {{- `
          {{ .Status }}: {{ .CommonLabels.alertname }} ({{ .CommonLabels.severity }}) in {{ .CommonLabels.k8s_cluster_name }}
          {{ range $i, $alert := .Alerts }}{{ if lt $i 20 }}
          {{ .Status }} since {{ .StartsAt.UTC.Format "2006-01-02 15:04:05 UTC" }}: {{ .Annotations.summary }}
          {{ .Annotations.description }}{{ with .Annotations.dashboard_url }}
          {{ . }}{{ end }}
          {{ end }}{{ end }}{{ if gt (len .Alerts) 20 }}
          and {{ len (slice .Alerts 20) }} more
          {{ end }}
          {{ .CommonAnnotations.runbook_url }}` }}
        attributes:
          severity: {{ `'{{ or .CommonLabels.severity "none" }}'` }}
  {{- end }}
  {{- if $pagerduty.secretArn }}
  - name: pagerduty
    pagerduty_configs:
      - routing_key:
          aws_secrets_manager:
            secret_arn: {{ $pagerduty.secretArn }}
            secret_key: {{ $pagerduty.secretKey | quote }}
        severity: {{ `'{{ or .CommonLabels.severity "error" }}'` }}
        description: {{ `'{{ .CommonLabels.alertname }} in {{ .CommonLabels.k8s_cluster_name }}: {{ .CommonAnnotations.summary }}'` }}
  {{- end }}
{{- end }}
