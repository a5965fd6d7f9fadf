{{- define "orkestra.suffix" -}}
{{- if ne .Release.Namespace "orkestra-system" }}-{{ .Release.Namespace }}{{ end -}}
{{- end -}}
