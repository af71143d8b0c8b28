#!/usr/bin/env bash
# Slack's JavaScript Bolt, a client of the local workspace that others wrote. Without npm its test is skipped and says so.
set -euo pipefail
cd "$(dirname "$0")"
[ ! node_modules/.installed -nt package-lock.json ] || exit 0
command -v npm >/dev/null || { echo "· no npm: the conformance test is skipped"; exit 0; }
echo "· installing Slack's JavaScript Bolt for the conformance test"
if npm ci --omit=dev --no-audit --no-fund --silent; then
  touch node_modules/.installed
elif [ -n "${CI:-}" ]; then
  exit 1
else
  echo "· that failed: the conformance test is skipped"
fi
