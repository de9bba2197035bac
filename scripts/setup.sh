#!/usr/bin/env bash
# Makes .venv and installs Tradepit in it: `setup.sh run` what it needs to run, `setup.sh dev` what its
# tests need too. Set PYTHON to choose the interpreter.
set -eu
cd "$(dirname "$0")/.."
kind=${1:-run}

fail() { printf 'tradepit: %s\n' "$*" >&2; exit 1; }

find_python() {
  for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11 python; do
    if command -v "$candidate" >/dev/null 2>&1 &&
      "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
      command -v "$candidate"
      return
    fi
  done
}

if [ ! -x .venv/bin/pip ] || ! .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
  python=$(find_python)
  [ -n "$python" ] || fail "needs Python 3.11 or newer, and found none. Install one, or name it: make PYTHON=/path/to/python3.11"
  command -v gcc >/dev/null 2>&1 || command -v cc >/dev/null 2>&1 ||
    fail "needs a C compiler (one dependency is built from source). On Debian or Ubuntu: apt install gcc python3-dev"
  printf 'tradepit: making .venv with %s\n' "$("$python" --version)"
  rm -rf .venv
  "$python" -m venv .venv || fail "cannot make .venv. On Debian or Ubuntu: apt install python3-venv"
fi

what=.
[ "$kind" = dev ] && what='.[dev]'
printf 'tradepit: installing (a minute the first time)\n'
# An editable install is never compiled, so nothing of the compiler is fetched for it.
TRADEPIT_PURE=1 .venv/bin/pip install -qq --disable-pip-version-check -c constraints.txt -e "$what"
touch .venv/installed-run
[ "$kind" != dev ] || touch .venv/installed-dev
