{{- define "konduit.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ with .Values.image.digest }}@{{ . }}{{ end }}
{{- end }}

{{- define "konduit.labels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- /* Where agents find the servers: what the values say, else the chart's own servers. */}}
{{- define "konduit.serverHost" -}}
{{- if .Values.agent.server.host -}}
{{ .Values.agent.server.host }}
{{- else if .Values.server.enabled -}}
konnectivity-server.{{ .Release.Namespace }}.svc
{{- else -}}
{{ fail "agent.server.host is needed: the address of the control plane or of the balancer in front of it (or set server.enabled=true)" }}
{{- end -}}
{{- end }}

{{- define "konduit.securityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: ["ALL"]
{{- end }}

{{- define "konduit.podSecurityContext" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- /* Called with {port, host}; host only where the pod shares the host's network. */}}
{{- define "konduit.probes" -}}
livenessProbe:
  httpGet: {path: /healthz, port: health{{ with .host }}, host: {{ . }}{{ end }}}
  initialDelaySeconds: 15
  timeoutSeconds: 15
readinessProbe:
  httpGet: {path: /readyz, port: health{{ with .host }}, host: {{ . }}{{ end }}}
  periodSeconds: 5
  timeoutSeconds: 5
{{- end }}

{{- /* What the pods of agents and servers have in common. Called with the values of one of them. */}}
{{- define "konduit.scheduling" -}}
{{- with .priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
terminationGracePeriodSeconds: {{ .terminationGracePeriodSeconds }}
{{- with .nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- /* Static pods are the user, servers of this chart the account. */}}
{{- define "konduit.serverSubjects" -}}
- apiGroup: rbac.authorization.k8s.io
  kind: User
  name: system:konnectivity-server
{{- if .Values.server.enabled }}
- kind: ServiceAccount
  name: {{ .Values.server.serviceAccount.name }}
  namespace: {{ .Release.Namespace }}
{{- end }}
{{- end }}
