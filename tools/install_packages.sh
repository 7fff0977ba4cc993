#!/bin/bash
# Installs what is missing of the Debian packages that Nightwatt needs, and says what it does.
#
# Usage: tools/install_packages.sh build   to build the daemon (./run)
#        tools/install_packages.sh test    that, and all that ./test uses
#        tools/install_packages.sh peers   to build, and what bench/run --compare measures beside us
# A second start finds nothing missing and is done at once. Everything it says goes to standard error.
set -u
build=(g++ cmake ninja-build ccache mold pkg-config git libboost1.81-dev libyaml-dev
  libsqlite3-dev libssh-dev libsnmp-dev libfmt-dev libspdlog-dev libcli11-dev
  nlohmann-json3-dev libmosquitto-dev libssl-dev)
test=("${build[@]}" python3 libgtest-dev libgmock-dev clang-19 libclang-rt-19-dev clang-tidy-19
  clang-format-19 nut-server nut-client openssh-server openssh-client procps iproute2 curl
  libmodbus-dev libyaml-cpp-dev socat snmpd snmp mosquitto mosquitto-clients openssl nftables)
# collectd's plugins say of no library that they need it.
peers=("${build[@]}" collectd-core libmodbus-dev libupsclient6 snmpd)

case "${1:-build}" in
  build) wanted=("${build[@]}") ;;
  test) wanted=("${test[@]}") ;;
  peers) wanted=("${peers[@]}") ;;
  *) echo "usage: tools/install_packages.sh build|test|peers" >&2; exit 2 ;;
esac

say() { echo "packages: $*" >&2; }

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  say "this is not Debian; install the equivalents of: ${wanted[*]}"
  say "continuing, the build will say what it misses"
  exit 0
fi

missing_of() {
  local installed
  installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' 2>/dev/null |
    sed -n 's/^installed //p' | sort -u)
  comm -23 <(printf '%s\n' "$@" | sort -u) <(echo "$installed") | tr '\n' ' '
}

missing=$(missing_of "${wanted[@]}")
[ -z "${missing// /}" ] && exit 0

as_root=()
if [ "$(id -u)" != 0 ]; then
  if ! command -v sudo >/dev/null; then
    say "these are missing, and installing them takes root or sudo, and here is neither:"
    say "  apt-get install ${missing}"
    exit 1
  fi
  as_root=(sudo)
fi

# A preset DEBIAN_FRONTEND does not survive sudo; env does.
apt() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -q "$@"
}

log=$(mktemp)
trap 'rm -f "$log"' EXIT
say "installing with apt: ${missing}"
# shellcheck disable=SC2086
install_missing() { apt install -y --no-install-recommends $missing; }

ok=0
for attempt in 1 2 3; do
  # A fresh image has no package lists, an old one has lists of packages that are gone.
  if [ $attempt -gt 1 ] || [ -z "$(ls /var/lib/apt/lists 2>/dev/null | grep -E 'Packages' | head -1)" ]; then
    say "apt-get update (attempt $attempt)"
    apt update >>"$log" 2>&1 || true
  fi
  if install_missing >>"$log" 2>&1; then ok=1; break; fi
  sleep $((attempt * 3 - 2))
done
if [ $ok = 0 ]; then
  say "apt failed; its last words:"
  tail -n 20 "$log" >&2
  say "try yourself: apt-get update && apt-get install ${missing}"
  exit 1
fi

left=$(missing_of "${wanted[@]}")
if [ -n "${left// /}" ]; then
  say "apt reported success, and yet these are missing: ${left}"
  exit 1
fi
say "done"
