#!/bin/sh
# Adds the sidecar to what Helm has rendered: standard input to standard output, by `kubectl kustomize`.
#
#   Helm 3: helm upgrade ... --post-renderer manifests/helm/post-render.sh
#   Helm 4: helm plugin install manifests/helm && helm upgrade ... --post-renderer watchsieve
#
# Arguments (--post-renderer-args) are names of components, by default `sidecar frr-k8s`, which is all that a
# release of MetalLB's chart can use; `sidecar-ordinary frr-k8s-ordinary` for Kubernetes before 1.29.
set -eu

# The plugin folder may be a link to this one.
components=$(cd "$(dirname "$(readlink -f "$0")")/../components" && pwd)
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
  [ $# -gt 0 ] || set -- sidecar frr-k8s
  for component in "$@"; do echo "  - components/$component"; done
} >"$work/kustomization.yaml"
"${KUBECTL:-kubectl}" kustomize "$work" >"$work/out.yaml"
# Nothing to patch is no error for kustomize, and would be found out by nobody.
if ! grep -q '^ *name: watchsieve$' "$work/out.yaml"; then
  echo 'watchsieve: no speaker and no frr-k8s daemon in what Helm rendered' >&2
  exit 1
fi
cat "$work/out.yaml"
