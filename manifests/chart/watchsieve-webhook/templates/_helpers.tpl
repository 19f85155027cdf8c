{{/* The release's name where it says what this is, else both: as `helm create` names its charts. A Service has no dots. */}}
{{- define "watchsieve-webhook.name" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | replace "." "-" | trunc 60 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" (.Release.Name | replace "." "-" | trunc 40 | trimSuffix "-") .Chart.Name -}}
{{- end -}}
{{- end -}}

{{/* The Secret that the webhook makes for its CA. */}}
{{- define "watchsieve-webhook.secret" -}}
{{- printf "%s-ca" (include "watchsieve-webhook.name" .) -}}
{{- end -}}

{{/* What finds the Pods of this release. */}}
{{- define "watchsieve-webhook.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "watchsieve-webhook.labels" -}}
{{ include "watchsieve-webhook.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name (.Chart.Version | replace "+" "_") }}
{{- end -}}

{{- define "watchsieve-webhook.image" -}}
{{- $told := "image.repository is empty: build the image, push it where your nodes find it, and name it (docs/install.md)" -}}
{{- $repository := required $told .Values.image.repository -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" $repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" $repository (.Values.image.tag | default .Chart.AppVersion) -}}
{{- end -}}
{{- end -}}

{{/* As the program takes them: cpu=50m,memory=128Mi. */}}
{{- define "watchsieve-webhook.amounts" -}}
{{- $pairs := list -}}
{{- range $name, $amount := . -}}
{{- $pairs = append $pairs (printf "%s=%s" $name (toString $amount)) -}}
{{- end -}}
{{- join "," $pairs -}}
{{- end -}}

{{/* Arguments that lead sidecars to hubs. */}}
{{- define "watchsieve-webhook.hub" -}}
- {{ printf "--hub=%s" (join "," .urls) | quote }}
{{- with .serverName }}
- {{ printf "--hub-server-name=%s" . | quote }}
{{- end }}
{{- with .caConfigMap }}
- {{ printf "--hub-ca-configmap=%s" . | quote }}
{{- end }}
{{- end -}}
