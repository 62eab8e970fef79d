#!/usr/bin/env bash
# Runs the interop tests.
#
#   tests/interop/run.sh                 the programs of build/release/bin
#   tests/interop/run.sh -run HTTP       flags go to `go test`
#
# KONDUIT_BIN names another directory of programs. PROXY_SERVER, PROXY_AGENT and KONDUIT name single ones; where the first two
# are given and KONDUIT is not, they are taken for the reference's. REFERENCE_SERVER and REFERENCE_AGENT add the pairings.
#
# The last line is `interop: N passed, N failed, N skipped`. Without a Go toolchain: status 77, or 1 where CI=true.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
export GOTOOLCHAIN=local GOWORK=off

needed=$(awk '$1 == "go" { print $2 }' "$here/go.mod")

# find_go: a Go of the version that go.mod needs, or a newer one.
find_go() {
  local go version
  for go in "$(command -v go || true)" /usr/local/go/bin/go /usr/lib/go-*/bin/go; do
    [ -x "$go" ] || continue
    version=$(cd / && "$go" env GOVERSION | sed -E 's/^go([0-9.]+).*/\1/') || continue
    if [ "$(printf '%s\n' "$needed" "$version" | sort -V | head -n 1)" = "$needed" ]; then
      echo "$go"
      return
    fi
  done
  return 1
}

if ! go=$(find_go); then
  echo "SKIPPED interop: no Go >= $needed found"
  if [ "${CI-}" = true ]; then exit 1; else exit 77; fi
fi

if [ -z "${PROXY_SERVER-}" ] && [ -z "${PROXY_AGENT-}" ]; then
  programs=$(realpath -m "${KONDUIT_BIN:-$here/../../build/release/bin}")
  export PROXY_SERVER=$programs/proxy-server PROXY_AGENT=$programs/proxy-agent KONDUIT=${KONDUIT:-$programs/konduit}
fi
for program in "${PROXY_SERVER-}" "${PROXY_AGENT-}" ${KONDUIT:+"$KONDUIT"} ${REFERENCE_SERVER:+"$REFERENCE_SERVER"} \
  ${REFERENCE_AGENT:+"$REFERENCE_AGENT"}; do
  if [ ! -x "$program" ]; then
    echo "interop: there is no program '$program': build the release preset, or set PROXY_SERVER and PROXY_AGENT"
    exit 1
  fi
done

temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
cd "$here"
echo "interop: fetching the Go modules and compiling (minutes at the first time), $("$go" env GOVERSION)"
"$go" mod download
"$go" vet ./...
"$go" build -buildvcs=false -o "$temporary/summary" ./summary
"$go" test -count=1 -timeout=8m -json "$@" ./... | "$temporary/summary"
