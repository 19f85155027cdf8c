#!/bin/sh
# Makes a CA and the hub's certificate under it, and hands the CA to the namespaces of its sidecars. Its key is kept nowhere,
# so that it never issues anything else.
#
#   sh manifests/hub/certificate.sh metallb-system frr-k8s-system
#
# Run again, with every namespace, it makes both anew; the CA of the time before goes on being trusted. Needs openssl and
# kubectl. HUB_NAMESPACE, HUB_SERVICE, HUB_SECRET and DAYS stand for what is otherwise.
set -eu

namespace=${HUB_NAMESPACE:-watchsieve-hub}
service=${HUB_SERVICE:-watchsieve-hub}
secret=${HUB_SECRET:-$service-tls}
configmap=watchsieve-hub-ca
if [ $# -eq 0 ]; then
  echo "usage: sh $0 NAMESPACE-OF-SIDECARS..." >&2
  exit 2
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# A signal alone would leave the keys behind: not every shell takes it for an exit.
trap 'exit 1' HUP INT TERM
umask 077

# In place of what this machine's openssl.cnf would add. Two authorities never share a name: they may stand in one bundle.
cat >"$work/openssl.cnf" <<END
[req]
prompt = no
distinguished_name = subject
[subject]
CN = $service-ca-$(date +%s)-$$
[ca]
basicConstraints = critical,CA:TRUE,pathlen:0
keyUsage = critical,keyCertSign
subjectKeyIdentifier = hash
[serving]
subjectAltName = DNS:$service.$namespace.svc
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth
authorityKeyIdentifier = keyid
END
days=${DAYS:-1825}
{
  openssl req -x509 -config "$work/openssl.cnf" -extensions ca -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
    -sha256 -days "$days" -keyout "$work/ca.key" -out "$work/ca.crt" &&
    openssl req -new -config "$work/openssl.cnf" -subj "/CN=$service" -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
      -keyout "$work/tls.key" -out "$work/tls.csr" &&
    openssl x509 -req -in "$work/tls.csr" -CA "$work/ca.crt" -CAkey "$work/ca.key" -set_serial 1 -sha256 -days "$days" \
      -extfile "$work/openssl.cnf" -extensions serving -out "$work/tls.crt"
} >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
rm "$work/ca.key"

# Behind the new one the one by which the hub is trusted until it has taken up its new certificate. A namespace that is named
# for the first time has none, and one that was left out the last time has another.
for place in "$@"; do
  kubectl get configmap "$configmap" --namespace "$place" --ignore-not-found -o 'jsonpath={.data.ca\.crt}' >"$work/known"
  sed -n '1,/END CERTIFICATE/p' "$work/known" >"$work/former"
  # The second line has the serial number.
  serial=$(sed -n 2p "$work/former")
  if [ -n "$serial" ] && ! grep -qxF -e "$serial" "$work/ca.crt"; then cat "$work/former" >>"$work/ca.crt"; fi
done

# Those who have to trust it first.
for place in "$@"; do
  kubectl create configmap "$configmap" --namespace "$place" --from-file=ca.crt="$work/ca.crt" --dry-run=client -o yaml |
    kubectl apply --server-side --force-conflicts -f -
done
kubectl create secret tls "$secret" --namespace "$namespace" --cert="$work/tls.crt" --key="$work/tls.key" \
  --dry-run=client -o yaml | kubectl apply --server-side --force-conflicts -f -
