# Many agents of one server. All of them live in one process, each with a connection of its own. Sourced; needs pairs.sh,
# `programs_of`, `bench`, `build` and `duration`.

# crowd_of AGENTS: a line of JSON about a new server with so many agents, and ten silent tunnels for each of them.
crowd_of() {
  local agents=$1 tunnels=$((10 * $1)) before after p50
  start_server crowd "${programs_of[konduit]% *}" http-connect
  before=$(memory_of RssAnon "${server_of[crowd]}")
  crowd_document "$agents" >crowd.yaml
  start crowd-agents "${build:?}/bin/konduit" run crowd.yaml
  agent_of[crowd]=${process_ids[-1]}
  until_true "$agents agents" crowd_is ready_backend_connections "$agents"
  start crowd-idle "$bench" load --scenario idle --proxy "unix:$work/crowd.sock" --endpoint "${port_of[endpoint]}" \
    --tunnels "$tunnels" --warm-up 0 --duration 600000
  until_true "$tunnels tunnels" crowd_is established_connections "$tunnels"
  after=$(memory_of RssAnon "${server_of[crowd]}")
  p50=$("$bench" load --scenario crr --proxy "unix:$work/crowd.sock" --endpoint "${port_of[endpoint]}" --json \
    --duration "$duration" | sed -n 's/.*"p50_us": \([0-9.]*\).*/\1/p')
  printf '{"agents": %d, "server_bytes_per_agent": %d, "p50_us": %s}\n' "$agents" $(((after - before) * 1024 / agents)) "$p50"
  end_process "${process_ids[-1]}"
  end_process "${agent_of[crowd]}"
  end_process "${server_of[crowd]}"
}

# crowd_is METRIC VALUE: whether the server says so.
crowd_is() {
  curl -fs --max-time 2 "${health_of[crowd]}/metrics" | grep -qx "konnectivity_network_proxy_server_$1 $2"
}

crowd_document() {
  local i names
  names=$(seq -f 'uplink/a%.0f' -s ', ' "$1")
  cat <<-DOCUMENT
	apiVersion: konduit/v1
	discovery: {static/servers: {servers: ["127.0.0.1:${agents_port_of[crowd]}"]}}
	backends: {direct/node: {}}
	pipelines: {serve: {frontends: [$names], backend: direct/node}}
	frontends:
	DOCUMENT
  for ((i = 1; i <= $1; ++i)); do
    echo "  uplink/a$i: {servers: static/servers, agent_id: a$i, tls: {ca: $work/ca.crt, cert: $work/agent.crt, key: $work/agent.key}}"
  done
}
