#include "transport-grpc/offenders.hpp"

namespace konduit::transport_grpc {
namespace {

Counter& cut(Host& host, std::string_view reason) {
  return host.metrics().counter("konduit_tunnels_cut_total",
                                "Tunnels that were ended so that others can go on, by what they did.",
                                {{"reason", reason}});
}

}  // namespace

Offenders::Offenders(Host& host)
    : log_(host.log()),
      stalled_(cut(host, "stalled")),
      over_budget_(cut(host, "memory_budget")),
      broke_protocol_(cut(host, "protocol")) {}

void Offenders::stalled(std::string_view remote, std::int64_t id) {
  tell(stalled_, "a tunnel was ended: nobody reads it, and it holds back all tunnels of its peer", remote, id);
}

void Offenders::over_budget(std::string_view remote, std::int64_t id) {
  tell(over_budget_, MemoryBudget::kTunnelEnded, remote, id);
}

void Offenders::broke_protocol(std::string_view remote, std::int64_t id) {
  tell(broke_protocol_, "a tunnel was ended: the peer sent what it may not", remote, id);
}

void Offenders::tell(Counter& counter, std::string_view what, std::string_view remote, std::int64_t id) {
  counter.add();
  log_.warning(what, {{"peer", remote}, {"connect_id", id}});
}

}  // namespace konduit::transport_grpc
