#!/bin/sh
# Compile the lock files: every version pinned, every file hashed, no registry named.
#
# A release younger than seven days is left alone, so that one pulled back soon after it came out
# never gets here. Exceptions are listed by name, for as long as our bounds ask for a younger one.
set -eu
cd "$(dirname "$0")/.."

fresh="--exclude-newer-package fastapi=P1D"
uv=${UV:-.venv/bin/uv}

compile() {
    output=$1
    shift
    # The old lock is kept in place: versions move only when asked for (UPGRADE=1).
    # shellcheck disable=SC2086
    env -u UV_INDEX_URL -u UV_EXTRA_INDEX_URL -u UV_DEFAULT_INDEX -u UV_INDEX -u UV_FIND_LINKS \
        UV_CUSTOM_COMPILE_COMMAND="make lock" \
        "$uv" --no-config pip compile --quiet --universal --python-version 3.11 \
        --generate-hashes --no-emit-index-url --no-emit-find-links \
        --exclude-newer P7D $fresh ${UPGRADE:+--upgrade} "$@" --output-file "$output"
}

compile requirements-bootstrap.lock requirements-bootstrap.in
compile requirements-node.lock requirements-node.in
compile requirements.lock pyproject.toml
compile requirements-dev.lock pyproject.toml --group dev --constraints requirements.lock
compile requirements-bench.lock pyproject.toml --group bench --constraints requirements-dev.lock
compile requirements-tryton.lock requirements-tryton.in
