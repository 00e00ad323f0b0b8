#!/bin/sh
# See that the browser tests have a Chromium; without one they are skipped by name.
set -u

for name in chromium chromium-browser google-chrome; do
    if command -v "$name" >/dev/null 2>&1; then
        exit 0
    fi
done

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "browser: installing chromium" >&2
    export DEBIAN_FRONTEND=noninteractive
    log=$(mktemp)
    if { apt-get update && apt-get install -y --no-install-recommends chromium; } \
        </dev/null >"$log" 2>&1; then
        exit 0
    fi
    tail -3 "$log" >&2
fi
echo "browser: no chromium on PATH, so tests that need one are skipped (apt-get install chromium)" >&2
