#!/bin/sh
# Applies a file of this folder as a manager of its own, `watchsieve`, which owns the sidecar's fields and no others.
#
#   manifests/ssa/apply.sh speaker-sidecar.yaml [NAME]    on; NAME where the DaemonSet has another one than in the file
#   manifests/ssa/apply.sh remove.yaml [NAME]             off
#
# Refuses what an ordinary `kubectl apply` has applied: kubectl takes a server-side apply after that for a change of
# ways, and makes our manager the owner of everything that was applied before. Nothing in a file could hinder it.
set -eu

kubectl=${KUBECTL:-kubectl}
folder=$(cd "$(dirname "$0")" && pwd)
[ $# -ge 1 ] && [ -f "$folder/$1" ] || { echo "usage: $0 FILE [NAME], with a file of $folder" >&2; exit 2; }
file=$folder/$1
name=${2:-$(sed -n 's/^  name: //p' "$file")}
namespace=$(sed -n 's/^  namespace: //p' "$file")
annotation='{.metadata.annotations.kubectl\.kubernetes\.io/last-applied-configuration}'
# By itself, so that the script ends where nothing can be found out.
applied=$("$kubectl" -n "$namespace" get daemonset "$name" -o "jsonpath=$annotation")
if [ -n "$applied" ]; then
  echo "watchsieve: $name was applied by kubectl apply, which would give us all that it owns: take the files of ../patch" >&2
  exit 1
fi
sed "s/^  name: .*/  name: $name/" "$file" | "$kubectl" apply --server-side --field-manager=watchsieve -f -
