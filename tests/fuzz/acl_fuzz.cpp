#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz/invariant.hpp"
#include "fuzz/lines.hpp"
#include "konduit/result.hpp"
#include "lb-discovery/network.hpp"
#include "targets/alias.hpp"
#include "targets/host_form.hpp"
#include "targets/target_rule.hpp"

namespace {

using namespace konduit;
using fuzz::hold;
using targets::TargetRule;

constexpr std::uint16_t kPorts[] = {1, 22, 443, 8080, 65535};

std::string upper(std::string_view text) {
  std::string large(text);
  std::ranges::transform(large, large.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return large;
}

/// An IPv4 address as IPv6 writes it.
asio::ip::address mapped(const asio::ip::address& address) {
  return address.is_v4() ? asio::ip::make_address_v6(asio::ip::v4_mapped, address.to_v4()) : address;
}

void spelling_does_not_matter(const TargetRule& rule, std::string_view text, std::string_view host) {
  std::string error;
  const auto large = TargetRule::parse(upper(text), error);
  hold(large.has_value(), "a rule in capitals is a rule");
  const std::string name = targets::normalised_name(host);
  hold(targets::normalised_name(upper(host)) == name, "a name in capitals is the same name");
  for (const std::uint16_t port : kPorts) {
    hold(large->matches_name(name, port) == rule.matches_name(name, port), "a rule in capitals matches the same names");
  }
}

void addresses(const TargetRule& rule, const asio::ip::address& address) {
  const auto normal = targets::normalised(address);
  hold(targets::normalised(normal) == normal && targets::normalised(mapped(normal)) == normal,
       "an address has one normal spelling");
  for (const std::uint16_t port : kPorts) {
    if (!rule.matches_address(normal, port)) continue;
    hold(rule.concerns_addresses(port) || rule.matches_name("any.name", port),
         "a rule that matches an address has it resolved, or matches every name");
  }
}

/// Two readers of networks: the filter's, which refuses bits behind the prefix, and the selector's, which clears them.
void networks_agree(std::string_view text, const asio::ip::address& address) {
  std::string error;
  const auto strict = targets::Network::parse(text, error);
  hold(strict.has_value() == error.empty(), "a network is taken, or it is said why not");
  const auto network = lb::parse_network(text);
  if (text.find('/') == std::string_view::npos || !strict) return;
  hold(network.has_value(), "who takes bits behind the prefix takes a network without them");
  // Of IPv4-mapped networks and addresses only the filter makes IPv4.
  if (network->v6 != address.is_v6() || targets::normalised(address) != address) return;
  hold(strict->contains(address) == (lb::network_of(address, network->length) == *network),
       "both readers find the same addresses in a network");
}

/// What a host is does not depend on how often it is asked, and an address is one in its usual spelling as well.
void host_has_one_form(std::string_view host) {
  const auto form = targets::form_of(host);
  hold(!form.address || form.fault.empty(), "a host is an address, or it is said why it is none");
  if (!form.address) return;
  const auto again = targets::form_of(form.address->to_string());
  hold(again.address == form.address, "an address is the same address in its usual spelling");
  if (const auto alias = targets::alias_of(*form.address)) {
    hold(targets::normalised(*alias) == *alias, "what an address carries is an address in its one spelling");
  }
}

}  // namespace

// A rule, and behind it a line with a host that is judged by it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 1000) return 0;
  fuzz::InputLines lines(data, size);
  const std::string_view text = lines.next();
  const std::string host(lines.next());
  host_has_one_form(host);
  error_code failure;
  auto address = asio::ip::make_address(host, failure);
  if (failure) address = asio::ip::make_address("10.1.2.3");
  networks_agree(text, address);

  std::string error;
  const auto rule = TargetRule::parse(text, error);
  hold(rule.has_value() == error.empty(), "a rule is taken, or it is said why not");
  if (!rule) return 0;
  hold(rule->text() == text, "a rule is shown as it was written");
  hold(text.find('%') == std::string_view::npos && text.find('\0') == std::string_view::npos,
       "a rule has no zone, and nothing that is not read");
  spelling_does_not_matter(*rule, text, host);
  addresses(*rule, address);
  return 0;
}
