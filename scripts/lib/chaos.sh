# The program behind scripts/chaos and scripts/soak, and their stage. Sourced; needs console.sh, build.sh; the stage also
# tally.sh and stages.sh.
chaos_tree=$root/build/release

# Builds what is missing of it and of the programs that it breaks; sets chaos_program.
build_chaos() {
  local preset
  preset=$(basename "$chaos_tree")
  [ "$(cd "$chaos_tree" 2>/dev/null && pwd)" = "$root/build/$preset" ] || [ "$chaos_tree" = "$root/build/$preset" ] ||
    die "$chaos_tree is not one of this project's trees: build/PRESET"
  chaos_tree=$root/build/$preset
  build_preset "$preset" "konduit-product konduit-chaos"
  chaos_program=$chaos_tree/tests/bin/konduit-chaos
}

# Faults around a server and an agent, then mixed load for two minutes: six minutes in all.
stage_chaos() {
  if ! build_counted release "konduit-product konduit-chaos"; then return 0; fi
  run_chaos "chaos" "$root/scripts/chaos" --short
  run_chaos "soak" "$root/scripts/soak" 2
}

# run_chaos WHAT COMMAND...: adds its last sum, "WHAT: 23 held, 0 failed, 0 skipped".
run_chaos() {
  local what=$1 status=0 sum held failed skipped
  shift
  run_logged "$what" "$what" "$@" || status=$?
  sum=$(grep -E "^$what: [0-9]+ held, [0-9]+ failed, [0-9]+ skipped" "$logs/$what.log" | tail -n 1) || sum=
  if [ -z "$sum" ] || [ "$status" -eq 124 ]; then count_status "$status" "$what"; return 0; fi
  read -r held failed skipped < <(sed -E 's/[^0-9 ]//g' <<<"$sum")
  # One that fails although every scenario held did.
  [ "$status" -eq 0 ] || [ "$failed" -gt 0 ] || failed=1
  count passed "$held" "$what"
  count failed "$failed" "$what: $(chaos_rows FAILED "$logs/$what.log")see build/logs/$what.log"
  count skipped "$skipped" "$what: $(chaos_rows skipped "$logs/$what.log")"
}

# The rows of a table with this verdict, each with its reason.
chaos_rows() { awk -F ' *[|] *' -v verdict="$1" '$3 == verdict { printf "%s (%s); ", $2, $9 }' "$2"; }
