# The stages of scripts/test. Sourced; needs console.sh, tally.sh, build.sh. Each stage counts what it did in the tally and
# itself always succeeds.

processors=$(nproc)

# Everything that a user would run, from one tree: programs, plugins and tests of the release preset.
stage_tests() {
  local must_complete=1
  if ! build_counted release all; then return 0; fi
  run_ctest release "unit and conformance tests" --label-exclude '^(integration|fuzz|package)$' --parallel "$processors"
  run_ctest release "integration tests" --label-regex '^integration$'
  run_interop
}

stage_asan-ubsan() { sanitizer_stage asan-ubsan; }
stage_tsan() { sanitizer_stage tsan; }

# A report of a sanitizer fails the stage, whichever process it comes from. Sanitized programs are slow: a test that fails
# without a report has a second attempt, and is named.
sanitizer_stage() {
  local reports="$logs/$1-reports" what="tests under $1" report
  if ! build_counted "$1" all; then return 0; fi
  rm -rf "$reports"
  mkdir -p "$reports"
  export KONDUIT_SANITIZER_OPTIONS="log_path=$reports/report"
  run_ctest "$1" "$what" --label-exclude '^(fuzz|package)$' --parallel "$processors" --repeat until-pass:2
  unset KONDUIT_SANITIZER_OPTIONS
  for report in "$reports"/*; do
    [ -f "$report" ] || continue
    say "$(head -n 40 "$report")"
    count failed 1 "a report of $1: $(grep -m 1 -E 'ERROR|WARNING|runtime error' "$report" || echo "$report")"
  done
  sed -nE 's/^ *[0-9]+\/[0-9]+ Test +#[0-9]+: ([^ ]+) .*\*\*\*Failed.*/\1/p' "$logs/$1-${what// /-}.log" | sort -u |
    while read -r test; do say "failed at the first attempt, without a report: $test"; done
}

stage_format() {
  local files status=0
  mapfile -t files < <(git -C "$root" ls-files '*.cpp' '*.hpp')
  [ "${#files[@]}" -gt 0 ] || return 0
  run_logged "clang-format" format env -C "$root" clang-format-19 --dry-run -Werror "${files[@]}" || status=$?
  count_status "$status" "clang-format"
}

# clang-tidy over our sources, a file at a time, until the stage's time is over. Findings fail the stage as far as
# .clang-tidy's WarningsAsErrors says; the others are counted in the log.
stage_tidy() {
  if ! build_counted release all; then return 0; fi
  local left status=0
  left=$(seconds_left)
  git -C "$root" ls-files 'sdk/*.cpp' 'framework/*.cpp' 'plugins/*.cpp' 'libs/*.cpp' 'apps/*.cpp' |
    grep -v '^sdk/src/asio.cpp$' >"$root/build/tidy-files" || true
  : >"$root/build/tidy-left-out"
  run_logged "clang-tidy" tidy env -C "$root" stop_at=$(($(date +%s) + left - 60)) \
    xargs -a build/tidy-files -r -P "$processors" -n 1 sh -c '
      if [ "$(date +%s)" -ge "$stop_at" ]; then echo "$0" >>build/tidy-left-out; exit 0; fi
      clang-tidy-19 --quiet -p build/release --extra-arg=-Wno-unknown-warning-option "$0"' || status=$?
  count_status "$status" "clang-tidy"
  say "clang-tidy: $(grep -cE 'warning: .*\[[a-z]' "$logs/tidy.log" || true) warnings, see build/logs/tidy.log"
  while read -r file; do count skipped 1 "clang-tidy $file: no time was left for it"; done <"$root/build/tidy-left-out"
}

# What others build on: every public header compiles alone, a plugin builds against the installed SDK.
stage_package() {
  [ -d "$root/sdk/include" ] || { say "package: there is no SDK yet"; return 0; }
  if ! build_counted release "all konduit_header_check"; then return 0; fi
  count passed 1 "every public header compiles alone"
  run_ctest release "the installed package" --label-regex '^package$'
}

# As build_preset; a failure is counted.
build_counted() {
  local status=0
  build_preset "$@" || status=$?
  [ "$status" -eq 0 ] || count_status "$status" "building $1"
  return "$status"
}

# run_ctest PRESET WHAT CTEST_OPTION...
run_ctest() {
  local preset=$1 what=$2 status=0
  shift 2
  local junit="$logs/$preset-${what// /-}.xml"
  rm -f "$junit"
  run_logged "$what" "$preset-${what// /-}" env -C "$root" \
    ctest --preset "$preset" --no-tests=ignore --output-junit "$junit" "$@" || status=$?
  if [ "$status" -ne 124 ] && [ -f "$junit" ]; then
    count_junit "$junit" "$what"
  else
    count_status "$status" "$what"
  fi
}

# Real Go clients against the programs of the release tree. Status 77: skipped.
run_interop() {
  local script="$root/tests/interop/run.sh" status=0 sum
  if [ ! -d "${script%/*}" ]; then say "interop: there is no tests/interop yet"; return 0; fi
  run_logged "interop tests" interop env KONDUIT_BIN="$root/build/release/bin" "$script" || status=$?
  sum=$(grep -E '^interop: [0-9]+ passed, [0-9]+ failed, [0-9]+ skipped' "$logs/interop.log" | tail -n 1) || sum=
  if [ "$status" -eq 77 ] && [ "${CI-}" != true ]; then
    count skipped 1 "interop: $(tail -n 1 "$logs/interop.log")"
  elif [ "$status" -eq 77 ]; then
    count failed 1 "interop was skipped, which CI does not allow: $(tail -n 1 "$logs/interop.log")"
  elif [ -n "$sum" ] && [ "$status" -ne 124 ]; then
    count_interop "$status" "$sum"
  else
    count_status "$status" "interop tests"
  fi
}

count_interop() {
  local passed failed skipped
  read -r passed failed skipped < <(sed -E 's/[^0-9 ]//g' <<<"$2")
  # A script that says no test failed and fails all the same did.
  [ "$1" -eq 0 ] || [ "$failed" -gt 0 ] || failed=1
  count passed "$passed" "interop"
  count failed "$failed" "interop, see build/logs/interop.log"
  count skipped "$skipped" "interop: $(grep -E '^(--- SKIP|skipped)' "$logs/interop.log" | head -n 3 | tr '\n' ';' || true)"
}
