#!/bin/sh
# Adds the sidecar to what Helm has rendered: standard input to standard output, by `kubectl kustomize`.
#
#   Helm 3: helm upgrade ... --post-renderer manifests/helm/post-render.sh
#   Helm 4: helm plugin install manifests/helm && helm upgrade ... --post-renderer watchsieve
#
# Arguments (--post-renderer-args) are names of components, each of which has to find what it is for. Without any:
# `sidecar`, and `frr-k8s` where the chart brings that. For Kubernetes before 1.29: `sidecar-ordinary`, and
# `frr-k8s-ordinary` beside frr-k8s.
set -eu

# The plugin folder may be a link to this one.
components=$(cd "$(dirname "$(readlink -f "$0")")/../components" && pwd)
# Of the two that are there by default, frr-k8s is looked for only where the chart brings it.
wanted=named
[ $# -gt 0 ] || { wanted=default; set -- sidecar frr-k8s; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# kustomize takes components below its own folder only by relative paths.
cp -R "$components" "$work/components"
cat >"$work/rendered.yaml"
{
  echo 'apiVersion: kustomize.config.k8s.io/v1beta1'
  echo 'kind: Kustomization'
  echo 'resources: [rendered.yaml]'
  echo 'components:'
  for component in "$@"; do echo "  - components/$component"; done
} >"$work/kustomization.yaml"
"${KUBECTL:-kubectl}" kustomize "$work" >"$work/out.yaml"
# Nothing to patch is no error for kustomize, and would be found out by nobody: each is looked for by its own port.
for component in "$@"; do
  case $component in
    frr-k8s*) client='daemon of frr-k8s' port=17492 ;;
    *) client='speaker' port=17482 ;;
  esac
  [ "$wanted" = named ] || grep -Eq "image: [^ ]*frr-k8s" "$work/rendered.yaml" || [ "$port" = 17482 ] || continue
  if ! grep -Eq "^ *(- )?containerPort: $port\$" "$work/out.yaml"; then
    echo "watchsieve: no $client in what Helm rendered, or none that $component knows" >&2
    exit 1
  fi
done
cat "$work/out.yaml"
