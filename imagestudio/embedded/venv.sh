#!/bin/sh
# Makes .venv and installs requirements/<kind>.txt, once per content of that lock. Usage: venv.sh run|test
set -eu
cd "$(dirname "$0")/../.."
kind=$1
lock=requirements/$kind.txt
supported='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))'

fail() { printf 'studio: %s\n' "$*" >&2; exit 1; }
version() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null || true; }

find_python() {
    order='python3.14 python3.13 python3.12 python3.11 python3'
    # The wheel that carries a redis-server exists for 3.11 only: without one on PATH that version goes first.
    command -v redis-server >/dev/null || command -v valkey-server >/dev/null || order="python3.11 $order"
    seen=
    for candidate in $order; do
        "$candidate" -c "$supported" >/dev/null 2>&1 && { echo "$candidate"; return; }
        found=$(version "$candidate")
        [ -z "$found" ] || seen=$found
    done
    fail "Python 3.11, 3.12, 3.13 or 3.14 is needed and ${seen:+only $seen}${seen:-none} was found on PATH;" \
        "install one, or name it: make $kind PYTHON=/path/to/python3"
}

if [ -n "${PYTHON:-}" ]; then
    found=$(version "$PYTHON")
    [ -n "$found" ] || fail "PYTHON=$PYTHON cannot be run."
    "$PYTHON" -c "$supported" || fail "Python 3.11, 3.12, 3.13 or 3.14 is needed; $PYTHON is $found."
fi

# A .venv from elsewhere, of another version than asked for, or half made, is made again.
if ! .venv/bin/python -c "$supported; import pip" 2>/dev/null ||
    { [ -n "${PYTHON:-}" ] && [ "$(version .venv/bin/python)" != "$found" ]; }; then
    python=${PYTHON:-$(find_python)}
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
        fail "$python has no venv module; install it (Debian, Ubuntu: apt-get install python3-venv)."
    "$python" -m venv --clear .venv
fi

if ! cmp -s "$lock" ".venv/$kind.lock"; then
    echo "studio: installing $lock (only when it changed; a minute or two)"
    .venv/bin/python -m pip install -qq --disable-pip-version-check --require-hashes -r "$lock" ||
        fail "the packages of $lock could not be installed; the lines above say why."
    # The test lock holds everything of the run lock.
    [ "$kind" = run ] || cp requirements/run.txt .venv/run.lock
    cp "$lock" ".venv/$kind.lock"
fi
