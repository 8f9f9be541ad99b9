#!/usr/bin/env bash
# Runs one text test: tests/lua/run.sh [--promote] MOONBASE FILE
#
# A text test is a Lua file. What it prints stands in it, line by line, in comments that begin with
# `-->`, after the call that prints it; a call that must fail is followed by a comment with `--!` and
# the beginning of the error. See tests/lua/run.lua.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
promote=()
if [[ ${1-} == --promote ]]; then
  promote=(--promote)
  shift
fi
if (($# != 2)); then
  sed -n '2p' "$0" | sed 's/^# */usage: /' >&2
  exit 2
fi
program=$(realpath "$1")
file=$(realpath "$2")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
unset MOONBASE_APP DATABASE_URL
"$program" run "$here/run.lua" "$file" "${promote[@]}"
