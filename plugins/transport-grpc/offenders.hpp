#pragma once

#include <cstdint>
#include <string_view>

#include "konduit/component.hpp"

namespace konduit::transport_grpc {

/// Tells of tunnels that were ended so that others can go on: konduit_tunnels_cut_total{reason}, and a line in the log.
/// One per part.
class Offenders {
 public:
  explicit Offenders(Host& host);

  /// Nobody read it for too long while it held back the stream that it shares.
  void stalled(std::string_view remote, std::int64_t id);
  /// It held more than its share while the process had none left.
  void over_budget(std::string_view remote, std::int64_t id);
  /// The peer sent more than it may, or after it had said that nothing follows.
  void broke_protocol(std::string_view remote, std::int64_t id);

 private:
  void tell(Counter& counter, std::string_view what, std::string_view remote, std::int64_t id);

  Logger& log_;
  Counter& stalled_;
  Counter& over_budget_;
  Counter& broke_protocol_;
};

}  // namespace konduit::transport_grpc
