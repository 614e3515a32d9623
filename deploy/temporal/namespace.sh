#!/bin/sh
# Waits until Temporal serves, makes the namespace or brings its retention up to date, and waits until it can be used.
set -eu

# As a number: on a machine without a name server the lookups that gRPC adds to a name end by timeout alone.
address="$(getent hosts "${TEMPORAL_ADDRESS%:*}" | awk '{ print $1; exit }'):${TEMPORAL_ADDRESS##*:}"
export TEMPORAL_ADDRESS="$address"

eventually() {
  what=$1
  shift
  tries=60
  until "$@" >/tmp/said 2>&1; do
    tries=$((tries - 1))
    if [ "$tries" -eq 0 ]; then
      cat /tmp/said >&2
      echo "It did not come that $what." >&2
      exit 1
    fi
    sleep 2
  done
}

serves() { temporal operator cluster health | grep -q SERVING; }
exists() { temporal operator namespace describe -n "$TEMPORAL_NAMESPACE"; }
brought_up() {
  if exists; then
    temporal operator namespace update -n "$TEMPORAL_NAMESPACE" --retention "$RETENTION"
  else
    temporal operator namespace create -n "$TEMPORAL_NAMESPACE" --retention "$RETENTION"
  fi
}
usable() { temporal workflow list -n "$TEMPORAL_NAMESPACE" --limit 1; }

eventually 'Temporal serves' serves
eventually "there is the namespace $TEMPORAL_NAMESPACE" brought_up
eventually "the namespace $TEMPORAL_NAMESPACE can be used" usable
echo "The namespace $TEMPORAL_NAMESPACE is ready; it keeps what is over for $RETENTION."
