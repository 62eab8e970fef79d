#include "report/changes_text.hpp"

#include <vector>

namespace konduit::report {
namespace {

std::string text(const config::Change& change) {
  switch (change.fate) {
    case config::Fate::kept: return {};
    case config::Fate::added: return "+ " + change.name + "\n";
    case config::Fate::removed: return "- " + change.name + "\n";
    case config::Fate::changed: break;
  }
  std::string lines = "~ " + change.name + "\n";
  for (const auto& difference : change.differences) lines += "    " + difference.text() + "\n";
  for (const auto& reason : change.because) lines += "    " + reason + "\n";
  return lines;
}

}  // namespace

std::string text(const config::Changes& changes) {
  std::string lines;
  for (const auto& change : changes.components()) lines += text(change);
  for (const auto& change : changes.pipelines()) lines += text(change);
  for (const auto& difference : changes.at_restart()) lines += "! " + difference.text() + "\n";
  return lines;
}

}  // namespace konduit::report
