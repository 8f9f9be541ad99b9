#!/usr/bin/env bash
# Runs one text test: tests/lua/run.sh [--promote] [--on sqlite_file|postgresql] MOONBASE FILE
#
# A text test is a Lua file. What it prints stands in it, line by line, in comments that begin with
# `-->`, after the call that prints it; a call that must fail is followed by a comment with `--!` and
# the beginning of the error. See tests/lua/run.lua.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
promote=()
unset MOONBASE_TEST_URL
while [[ ${1-} == --* ]]; do
  case "$1" in
    --promote) promote=(--promote) ;;
    --on)
      case "${2-}" in
        sqlite_file) export MOONBASE_TEST_URL=sqlite:///suite.db ;;
        postgresql)
          export MOONBASE_TEST_URL=${MOONBASE_TEST_POSTGRESQL:?is not set: run scripts/test} ;;
        *) break ;;
      esac
      shift
      ;;
    *) break ;;
  esac
  shift
done
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
