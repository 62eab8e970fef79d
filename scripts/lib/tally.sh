# Counts what passed, failed and was skipped. Sourced; needs console.sh.
#
# The tally is a file of lines "passed|failed|skipped COUNT WHAT", so that a script can hand it to the one that called it
# ($KONDUIT_TALLY).
tally=${KONDUIT_TALLY:-$logs/tally}

tally_start() {
  mkdir -p "$(dirname "$tally")"
  [ -n "${KONDUIT_TALLY-}" ] || : >"$tally"
}

count() { printf '%s %s %s\n' "$1" "$2" "$3" >>"$tally"; }

# tally_sum: the closing lines; its status says whether nothing failed (and something passed).
tally_sum() {
  awk '
    { n[$1] += $2; what = $0; sub(/^[^ ]+ [^ ]+ /, "", what) }
    $1 == "skipped" && $2 > 0 { print "skipped: " what }
    $1 == "failed" && $2 > 0 { print "FAILED: " what }
    END {
      printf "%d passed, %d failed, %d skipped\n", n["passed"], n["failed"], n["skipped"]
      exit n["failed"] > 0 || n["passed"] == 0
    }' "$tally"
}

# count_status STATUS WHAT: a step that is one check of its own. A step that ran out of time is skipped, unless the stage
# is one that must be complete (`must_complete`).
count_status() {
  case $1 in
    0) count passed 1 "$2" ;;
    124) count "$(if [ -n "${must_complete-}" ]; then echo failed; else echo skipped; fi)" 1 "$2: no time was left for it" ;;
    *) count failed 1 "$2" ;;
  esac
}

# count_junit FILE WHAT: adds ctest's results, each failure and each skip with its reason.
count_junit() {
  awk -v what="$2" '
    function plain(text) {
      gsub(/&quot;/, "\"", text); gsub(/&lt;/, "<", text); gsub(/&gt;/, ">", text); gsub(/&amp;/, "\\&", text)
      return text
    }
    function attribute(line, name) {
      if (!match(line, name "=\"[^\"]*\"")) return ""
      return plain(substr(line, RSTART + length(name) + 2, RLENGTH - length(name) - 3))
    }
    function finish() {
      if (name == "") return
      if (status == "run") passed++
      else if (status == "fail") print "failed 1 " name
      else print "skipped 1 " name (why == "" ? "" : ": " why)
      name = ""
    }
    /<testcase / { finish(); name = attribute($0, "name"); status = attribute($0, "status"); why = ""; due = 0 }
    due { why = plain($0); due = 0 }
    /: Skipped$/ { due = 1 }
    END { finish(); print "passed " passed + 0 " " what }
  ' "$1" >>"$tally"
}
