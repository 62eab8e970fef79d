# A pair of HAProxy with mutual TLS between the two and no tunnels of its own: what comes in by a Unix socket at the one goes out
# to one target at the other, a TLS connection for each. Sourced; needs pairs.sh.

# start_haproxy_pair NAME TARGET_PORT: as start_pair; nobody asks for a target. Debian's defaults, as many threads as CPUs.
start_haproxy_pair() {
  local name=$1 target=$2 port
  port=$(free_ports 1)
  cat server.crt server.key >haproxy-server.pem
  cat agent.crt agent.key >haproxy-agent.pem
  haproxy_listener "$name-server" "unix@$work/$name.sock" \
    "127.0.0.1:$port ssl verify required ca-file $work/ca.crt crt $work/haproxy-server.pem"
  haproxy_listener "$name-agent" "127.0.0.1:$port ssl verify required ca-file $work/ca.crt crt $work/haproxy-agent.pem" \
    "127.0.0.1:$target"
  start "$name-agent" haproxy -db -f "$name-agent.cfg"
  agent_of[$name]=${process_ids[-1]}
  start "$name-server" haproxy -db -f "$name-server.cfg"
  server_of[$name]=${process_ids[-1]}
  until_true "$name.sock" test -S "$name.sock"
}

# haproxy_listener NAME BIND SERVER: NAME.cfg.
haproxy_listener() {
  cat >"$1.cfg" <<-CONFIGURATION
	global
	  maxconn 9000
	defaults
	  mode tcp
	  timeout connect 10s
	  timeout client 1h
	  timeout server 1h
	listen tunnels
	  bind $2
	  server peer $3
	CONFIGURATION
}
