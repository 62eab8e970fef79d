#include "settings.hpp"

#include <boost/asio/ip/address.hpp>

#include <iterator>
#include <optional>

#include "config/configuration.hpp"
#include "config/validation.hpp"

namespace konduit::conformance {
namespace {

using config::Field;
using config::Node;
using config::Type;

constexpr Field kFields[] = {
    {.name = "target", .summary = "What is dialled, as host:port.", .default_value = "\"host.example:443\""},
    {.name = "address", .summary = "What the target's name leads to.", .default_value = "192.0.2.1"},
    {.name = "request", .summary = "What a client of the frontend says to have one dial."},
    {.name = "answer", .summary = "What the far end of the backend says first."},
    {.name = "counterpart", .summary = "The component, as kind/type, that speaks the other end of its protocol."},
    {.name = "cannot",
     .type = Type::list,
     .summary = "What its streams cannot say to their peers.",
     .default_value = "[]",
     .detail = "half-close|hangup|reset|keeps-after-hangup",
     .element = Type::choice},
    {.name = "exceptions",
     .type = Type::map,
     .summary = "Rules that are not tried, by their text, each with the reason.",
     .default_value = "{}",
     .element = Type::text},
};

/// `config` is a component's own: its schema judges it, not ours.
Node without_config(const Node& entry) {
  Node rest = Node::map({}, entry.mark());
  for (const auto& field : entry.entries()) {
    if (field.key != "config") rest.add(field.key, field.value, field.key_mark);
  }
  return rest;
}

Settings settings_of(const Node& entry, config::Problems& problems) {
  const Node node = config::validate(without_config(entry), {kFields, std::size(kFields)}, {}, problems);
  Settings settings{.config = entry["config"],
                    .address = node["address"].text(),
                    .request = node["request"].text(),
                    .answer = node["answer"].text(),
                    .counterpart = node["counterpart"].text(),
                    .cannot = node["cannot"].texts(),
                    .exceptions = node["exceptions"],
                    .mark = entry.mark()};
  if (auto target = Target::parse(node["target"].text())) {
    settings.target = *std::move(target);
  } else {
    problems.error(node["target"], "must be host:port");
  }
  boost::system::error_code wrong;
  asio::ip::make_address(settings.address, wrong);
  if (wrong) problems.error(node["address"], "must be an address");
  return settings;
}

}  // namespace

std::map<std::string, Settings, std::less<>> read_settings(const std::filesystem::path& file,
                                                           config::Problems& problems) {
  std::map<std::string, Settings, std::less<>> settings;
  const auto document = config::read_file(file, problems);
  if (!document) return settings;
  for (const auto& entry : document->entries()) settings[entry.key] = settings_of(entry.value, problems);
  return settings;
}

}  // namespace konduit::conformance
