# Servers and agents under the reference's flags, and endpoints of konduit-bench, for measurements. Sourced; needs console.sh,
# certificates.sh and processes.sh. `work` is the folder of the run, and the current one.
declare -A server_of agent_of endpoint_of port_of ready_ms agents_port_of health_of

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
  local status=${1:-$?}
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

memory_of() { awk -v name="$1:" '$1 == name { print $2 }' "/proc/$2/status"; } # FIELD PID: KiB

# start_endpoint NAME: endpoint_of[NAME] and port_of[NAME]. Needs `bench`.
start_endpoint() {
  start "$1" "$bench" endpoint
  endpoint_of[$1]=${process_ids[-1]}
  wait_for_file "$1.log"
  port_of[$1]=$(cat "$1.log")
}

# start_pair NAME SERVER AGENT [MODE]: a server and its agent. The way in is HTTP CONNECT, or gRPC (MODE grpc), on NAME.sock.
start_pair() {
  start_server "$1" "$2" "${4:-http-connect}"
  start_agent "$1" "$3"
}

# start_server NAME SERVER MODE: server_of[NAME], its process id; ready_ms[NAME], what it took from its start until its health
# port was open; agents_port_of[NAME] and health_of[NAME], the url of its health port. The ports are picked, because the
# reference takes no port 0.
start_server() {
  local name=$1 server=$2 mode=$3 ports started
  mapfile -t ports < <(free_ports 3)
  started=$EPOCHREALTIME
  start "$name-server" "$server" --mode="$mode" --uds-name="$work/$name.sock" --server-port=0 --agent-port="${ports[0]}" \
    --admin-port="${ports[1]}" --health-port="${ports[2]}" --cluster-cert=server.crt --cluster-key=server.key \
    --cluster-ca-cert=ca.crt --v=0 --logtostderr
  server_of[$name]=${process_ids[-1]}
  ready_ms[$name]=$(milliseconds_until_open "${ports[2]}" "$started")
  agents_port_of[$name]=${ports[0]} health_of[$name]=http://127.0.0.1:${ports[2]}
  wait_for_answer "${health_of[$name]}/healthz"
}

# start_agent NAME AGENT: agent_of[NAME], of the server of that name; adds to ready_ms[NAME].
start_agent() {
  local name=$1 agent=$2 ports started
  mapfile -t ports < <(free_ports 2)
  started=$EPOCHREALTIME
  start "$name-agent" "$agent" --ca-cert=ca.crt --agent-cert=agent.crt --agent-key=agent.key --proxy-server-host=127.0.0.1 \
    --proxy-server-port="${agents_port_of[$name]}" --health-server-port="${ports[0]}" --admin-server-port="${ports[1]}" --v=0 \
    --logtostderr
  agent_of[$name]=${process_ids[-1]}
  ready_ms[$name]+=" $(milliseconds_until_open "${ports[0]}" "$started")"
  wait_for_answer "${health_of[$name]}/readyz"
}

# milliseconds_until_open PORT STARTED: waits until somebody listens on the port; asks without pause.
milliseconds_until_open() {
  local deadline=$((SECONDS + patience))
  until { true <>"/dev/tcp/127.0.0.1/$1"; } 2>/dev/null; do
    [ "$SECONDS" -lt "$deadline" ] || die "nobody listens on port $1"
  done
  awk -v from="$2" -v to="$EPOCHREALTIME" 'BEGIN { printf "%.1f\n", (to - from) * 1000 }'
}

# progress TEXT: on a terminal alone, in place; without TEXT the line is emptied.
progress() { [ ! -t 2 ] || printf '\r\033[K%s' "${1-}" >&2; }
