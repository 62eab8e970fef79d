# Servers and agents under the reference's flags, and endpoints of konduit-bench, for measurements. Sourced; needs console.sh,
# certificates.sh and processes.sh. `work` is the folder of the run, and the current one.
declare -A server_of agent_of endpoint_of port_of

# open_work: makes `work`, goes there, makes certificates, and sees to it that the script leaves nothing behind.
open_work() {
  work=$(mktemp -d /tmp/konduit-measure.XXXXXX)
  trap close_work EXIT
  cd "$work"
  make_ca .
  make_certificate . server
  make_certificate . agent
}

close_work() {
  local status=$?
  stop_processes
  rm -rf "$work"
  exit "$status"
}

# program NAME: the absolute path of a program, or the end.
program() {
  local path
  path=$(realpath -e "$1" 2>/dev/null) && [ -x "$path" ] || die "there is no program $1; konduit's are built by:" \
    "  cmake --preset release && cmake --build build/release"
  # The programs of konduit know what they are by the name that they are called by.
  echo "$(dirname "$path")/$(basename "$1")"
}

# start_endpoint NAME: endpoint_of[NAME] and port_of[NAME]. Needs `bench`.
start_endpoint() {
  start "$1" "$bench" endpoint
  endpoint_of[$1]=${process_ids[-1]}
  wait_for_file "$1.log"
  port_of[$1]=$(cat "$1.log")
}

# start_pair NAME SERVER AGENT: server_of[NAME] and agent_of[NAME], their process ids. The way in is HTTP CONNECT on NAME.sock.
# The ports are picked, because the reference takes no port 0.
start_pair() {
  local name=$1 server=$2 agent=$3 ports
  mapfile -t ports < <(shuf -i 20000-32000 -n 5)
  start "$name-server" "$server" --mode=http-connect --uds-name="$work/$name.sock" --server-port=0 --agent-port="${ports[0]}" \
    --admin-port="${ports[1]}" --health-port="${ports[2]}" --cluster-cert=server.crt --cluster-key=server.key \
    --cluster-ca-cert=ca.crt --v=0 --logtostderr
  server_of[$name]=${process_ids[-1]}
  wait_for_answer "http://127.0.0.1:${ports[2]}/healthz"
  start "$name-agent" "$agent" --ca-cert=ca.crt --agent-cert=agent.crt --agent-key=agent.key --proxy-server-host=127.0.0.1 \
    --proxy-server-port="${ports[0]}" --health-server-port="${ports[3]}" --admin-server-port="${ports[4]}" --v=0 --logtostderr
  agent_of[$name]=${process_ids[-1]}
  wait_for_answer "http://127.0.0.1:${ports[2]}/readyz"
}

# progress TEXT: on a terminal alone, in place; without TEXT the line is emptied.
progress() { [ ! -t 2 ] || printf '\r\033[K%s' "${1-}" >&2; }
