#!/bin/sh
# A kubeconfig of the account that cluster-role.yaml makes, for FedNS; nothing of your own account is
# in it:
#   sh kubeconfig.sh CONTEXT FILE [DURATION]
# CONTEXT is one of your own kubeconfig; FILE is written whole or not at all, readable by you alone.
# The token ends after DURATION (a year; a cluster may allow less): `fedns members check` says when.
set -eu
umask 077
if [ $# -lt 2 ] || [ $# -gt 3 ]; then
  echo "usage: kubeconfig.sh CONTEXT FILE [DURATION]" >&2
  exit 2
fi
context=$1
file=$2
duration=${3:-8760h}

# Beside the file, so that its last step is one rename.
work=$(mktemp -d "$(dirname "$file")/.kubeconfig.XXXXXX")
trap 'rm -rf "$work"' EXIT

kubectl --context "$context" config view --minify --flatten > "$work/cluster"
yours=$(kubectl --kubeconfig "$work/cluster" config view -o jsonpath='{.contexts[0].context.user}')
kubectl --kubeconfig "$work/cluster" config delete-user "$yours" > /dev/null
kubectl --kubeconfig "$work/cluster" config set-context "$context" --user fedns > /dev/null

# Never an argument: arguments are there for everybody to read.
token=$(kubectl --context "$context" --namespace kube-system \
  create token fedns --duration "$duration")
printf 'apiVersion: v1\nkind: Config\nusers: [{name: fedns, user: {token: %s}}]\n' "$token" \
  > "$work/account"
KUBECONFIG="$work/cluster:$work/account" kubectl config view --flatten > "$work/whole"
mv "$work/whole" "$file"
echo "$file: account fedns of $context"
