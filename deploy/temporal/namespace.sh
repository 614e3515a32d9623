#!/bin/sh
# Waits until Temporal serves, creates the namespace or updates its retention, and waits until it can be used.
set -eu

# As an IP address: without a name server, the lookups that gRPC makes for a name end only by timeout.
address="$(getent hosts "${TEMPORAL_ADDRESS%:*}" | awk '{ print $1; exit }'):${TEMPORAL_ADDRESS##*:}"
export TEMPORAL_ADDRESS="$address"

eventually() {
  goal=$1
  shift
  tries=60
  until "$@" >/tmp/output 2>&1; do
    tries=$((tries - 1))
    if [ "$tries" -eq 0 ]; then
      cat /tmp/output >&2
      echo "Gave up waiting until $goal." >&2
      exit 1
    fi
    sleep 2
  done
}

serves() { temporal operator cluster health | grep -q SERVING; }
exists() { temporal operator namespace describe -n "$TEMPORAL_NAMESPACE"; }
created() {
  if exists; then
    temporal operator namespace update -n "$TEMPORAL_NAMESPACE" --retention "$RETENTION"
  else
    temporal operator namespace create -n "$TEMPORAL_NAMESPACE" --retention "$RETENTION"
  fi
}
usable() { temporal workflow list -n "$TEMPORAL_NAMESPACE" --limit 1; }

eventually 'Temporal serves' serves
eventually "the namespace $TEMPORAL_NAMESPACE exists" created
eventually "the namespace $TEMPORAL_NAMESPACE can be used" usable
echo "The namespace $TEMPORAL_NAMESPACE is ready; it keeps closed runs for $RETENTION."
