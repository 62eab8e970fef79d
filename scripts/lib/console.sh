# What the scripts say: one line per step, progress while a step takes long, the end of its log when it failed.
# Sourced. Sets `root` and `logs`.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
logs="$root/build/logs"

if [ -t 1 ]; then console_is_terminal=1; else console_is_terminal=; fi

say() { printf '%s\n' "$*"; }

die() {
  printf '%s\n' "${0##*/}: $1" >&2
  shift
  [ $# -eq 0 ] || printf '%s\n' "$@" >&2
  exit 1
}

# Prints the comment at the top of the running script, as its help.
usage() {
  sed -n '2,/^[^#]/{s/^# \{0,1\}//;t print;d;:print;p}' "$0"
  exit 0
}

# Seconds until the stage's deadline (`stage_deadline`, in seconds since the epoch), which may be unset.
seconds_left() {
  if [ -n "${stage_deadline-}" ]; then echo $((stage_deadline - $(date +%s))); else echo 86400; fi
}

# run_logged WHAT LOG COMMAND...: runs COMMAND with its output in build/logs/LOG.log. Its status is COMMAND's; 124 says
# that the stage's time was over.
run_logged() {
  local what=$1 log="$logs/$2.log"
  shift 2
  local left status=0 started=$SECONDS
  left=$(seconds_left)
  [ "$left" -gt 0 ] || return 124
  mkdir -p "$logs"
  timeout --kill-after=10 "$left" "$@" >"$log" 2>&1 </dev/null &
  run_logged_pid=$!
  show_progress "$run_logged_pid" "$what" "$log"
  wait "$run_logged_pid" || status=$?
  run_logged_pid=
  case $status in
    0) say "$what: done in $(duration $((SECONDS - started)))" ;;
    124 | 137) status=124; say "$what: out of time after $(duration $((SECONDS - started)))" ;;
    *)
      say "$what: FAILED after $(duration $((SECONDS - started))), see $log:"
      say_why "$log"
      ;;
  esac
  return "$status"
}

# The first errors of a build's log; the end of any other.
say_why() {
  if grep -qE '^FAILED: ' "$1"; then grep -E -A10 '(error|CMake Error)[: ]' "$1" | head -n 40; else tail -n 40 "$1"; fi
}

# Ends a command that run_logged still runs; a script with an EXIT trap of its own calls it there.
end_logged() {
  [ -z "${run_logged_pid-}" ] || kill "$run_logged_pid" 2>/dev/null || true
}
trap end_logged EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Says every few seconds how far a log has come: ninja's [n/m], ctest's n/m, else the time gone by.
show_progress() {
  local pid=$1 what=$2 log=$3 started=$SECONDS next=5 every=30 at
  [ -z "$console_is_terminal" ] || every=1
  while kill -0 "$pid" 2>/dev/null; do
    if [ $((SECONDS - started)) -ge "$next" ]; then
      next=$((SECONDS - started + every))
      at=$(tail -c 2000 "$log" | grep -oE '^\[[0-9]+/[0-9]+\]|^ *[0-9]+/[0-9]+ Test' | tail -n 1 | tr -d '[] Test') || at=
      if [ -n "$console_is_terminal" ]; then
        printf '\r\033[K%s: %s %s' "$what" "$(duration $((SECONDS - started)))" "$at"
      else
        say "$what: $(duration $((SECONDS - started))) $at"
      fi
    fi
    sleep 0.2
  done
  [ -z "$console_is_terminal" ] || printf '\r\033[K'
}

duration() {
  if [ "$1" -lt 60 ]; then echo "$1 s"; else echo "$(($1 / 60)) min $(($1 % 60)) s"; fi
}
