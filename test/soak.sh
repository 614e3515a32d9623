#!/usr/bin/env bash
# The long tests at full length, after a build: npm run soak
set -euo pipefail
cd "$(dirname "$0")/.."

export TIDEHOUSE_LOSS_SECONDS=60
export TIDEHOUSE_STORM_SECONDS=60
export TIDEHOUSE_FIRST_LOADS=60
export TIDEHOUSE_ANALYTICS_SECONDS=30
export TIDEHOUSE_REFRESH_SECONDS=60
export TIDEHOUSE_KILLS=20
export TIDEHOUSE_VALUE_RUNS=300
export TIDEHOUSE_HISTORIES=10000
export TIDEHOUSE_RUNS=1000
export TIDEHOUSE_FLIPS=1000
export TIDEHOUSE_WEATHER_KILLS=1000
export TIDEHOUSE_ALERTS_SECONDS=1800

exec npx jest test/activities test/guarantees test/workflows "$@"
