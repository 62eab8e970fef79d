#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "konduit/asio.hpp"
#include "konduit/metrics.hpp"

namespace konduit::transport_grpc {

/// Why a dial through an agent came to nothing. A dial that another agent was asked for as well may count more than
/// once.
enum class DialFailure : std::uint8_t {
  no_agent,               ///< Nobody was there to be asked.
  error_response,         ///< The agent said no.
  unrecognized_response,  ///< An answer to a dial that nobody waits for.
  backend_close,          ///< The agent went away, or closed the dial.
  backend_dial_timeout,   ///< No answer in time.
  frontend_close,         ///< The client gave up.
};

/// Dials of one part: konduit_<whom>_dial_seconds, konduit_<whom>_dial_failures_total{reason},
/// konduit_<whom>_dials_pending.
class DialMeasures {
 public:
  /// `whom`: through whom is dialled, "agent" or "upstream".
  explicit DialMeasures(Metrics& metrics, std::string_view whom = "agent");

  void failed(DialFailure why) noexcept { failures_[static_cast<std::size_t>(why)]->add(); }
  void succeeded(Duration took) noexcept;
  void pending(std::int64_t difference) noexcept { pending_.add(difference); }

 private:
  static constexpr std::size_t kReasons = 6;

  std::array<Counter*, kReasons> failures_{};
  Histogram& seconds_;
  Gauge& pending_;
};

}  // namespace konduit::transport_grpc
