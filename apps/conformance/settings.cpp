#include "settings.hpp"

#include <iterator>

#include "config/configuration.hpp"
#include "config/validation.hpp"

namespace konduit::conformance {
namespace {

using config::Field;
using config::Type;

constexpr Field kFields[] = {
    {.name = "request", .summary = "What a client of the frontend says to have one dial."},
    {.name = "answer", .summary = "What the far end of the backend says first."},
    {.name = "cannot",
     .type = Type::list,
     .summary = "What the component's streams cannot say to their peers.",
     .default_value = "[]",
     .detail = "half_close|hangup|reset|keeps_after_hangup",
     .element = Type::choice},
    {.name = "exceptions",
     .type = Type::map,
     .summary = "Rules that are not tried, by their text, each with the reason.",
     .default_value = "{}",
     .element = Type::text},
};

/// `config` is the component's own: its schema judges it, not ours.
config::Node without_config(const config::Node& entry) {
  config::Node rest = config::Node::map({}, entry.mark());
  for (const auto& field : entry.entries()) {
    if (field.key != "config") rest.add(field.key, field.value, field.key_mark);
  }
  return rest;
}

}  // namespace

std::map<std::string, Settings, std::less<>> read_settings(const std::filesystem::path& file,
                                                           config::Problems& problems) {
  std::map<std::string, Settings, std::less<>> settings;
  const auto document = config::read_file(file, problems);
  if (!document) return settings;
  for (const auto& entry : document->entries()) {
    const auto node = config::validate(without_config(entry.value), {kFields, std::size(kFields)}, {}, problems);
    settings[entry.key] = {.config = entry.value["config"],
                           .request = node["request"].text(),
                           .answer = node["answer"].text(),
                           .cannot = node["cannot"].texts(),
                           .exceptions = node["exceptions"]};
  }
  return settings;
}

}  // namespace konduit::conformance
