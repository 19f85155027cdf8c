#!/bin/sh
# Names the image in every manifest and in the charts: where your nodes find it, with a tag or a digest.
#
#   sh manifests/image.sh registry.example.com/watchsieve:0.1.0
#
# Until it is named, nothing of this can be installed: kustomize and Helm say that it is missing, and in the plain files
# `image` is empty, which every API server refuses.
set -eu

image=${1:-}
name=${image%%@*}
digest=${image#"$name"}
tag=
# A colon before the last slash belongs to the port of a registry.
case ${name##*/} in
  *:*) tag=${name##*:} name=${name%:*} ;;
esac
case $image in
  *[!A-Za-z0-9._:/@-]*) tag= digest= ;;
esac
if [ $# -ne 1 ] || [ -z "$name" ] || [ -z "$tag$digest" ]; then
  echo "usage: sh $0 REGISTRY/NAME:TAG" >&2
  exit 2
fi

manifests=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp)
trap 'rm -f "$work"' EXIT

# FILE EXPRESSION: the file stays the same one, with its owner and its mode.
edit() {
  sed "$2" "$1" >"$work"
  cat "$work" >"$1"
}

cat >"$manifests/components/image/image.yaml" <<END
# The one place that names the image of the components and of the webhook.
apiVersion: builtin
kind: ImageTagTransformer
metadata:
  name: watchsieve-image
imageTag:
  # Containers whose image is empty.
  name: ''
  newName: '$image'
END
for file in "$manifests"/patch/*.yaml "$manifests"/ssa/*.yaml; do
  edit "$file" "s|^\( *image:\) .*|\1 '$image'|"
done
for file in "$manifests"/chart/*/values.yaml; do
  edit "$file" \
    "s|^  repository: .*|  repository: '$name'|; s|^  tag: .*|  tag: '$tag'|; s|^  digest: .*|  digest: '${digest#@}'|"
done
