#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "konduit/asio.hpp"

namespace konduit::chaos {

enum class Outcome {
  running,
  completed,  ///< Every byte came, in both directions, and both ends closed.
  refused,    ///< The dial failed; nothing was promised.
  broken,     ///< An established tunnel ended before its time.
  corrupted,  ///< Other bytes came than were sent.
  left,       ///< Its client left in the middle, as planned.
  hung,       ///< Nothing moved for longer than anything may take.
};

std::string_view to_string(Outcome outcome) noexcept;

/// One tunnel as its client saw it.
struct TunnelRecord {
  std::uint64_t number = 0;
  std::string kind{};
  std::string target{};         ///< "ADDRESS:PORT".
  bool may_fail = false;        ///< As its plan says.
  std::uint16_t exit_port = 0;  ///< From which the endpoint was reached: tells agents apart. 0: not established.
  TimePoint dialled{};
  TimePoint established{};  ///< The endpoint's first bytes came.
  TimePoint ended{};
  Outcome outcome = Outcome::running;
  std::string text{};           ///< Why it ended, unless it completed.
  std::uint64_t exchanges = 0;  ///< Completed, checksums included.
  std::uint64_t verified = 0;   ///< Bytes of both directions in these.

  bool was_established() const noexcept { return exit_port != 0; }
  bool over() const noexcept { return outcome != Outcome::running; }
  /// Established, and ended by neither end.
  bool lost() const noexcept { return outcome == Outcome::broken; }
};

}  // namespace konduit::chaos
