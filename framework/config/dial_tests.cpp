#include "config/dial_tests.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "config/suggestion.hpp"
#include "konduit/dial.hpp"

namespace konduit::config {
namespace {

constexpr std::array kFailures{DialErrc::refused, DialErrc::timeout,    DialErrc::unresolvable, DialErrc::no_route,
                               DialErrc::denied,  DialErrc::overloaded, DialErrc::peer_gone,    DialErrc::cancelled};

std::vector<std::string_view> failures() {
  std::vector<std::string_view> names;
  for (const DialErrc failure : kFailures) names.push_back(to_string(failure));
  return names;
}

void check_expectation(const Node& expected, const Inventory& inventory, Problems& problems) {
  const auto names = failures();
  if (inventory.has(ComponentKind::backend, expected.text())) return;
  if (std::find(names.begin(), names.end(), expected.text()) != names.end()) return;
  std::vector<std::string_view> candidates(names);
  const auto backends = inventory.ids(ComponentKind::backend);
  candidates.insert(candidates.end(), backends.begin(), backends.end());
  problems.error(expected, "must be a backend or a failure, found \"" + expected.text() + "\"" +
                               suggestion(expected.text(), candidates, "there are"));
}

std::vector<asio::ip::address> addresses_of(const Node& list, Problems& problems) {
  std::vector<asio::ip::address> addresses;
  for (const Node& item : list.items()) {
    error_code error;
    addresses.push_back(asio::ip::make_address(item.text(), error));
    if (error) problems.error(item, "must be an IP address, found \"" + item.text() + "\"");
  }
  return addresses;
}

}  // namespace

std::vector<DialTest> dial_tests_of(const Node& section, const Inventory& inventory, Problems& problems) {
  std::vector<DialTest> tests;
  for (const Node::Entry& entry : section.entries()) {
    const Node& node = entry.value;
    const auto target = Target::parse(node["dial"].text());
    if (!target && node["dial"])
      problems.error(node["dial"], "must be host:port, found \"" + node["dial"].text() + "\"");
    if (node["expect"]) check_expectation(node["expect"], inventory, problems);
    DialTest test{.name = entry.key,
                  .frontend = node["frontend"].text(),
                  .target = target ? *target : Target{},
                  .identity = node["identity"].text(),
                  .from = node["from"].text(),
                  .resolves = addresses_of(node["resolves"], problems),
                  .expect = node["expect"].text(),
                  .says = node["says"].text(),
                  .where = node};
    test.where.set_mark(entry.key_mark.line > 0 ? entry.key_mark : node.mark());
    tests.push_back(std::move(test));
  }
  return tests;
}

}  // namespace konduit::config
