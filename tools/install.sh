#!/bin/sh
# Bring .venv to what the lock files say; with an argument, that lock file on top (bench, node).
#
# A stamp remembers the checksums that were installed, so a second run ends at once. A lock lets
# two `make` run side by side. No registry is named here: pip and uv use the machine's settings.
set -eu
cd "$(dirname "$0")/.."

extra=${1:-}
lock=requirements-${extra:-dev}.lock
stamp=.venv/.installed-${extra:-dev}

say() { printf 'install: %s\n' "$*" >&2; }
give_up() { say "$*"; exit 1; }

wanted() { { pwd; cat tools/install.sh pyproject.toml requirements-bootstrap.lock "$lock"; } | cksum; }
is_installed() { [ -x .venv/bin/uv ] && [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(wanted)" ]; }

wait_for_the_lock() {
    if command -v flock >/dev/null 2>&1; then
        exec 9>.venv.lock
        flock -n 9 || { say "another make is installing; waiting for it"; flock 9; }
        return
    fi
    until mkdir .venv.lock.d 2>/dev/null; do
        owner=$(cat .venv.lock.d/pid 2>/dev/null || echo 0)
        [ "$owner" = 0 ] || kill -0 "$owner" 2>/dev/null || rm -rf .venv.lock.d
        sleep 1
    done
    echo $$ >.venv.lock.d/pid
    trap 'rm -rf .venv.lock.d' EXIT
}

is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
    for name in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
        if command -v "$name" >/dev/null 2>&1 && is_new_enough "$name"; then
            echo "$name"
            return
        fi
    done
    give_up "Python 3.11 or newer is needed and none is on PATH." \
        "On Debian or Ubuntu: apt-get install python3 python3-venv. Elsewhere: make PYTHON=/path/to/python3.11"
}

create_venv() {
    python=$(find_python)
    say "creating .venv with $("$python" --version)"
    rm -rf .venv
    if "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        "$python" -m venv .venv
    elif command -v uv >/dev/null 2>&1; then
        uv venv --quiet --seed --python "$python" .venv
    elif command -v virtualenv >/dev/null 2>&1; then
        virtualenv --quiet --python "$python" .venv
    else
        give_up "$python cannot make a virtual environment (ensurepip is missing)." \
            "On Debian or Ubuntu: apt-get install python3-venv"
    fi
}

is_usable_venv() {
    [ -x .venv/bin/python ] && [ "$(cat .venv/.home 2>/dev/null)" = "$(pwd)" ] &&
        is_new_enough .venv/bin/python
}

uv_install() {
    .venv/bin/uv --no-config pip install --quiet --python .venv/bin/python "$@"
}

install() {
    is_usable_venv || create_venv
    pwd >.venv/.home
    # The certificates of the machine, where there are some: a plant's network often has its own.
    [ ! -e /etc/ssl/certs/ca-certificates.crt ] || export UV_SYSTEM_CERTS=true
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps \
        --require-hashes --requirement requirements-bootstrap.lock
    uv_install --require-hashes --requirement "$lock"
    [ -n "$extra" ] || uv_install --no-deps --no-build-isolation --editable .
    wanted >"$stamp"
    say "$lock is installed in .venv"
}

is_installed && exit 0
wait_for_the_lock
is_installed || install
