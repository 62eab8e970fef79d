# The fuzz targets: their names, and runs of them. Sourced; needs console.sh and build.sh; the stage also tally.sh and
# stages.sh.
fuzz_tree=$root/build/fuzz
fuzz_fast_tree=$root/build/fuzz-fast
fuzz_logs=$logs/fuzz  # a log for each target, and the inputs that were found
fuzz_least=20         # seconds; in less a target hardly reads its corpus
fuzz_most=60          # seconds, of the stage

fuzz_targets() { sed -n 's/^konduit_add_fuzzer(\([a-z0-9_]*\).*/\1/p' "$root/tests/fuzz/CMakeLists.txt"; }

# Each target for a minute; where the stage has less time, for as long as all of them have, but not for less than
# `fuzz_least`.
stage_fuzz() {
  if ! build_counted fuzz konduit-fuzzers; then return 0; fi
  local targets seconds target
  mapfile -t targets < <(fuzz_targets)
  seconds=$(fuzz_seconds "${#targets[@]}")
  say "fuzzing ${#targets[@]} targets, two at a time, $seconds s each"
  fuzz 2 "-max_total_time=$seconds" "${targets[@]}" || true
  for target in "${targets[@]}"; do count_status "$(fuzz_status "$target")" "fuzzing $target"; done
}

# fuzz_seconds COUNT: how long each of COUNT targets may run. A target needs some seconds for its start and its end.
fuzz_seconds() {
  local seconds=$(($(seconds_left) / (($1 + 1) / 2) - 5))
  [ "$seconds" -le "$fuzz_most" ] || seconds=$fuzz_most
  [ "$seconds" -ge "$fuzz_least" ] || seconds=$fuzz_least
  echo "$seconds"
}

# fuzz PROCESSES LIMIT TARGET...: each up to LIMIT, an option of libFuzzer's, so many at a time. Its status is 0 when
# nothing was found; fuzz_status tells more.
fuzz() {
  local processes=$1 limit=$2 status=0 target
  shift 2
  mkdir -p "$fuzz_logs"
  for target in "$@"; do rm -f "$fuzz_logs/$target.status"; done
  export -f fuzz_one fuzz_longest
  run_logged "fuzzing" fuzz env root="$root" fuzz_tree="$fuzz_tree" fuzz_logs="$fuzz_logs" limit="$limit" \
    fuzz_programs="${fuzz_programs:-$fuzz_tree/fuzz}" \
    xargs -a <(printf '%s\n' "$@") -n 1 -P "$processes" bash -c 'fuzz_one "$0"' || status=$?
  for target in "$@"; do
    case $(fuzz_status "$target") in
      0 | 124) ;;
      *) status=1 && say "$target found something:" && tail -n 40 "$fuzz_logs/$target.log" ;;
    esac
  done
  return "$status"
}

# fuzz_count COUNT TARGET...: so many executions of each, one after the other, by the programs without
# AddressSanitizer; what they have learnt is then replayed by those that have it.
fuzz_count() {
  local count=$1 status=0
  shift
  fuzz_programs=$fuzz_fast_tree/fuzz fuzz 1 "-runs=$count" "$@" || status=$?
  cat "$logs/fuzz.log"
  fuzz_logs=$fuzz_logs/replay fuzz 2 -runs=0 "$@" || status=$?
  return "$status"
}

# One target, in a shell of its own. What it learns stays in build/fuzz/corpus. Leaks are looked for where there is
# AddressSanitizer, at the end.
fuzz_one() {
  local corpus=$fuzz_tree/corpus/$1 dictionary=$root/tests/fuzz/dictionaries/$1 status=0 options=()
  mkdir -p "$corpus"
  [ ! -f "$dictionary" ] || options+=(-dict="$dictionary")
  "$fuzz_programs/$1" "$limit" -max_len="$(fuzz_longest "$1")" -timeout=10 -rss_limit_mb=2048 \
    -artifact_prefix="$fuzz_logs/$1-" "${options[@]}" "$corpus" "$root/tests/fuzz/corpus/$1" \
    >"$fuzz_logs/$1.log" 2>&1 || status=$?
  echo "$status" >"$fuzz_logs/$1.status"
  echo "$1: $(grep -oE '^Done.*|^SUMMARY.*|^not so.*|^the protocol was.*' "$fuzz_logs/$1.log" | head -n 1)," \
    "$(grep -oE 'cov: [0-9]+' "$fuzz_logs/$1.log" | tail -n 1)"
}

# fuzz_longest TARGET: the bytes of the longest input that is made up for it.
fuzz_longest() { sed -n "s/^konduit_add_fuzzer($1 LONGEST \\([0-9]*\\).*/\\1/p" "$root/tests/fuzz/CMakeLists.txt"; }

# How a target's last run ended; 124 when it never came to its end.
fuzz_status() { cat "$fuzz_logs/$1.status" 2>/dev/null || echo 124; }
