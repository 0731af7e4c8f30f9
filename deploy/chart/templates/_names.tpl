{{- /* What several templates say. */ -}}
{{- define "fedns.labels" -}}
app.kubernetes.io/name: fedns
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
fedns.io/control-plane: {{ .Release.Namespace }}
{{- end }}

{{- define "fedns.scope" -}}
{{ .Values.global.scope | default "Cluster" }}
{{- end }}

{{- /* Control planes of one namespace: their objects of the cluster must not meet. */ -}}
{{- define "fedns.suffix" -}}
{{- if eq (include "fedns.scope" .) "Namespaced" }}-{{ .Release.Namespace }}{{ end -}}
{{- end }}

{{- define "fedns.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- define "fedns.controllerAccount" -}}
system:serviceaccount:{{ .Release.Namespace }}:kubefed-controller
{{- end }}

{{- define "fedns.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
fsGroup: 1000
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "fedns.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{- define "fedns.placement" -}}
{{- with .Values.controllermanager.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.controllermanager.commonNodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.controllermanager.commonTolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- /* Where the records rest, as a list of URLs; none: in each server. */ -}}
{{- define "fedns.etcdUrls" -}}
{{- if .Values.etcd.enabled }}
- http://fedns-etcd.{{ .Release.Namespace }}.svc:2379
{{- else }}
{{- range .Values.dns.etcdUrls }}
- {{ . | quote }}
{{- end }}
{{- end }}
{{- end }}

{{- /* Settings that whoever publishes and whoever answers have alike. */ -}}
{{- define "fedns.recordSettings" -}}
zones:
  {{- range .Values.dns.zones | default (list .Values.dns.domain) }}
  - {{ . | quote }}
  {{- end }}
{{- with .Values.dns.advertise }}
advertise:
  {{- toYaml . | nindent 2 }}
{{- end }}
federation:
  name: {{ .Values.dns.federation | quote }}
  domain: {{ .Values.dns.domain | quote }}
{{- end }}

{{- define "fedns.memberSettings" -}}
members:
  host:
    kubeconfig: in-cluster
    namespace: {{ .Release.Namespace }}
  {{- with .Values.dns.select }}
  select: {{ . | quote }}
  {{- end }}
{{- end }}

{{- /*
All that the controllers do in the host outside of their own namespace, and nothing more. The first
rule is of the federated types: the guide's JSON patch adds others after it, at /rules/1.
*/ -}}
{{- define "fedns.controllerRules" -}}
# Federated objects, their finalizer and status. A subresource is of its resource's name: * has both.
- apiGroups: [types.kubefed.io]
  resources: ["*"]
  verbs: [get, list, watch, patch]
# What was written where, and what members' Services say.
- apiGroups: [core.kubefed.io]
  resources:
    - propagatedversions
    - propagatedversions/status
    - clusterpropagatedversions
    - clusterpropagatedversions/status
    - federatedservicestatuses
  verbs: [get, list, watch, create, patch]
- apiGroups: [scheduling.kubefed.io]
  resources: [replicaschedulingpreferences]
  verbs: [list, watch]
- apiGroups: [scheduling.kubefed.io]
  resources: [replicaschedulingpreferences/status]
  verbs: [patch]
- apiGroups: [multiclusterdns.kubefed.io]
  resources: [servicednsrecords, ingressdnsrecords, domains]
  verbs: [list, watch]
- apiGroups: [multiclusterdns.kubefed.io]
  resources: [servicednsrecords/status, ingressdnsrecords/status, domains/status]
  verbs: [patch]
- apiGroups: [multiclusterdns.kubefed.io, externaldns.k8s.io]
  resources: [dnsendpoints]
  verbs: [list, watch, create, patch]
# Whether an object goes because its namespace, or its very type, goes.
- apiGroups: [""]
  resources: [namespaces]
  verbs: [get]
- apiGroups: [apiextensions.k8s.io]
  resources: [customresourcedefinitions]
  verbs: [get]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create]
{{- with .Values.rbac.extraRules }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- /*
The rules as above, and those that a person added to the live role by hand (the guide's JSON patch):
each that is of none of our API groups. In their order where nothing is missing, so that an upgrade
has nothing to write there.
*/ -}}
{{- define "fedns.keptRules" -}}
{{- $ours := fromYamlArray (include "fedns.controllerRules" .) }}
{{- $groups := list }}
{{- range $ours }}{{ range .apiGroups }}{{ $groups = append $groups . }}{{ end }}{{ end }}
{{- $kind := "ClusterRole" }}
{{- $namespace := "" }}
{{- if eq (include "fedns.scope" .) "Namespaced" }}
{{- $kind = "Role" }}
{{- $namespace = .Release.Namespace }}
{{- end }}
{{- $live := (lookup "rbac.authorization.k8s.io/v1" $kind $namespace "kubefed-role").rules }}
{{- $added := list }}
{{- $inOrder := list }}
{{- range $rule := $live }}
{{- $isOurs := has $rule $ours }}
{{- $isOther := not $isOurs }}
{{- range .apiGroups }}{{ if has . $groups }}{{ $isOther = false }}{{ end }}{{ end }}
{{- if not .apiGroups }}{{ $isOther = false }}{{ end }}
{{- if $isOther }}{{ $added = append $added $rule }}{{ end }}
{{- if or $isOurs $isOther }}{{ $inOrder = append $inOrder $rule }}{{ end }}
{{- end }}
{{- $hasAll := true }}
{{- range $rule := $ours }}{{ if not (has $rule $inOrder) }}{{ $hasAll = false }}{{ end }}{{ end }}
{{- if $hasAll }}
{{- toYaml $inOrder }}
{{- else }}
{{- toYaml $ours }}
{{- if $added }}
{{ toYaml $added }}
{{- end }}
{{- end }}
{{- end }}
