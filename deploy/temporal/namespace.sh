#!/bin/sh
# Waits until Temporal is serving, creates the namespace or updates its retention, and waits until it is usable.
set -eu

# Resolved to an IP address: on a machine without a name server, gRPC's additional lookups for a name end only by timeout.
address="$(getent hosts "${TEMPORAL_ADDRESS%:*}" | awk '{ print $1; exit }'):${TEMPORAL_ADDRESS##*:}"
export TEMPORAL_ADDRESS="$address"

eventually() {
  problem=$1
  shift
  tries=60
  until "$@" >/tmp/output 2>&1; do
    tries=$((tries - 1))
    if [ "$tries" -eq 0 ]; then
      cat /tmp/output >&2
      echo "Gave up waiting: $problem." >&2
      exit 1
    fi
    sleep 2
  done
}

serves() { temporal operator cluster health | grep -q SERVING; }
exists() { temporal operator namespace describe -n "$TEMPORAL_NAMESPACE"; }
up_to_date() {
  if exists; then
    temporal operator namespace update -n "$TEMPORAL_NAMESPACE" --retention "$RETENTION"
  else
    temporal operator namespace create -n "$TEMPORAL_NAMESPACE" --retention "$RETENTION"
  fi
}
usable() { temporal workflow list -n "$TEMPORAL_NAMESPACE" --limit 1; }

eventually 'Temporal is not serving' serves
eventually "the namespace $TEMPORAL_NAMESPACE cannot be created or updated" up_to_date
eventually "the namespace $TEMPORAL_NAMESPACE is not usable" usable
echo "The namespace $TEMPORAL_NAMESPACE is ready; it keeps closed workflows for $RETENTION."
