#include "chaos/tunnel_record.hpp"

namespace konduit::chaos {

std::string_view to_string(Outcome outcome) noexcept {
  switch (outcome) {
    case Outcome::running: return "running";
    case Outcome::completed: return "completed";
    case Outcome::refused: return "refused";
    case Outcome::broken: return "broken";
    case Outcome::corrupted: return "corrupted";
    case Outcome::left: return "left";
    case Outcome::hung: return "hung";
  }
  return "?";
}

}  // namespace konduit::chaos
