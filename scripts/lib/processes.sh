# Starts processes in the background, waits for what they say, and ends them. Sourced; needs console.sh.
process_ids=()
patience=15  # seconds

# start NAME COMMAND...: its output goes to NAME.log in the current folder.
start() {
  local name=$1
  shift
  "$@" >"$name.log" 2>&1 </dev/null &
  process_ids+=($!)
  disown  # or the shell would tell how it ended
}

# Ends what start() started, in the reverse order.
stop_processes() {
  local i
  for ((i = ${#process_ids[@]} - 1; i >= 0; i--)); do end_process "${process_ids[i]}"; done
}

# end_process ID: one that start() started, by SIGTERM, and by another one two seconds later, for which an agent of the reference
# waits; what does not end in time by SIGKILL.
end_process() {
  local id=$1 i waited
  for i in "${!process_ids[@]}"; do
    [ "${process_ids[i]}" != "$id" ] || unset "process_ids[i]"
  done
  process_ids=("${process_ids[@]}")
  kill "$id" 2>/dev/null || return 0
  for ((waited = 0; waited < patience * 10; waited++)); do
    kill -0 "$id" 2>/dev/null || return 0
    [ "$waited" -ne 20 ] || kill "$id" 2>/dev/null || return 0
    sleep 0.1
  done
  kill -KILL "$id" 2>/dev/null && say "process $id did not end on SIGTERM" >&2
  return 0
}

# until_true WHAT COMMAND...: repeats COMMAND until it succeeds; gives up when patience or a process ends.
until_true() {
  local what=$1 waited id
  shift
  for ((waited = 0; waited < patience * 10; waited++)); do
    if "$@"; then return 0; fi
    for id in "${process_ids[@]}"; do
      kill -0 "$id" 2>/dev/null || die "a process ended while waiting for $what"
    done
    sleep 0.1
  done
  die "waited $patience s for $what"
}

# wait_for_line FILE SED_PROGRAM: prints the first line that the program (sed -n) makes of FILE.
wait_for_line() {
  until_true "$1" eval "[ -n \"\$(sed -n '$2' '$1' | head -n 1)\" ]"
  sed -n "$2" "$1" | head -n 1
}

# free_ports COUNT: ports that nobody uses at the moment, a line each, for programs that take no port 0.
free_ports() {
  comm -23 <(printf '%04X\n' {20000..32000} | sort) \
    <(sed -nE 's/^ *[0-9]+: [0-9A-F]+:([0-9A-F]{4}) .*/\1/p' /proc/net/tcp /proc/net/tcp6 | sort -u) |
    shuf -n "$1" | while read -r port; do echo $((16#$port)); done
}

wait_for_file() { until_true "$1" test -s "$1"; }

wait_for_answer() { until_true "$1" curl -fs --max-time 2 -o /dev/null "$1"; }

# bound_address READY_FILE LISTENER: host:port of a TCP listener.
bound_address() {
  local address
  address=$(tr -d ' \n' <"$1" | sed -n 's|.*{"id":"'"$2"'[^"]*","url":"tcp://\([^"]*\)".*|\1|p')
  [ -n "$address" ] || die "no listener $2 in $1: $(cat "$1")"
  echo "$address"
}

# answer_is_hello COMMAND...: runs it, shows what came, and fails unless it is the endpoint's greeting.
answer_is_hello() {
  local answer
  answer=$("$@") || die "the request failed"
  say "--> $answer"
  grep -q '^Hello from the endpoint' <<<"$answer" || die "this is not what the endpoint says"
}
