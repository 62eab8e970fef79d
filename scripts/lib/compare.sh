# The parts of scripts/compare. Sourced; needs the other libraries that it needs, `bench`, `build`, `scenarios`, and the work folder.
# A system is konduit, reference, haproxy, direct, or a mixed pair; what it did in a scenario is in a file of JSON lines.
declare -A programs_of # of a system: its server and its agent

# Sets `programs_of` and `systems`, in the order of the table.
choose_systems() {
  local server agent
  server=$(program "$build/bin/proxy-server")
  agent=$(program "$build/bin/proxy-agent")
  systems=(konduit)
  programs_of[konduit]="$server $agent"
  if [ -n "${REFERENCE_SERVER-}" ] && [ -n "${REFERENCE_AGENT-}" ]; then
    systems+=(reference)
    programs_of[reference]="$(program "$REFERENCE_SERVER") $(program "$REFERENCE_AGENT")"
    if [ -n "$mixed" ]; then
      systems+=(konduit-server konduit-agent)
      programs_of[konduit-server]="$server $(program "$REFERENCE_AGENT")"
      programs_of[konduit-agent]="$(program "$REFERENCE_SERVER") $agent"
    fi
  fi
  if command -v haproxy >/dev/null; then systems+=(haproxy); else say "haproxy is not installed: left out" >&2; fi
  systems+=(direct)
}

# systems_of SCENARIO: those that can run it and were not left out.
systems_of() {
  local system
  for system in "${systems[@]}"; do
    case "$left_out/$1/$system" in
      *" $system "*) ;;
      */grpc*/haproxy | */grpc*/direct | *idle*/haproxy | *idle*/direct | *start*/haproxy | *start*/direct) ;;
      *agents*/konduit) echo konduit ;;
      *agents*) ;;
      *) echo "$system" ;;
    esac
  done
}

check_scenario() { # "FRONTEND WHAT TUNNELS"
  [[ $1 =~ ^((connect|grpc)\ (download|upload|both|rr|crr|idle|mix)|connect\ (start|agents))\ [1-9][0-9]*$ ]] ||
    die "there is no scenario '$1': want how it is asked for, what, how many tunnels, as in 'connect rr 64' (try --help)"
}

file_of() { echo "${2// /-}-$1.json"; } # SYSTEM SCENARIO

# measure SYSTEM FRONTEND WHAT TUNNELS: adds a line to the system's file of that scenario.
measure() {
  local system=$1 frontend=$2 what=$3 tunnels=$4 pair="$1-$2" file options=()
  file=$(file_of "$system" "$frontend $what $tunnels")
  if [ "$what" = agents ]; then
    crowd_of "$tunnels" >>"$file"
    return
  fi
  # Memory is compared with that of processes that have done nothing yet.
  case $what in start | idle) end_pair "$pair" ;; esac
  [ -n "${started[$pair]-}" ] || start_system "$system" "$frontend"
  if [ "$what" = start ]; then
    rest_of "$pair" >>"$file"
    return
  fi
  case $system/$frontend/$what in
    direct/*) options=() ;;
    haproxy/*) options=(--frontend none) ;;
    */grpc/crr | */grpc/idle) options=(--frontend grpc --connection-per-dial) ;;
    */grpc/*) options=(--frontend grpc) ;;
  esac
  [ "$system" = direct ] ||
    options+=(--proxy "unix:$work/$pair.sock" --server "${server_of[$pair]}" --agent "${agent_of[$pair]}")
  "$bench" load --endpoint "${port_of[endpoint]}" --endpoint-pid "${endpoint_of[endpoint]}" --scenario "$what" \
    --tunnels "$tunnels" --duration "$duration" --warm-up 300 --json "${options[@]}" >>"$file" 2>error ||
    die "$system: $frontend $what $tunnels broke: $(cat error)" "its server and agent said:" \
      "$(tail -qn 5 "$pair-server.log" "$pair-agent.log")"
}

declare -A started # pairs
start_system() { # SYSTEM FRONTEND
  local pair="$1-$2" mode=http-connect
  case $1 in
    direct) ;;
    haproxy) start_haproxy_pair "$pair" "${port_of[endpoint]}" ;;
    *)
      [ "$2" = connect ] || mode=grpc
      # shellcheck disable=SC2086
      start_pair "$pair" ${programs_of[$1]} "$mode"
      ;;
  esac
  started[$pair]=1
}

end_pair() {
  [ -n "${started[$1]-}" ] || return 0
  end_process "${agent_of[$1]}"
  end_process "${server_of[$1]}"
  unset "started[$1]"
}

# rest_of PAIR: how long it took to start, and its memory, as a line of JSON.
rest_of() {
  local server_ms agent_ms
  read -r server_ms agent_ms <<<"${ready_ms[$1]}"
  sleep 1
  printf '{"server_ready_ms": %s, "agent_ready_ms": %s, "server_anonymous_kib": %d, "server_resident_kib": %d, ' \
    "$server_ms" "$agent_ms" "$(memory_of RssAnon "${server_of[$1]}")" "$(memory_of VmRSS "${server_of[$1]}")"
  printf '"agent_anonymous_kib": %d, "agent_resident_kib": %d}\n' \
    "$(memory_of RssAnon "${agent_of[$1]}")" "$(memory_of VmRSS "${agent_of[$1]}")"
}

# What a scenario is measured by: the field of its rate, and of its cost.
rate_of() { case $1 in *rr*) echo per_s ;; *) echo mb_per_s ;; esac; }
cost_of() { case $1 in *rr*) echo cpu_s_per_100k ;; *) echo cpu_s_per_gb ;; esac; }

# median NAME FORMAT FILE
median() { field "$1" "$3" | spread | awk -v f="$2" '{ printf f, $1 }'; }

# ratio_to SYSTEM SCENARIO NAME: konduit's divided by the system's.
ratio_to() { ratios "$3" "$(file_of konduit "$2")" "$(file_of "$1" "$2")" | interval | text %.2f; }

print_table() {
  local scenario system
  print_traffic
  for scenario in "${scenarios[@]}"; do
    case $scenario in
      *agents*) print_crowd "$scenario" ;;
      *idle*) print_memory "$scenario" server_bytes_per_tunnel agent_bytes_per_tunnel "bytes a tunnel" ;;
      *start*)
        print_memory "$scenario" server_ready_ms agent_ready_ms "ms until ready"
        print_memory "$scenario" server_anonymous_kib agent_anonymous_kib "KiB anonymous"
        print_memory "$scenario" server_resident_kib agent_resident_kib "KiB resident"
        ;;
    esac
  done
}

print_traffic() {
  local scenario system file row='%-20s %-15s %24s %6s %7s %7s %5s %5s  %-19s %s\n' headed=''
  for scenario in "${scenarios[@]}"; do
    case $scenario in *idle* | *start* | *agents*) continue ;; esac
    # shellcheck disable=SC2059
    [ -n "$headed" ] || printf "$row" scenario system rate CPU-s p50-us p99-us load end ratio 'p50 ratio'
    headed=1
    for system in $(systems_of "$scenario"); do
      file=$(file_of "$system" "$scenario")
      # shellcheck disable=SC2059
      printf "$row" "$scenario" "$system" "$(field "$(rate_of "$scenario")" "$file" | spread | text %.0f)" \
        "$(median "$(cost_of "$scenario")" %.2f "$file")" "$(median p50_us %.0f "$file")" "$(median p99_us %.0f "$file")" \
        "$(median load_cpu %.2f "$file")" "$(median endpoint_cpu %.2f "$file")" "$(compared "$system" "$scenario")" \
        "$(case $scenario in *rr*) compared "$system" "$scenario" p50_us ;; esac)"
    done
  done
}

# compared SYSTEM SCENARIO [NAME]: nothing for konduit itself.
compared() { [ "$1" = konduit ] || ratio_to "$1" "$2" "${3:-$(rate_of "$2")}"; }

print_memory() { # SCENARIO SERVER_FIELD AGENT_FIELD WHAT
  local system file row='%-20s %-15s %-15s %26s %26s\n'
  for system in $(systems_of "$1"); do
    file=$(file_of "$system" "$1")
    # shellcheck disable=SC2059
    printf "$row" "$1" "$system" "$4" "server $(field "$2" "$file" | spread | text %.0f)" \
      "agent $(field "$3" "$file" | spread | text %.0f)"
  done
}

print_crowd() { # SCENARIO
  local file
  file=$(file_of konduit "$1")
  printf '%-20s %-15s server %s bytes an agent and its ten tunnels, p50 of a dial and a request %s us\n' "$1" konduit \
    "$(field server_bytes_per_agent "$file" | spread | text %.0f)" "$(field p50_us "$file" | spread | text %.0f)"
}

keep_results() {
  cp ./*-*-*.json table.txt "$out"
  plot_of throughput "MB/s" mb_per_s download upload both
  plot_of requests "requests/s and dials/s" per_s rr crr
  plot_of bulk-cost "CPU-s per GB, server and agent" cpu_s_per_gb download upload both
  plot_of request-cost "CPU-s per 100,000 requests or dials, server and agent" cpu_s_per_100k rr crr
  plot_of idle-memory "bytes of the server's memory for a silent tunnel" server_bytes_per_tunnel idle
}

# plot_of NAME TITLE FIELD WHAT...: NAME.svg of the scenarios that do one of these, if there are any.
plot_of() {
  local name=$1 title=$2 field=$3 scenario system what lines=''
  shift 3
  for what in "$@"; do
    for scenario in "${scenarios[@]}"; do
      case $scenario in *" $what "*) ;; *) continue ;; esac
      for system in $(systems_of "$scenario"); do
        [ "$system/$field" != direct/cpu_s_per_gb ] && [ "$system/$field" != direct/cpu_s_per_100k ] || continue
        lines+=$(field "$field" "$(file_of "$system" "$scenario")" | spread |
          awk -v OFS='|' -v group="$scenario" -v name="$system" '{ print group, name, $1, $2, $3 }')$'\n'
      done
    done
  done
  [ -z "$lines" ] || printf %s "$lines" | bars "$title: median, least and most of $rounds rounds" >"$out/$name.svg"
}
