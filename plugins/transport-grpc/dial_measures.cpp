#include "transport-grpc/dial_measures.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace konduit::transport_grpc {
namespace {

constexpr std::string_view kWords[] = {"no_agent",      "error_response",       "unrecognized_response",
                                       "backend_close", "backend_dial_timeout", "frontend_close"};

std::string name(std::string_view whom, std::string_view what) {
  return "konduit_" + std::string(whom) + "_" + std::string(what);
}

}  // namespace

DialMeasures::DialMeasures(Metrics& metrics, std::string_view whom)
    : seconds_(metrics.histogram(name(whom, "dial_seconds"),
                                 "Time from a dial to the " + std::string(whom) + "'s word that it succeeded.",
                                 {0.000001, 0.00001, 0.0001, 0.005, 0.025, 0.1, 0.5, 2.5, 12.5})),
      pending_(
          metrics.gauge(name(whom, "dials_pending"), "Dials that " + std::string(whom) + "s have not answered yet.")) {
  for (std::size_t i = 0; i < failures_.size(); ++i) {
    failures_[i] =
        &metrics.counter(name(whom, "dial_failures_total"),
                         "Dials through " + std::string(whom) + "s that came to nothing.", {{"reason", kWords[i]}});
  }
}

void DialMeasures::succeeded(Duration took) noexcept { seconds_.observe(std::chrono::duration<double>(took).count()); }

}  // namespace konduit::transport_grpc
