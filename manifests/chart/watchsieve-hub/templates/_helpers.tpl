{{/* The release's name where it says what this is, else both: as `helm create` names its charts. A Service has no dots. */}}
{{- define "watchsieve-hub.name" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | replace "." "-" | trunc 60 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" (.Release.Name | replace "." "-" | trunc 40 | trimSuffix "-") .Chart.Name -}}
{{- end -}}
{{- end -}}

{{/* The Secret with the certificate, which somebody else makes. */}}
{{- define "watchsieve-hub.tls" -}}
{{- .Values.tls.secretName | default (printf "%s-tls" (include "watchsieve-hub.name" .)) -}}
{{- end -}}

{{/* The Secret that the hub fills with its own authority, and the ConfigMap by which it hands that out. */}}
{{- define "watchsieve-hub.authority" -}}
{{- printf "%s-authority" (include "watchsieve-hub.name" .) -}}
{{- end -}}
{{- define "watchsieve-hub.ca" -}}
{{- printf "%s-ca" (include "watchsieve-hub.name" .) -}}
{{- end -}}

{{/* What finds the Pods of this release. */}}
{{- define "watchsieve-hub.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "watchsieve-hub.labels" -}}
{{ include "watchsieve-hub.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name (.Chart.Version | replace "+" "_") }}
{{- end -}}

{{- define "watchsieve-hub.image" -}}
{{- $told := "image.repository is empty: build the image, push it where your nodes find it, and name it (docs/install.md)" -}}
{{- $repository := required $told .Values.image.repository -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" $repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" $repository (.Values.image.tag | default .Chart.AppVersion) -}}
{{- end -}}
{{- end -}}

{{/* Never a reason to stay pending: two on one node are better than one. */}}
{{- define "watchsieve-hub.apart" -}}
podAntiAffinity:
  preferredDuringSchedulingIgnoredDuringExecution:
    - weight: 100
      podAffinityTerm:
        topologyKey: kubernetes.io/hostname
        labelSelector:
          matchLabels:
            {{- include "watchsieve-hub.selector" . | nindent 12 }}
{{- end -}}

{{/* What is shared, as flags name it: Nodes are filtered anyway, and everything else because it is named. */}}
{{- define "watchsieve-hub.share" -}}
{{- $names := list -}}
{{- range . -}}{{- $names = append $names (regexReplaceAll "=.*" . "") -}}{{- end -}}
- {{ printf "--share=%s" (join "," $names) | quote }}
{{- with without . "nodes" }}
- {{ printf "--resources=%s" (join "," .) | quote }}
{{- end }}
{{- end -}}
