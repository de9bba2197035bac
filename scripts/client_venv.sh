#!/usr/bin/env bash
# Makes .venv-clients/NAME from tests/clients/requirements/NAME.txt: one environment for each family of
# official clients, because their dependencies contradict each other and ours.
set -eu
cd "$(dirname "$0")/.."
name=$1
requirements=tests/clients/requirements/$name.txt
venv=.venv-clients/$name
[ -f "$requirements" ] || { printf 'tradepit: no %s\n' "$requirements" >&2; exit 1; }
printf 'tradepit: installing the %s client\n' "$name"
rm -rf "$venv"
.venv/bin/python -m venv "$venv"
"$venv/bin/pip" install -qq --disable-pip-version-check -r "$requirements"
touch "$venv/installed"
