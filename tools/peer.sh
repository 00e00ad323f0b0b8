#!/bin/sh
# Install a peer of the benches into a venv of its own, .bench-NAME, as its lock file says.
#
# A peer has its own versions of everything and never shares a venv, nor an import, with us.
set -eu
cd "$(dirname "$0")/.."

name=${1:?which peer: tryton}
lock=requirements-$name.lock
venv=.bench-$name
stamp=$venv/.installed

[ -f "$lock" ] || { echo "peer: no $lock" >&2; exit 1; }
wanted() { { pwd; cat tools/peer.sh "$lock"; } | cksum; }
if [ -x "$venv/bin/python" ] && [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(wanted)" ]; then
    exit 0
fi
sh tools/install.sh
[ ! -e /etc/ssl/certs/ca-certificates.crt ] || export UV_SYSTEM_CERTS=true
uv=.venv/bin/uv
"$uv" --no-config venv --quiet --clear --python .venv/bin/python "$venv"
"$uv" --no-config pip install --quiet --python "$venv/bin/python" --require-hashes \
    --requirement "$lock"
wanted >"$stamp"
echo "peer: $lock is installed in $venv" >&2
