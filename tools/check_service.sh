#!/bin/bash
# Lets systemd judge the unit, and groff the man page, where they are installed.
#
# Usage: tools/check_service.sh UNIT PROGRAM     UNIT as configured, PROGRAM as built
set -u
unit=$1 program=$2
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
failed=0

if command -v systemd-analyze >/dev/null; then
  # verify wants a program that is there: the one that was built stands in for the installed one.
  sed -E "s#^ExecStart=[^ ]+#ExecStart=$program#" "$unit" >"$scratch/nightwatt.service"
  SYSTEMD_LOG_LEVEL=warning systemd-analyze verify --man=no --recursive-errors=no \
    "$scratch/nightwatt.service" >"$scratch/said" 2>&1 || failed=1
  # Other units of this machine are not our business; what is said of ours is.
  grep -F 'nightwatt.service' "$scratch/said" && failed=1
else
  echo "service: no systemd-analyze here, the unit is not judged"
fi
for line in Type=notify 'WatchdogSec=' KillMode=mixed StateDirectory=nightwatt; do
  grep -q "^$line" "$unit" || { echo "service: $unit lacks $line"; failed=1; }
done

if command -v groff >/dev/null; then
  page=$(dirname "$0")/../docs/man/nightwatt.1
  groff -man -Tutf8 -ww "$page" >"$scratch/page" 2>"$scratch/warnings" || failed=1
  [ -s "$scratch/warnings" ] && { cat "$scratch/warnings"; failed=1; }
  grep -q 'nightwatt' "$scratch/page" || { echo "service: the man page is empty"; failed=1; }
fi
[ $failed = 0 ] && echo "service: ok" || { cat "$scratch/said" 2>/dev/null; exit 1; }
