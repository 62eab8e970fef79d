#include "filters/acl.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <utility>

namespace konduit::filters {

namespace {

std::vector<AclRule> rules_from(const config::Node& list, Host& host) {
  std::vector<AclRule> rules;
  for (const auto& item : list.items()) {
    std::string error;
    if (auto rule = AclRule::parse(item.text(), error)) {
      rules.push_back(std::move(*rule));
    } else {
      host.report(item, "\"" + item.text() + "\" is not a rule: " + error);
    }
  }
  return rules;
}

const AclRule* match_name(const std::vector<AclRule>& rules, const std::string& name, std::uint16_t port) noexcept {
  const auto found = std::ranges::find_if(rules, [&](const AclRule& rule) { return rule.matches_name(name, port); });
  return found == rules.end() ? nullptr : &*found;
}

const AclRule* match_address(const std::vector<AclRule>& rules, const asio::ip::address& address,
                             std::uint16_t port) noexcept {
  const auto found =
      std::ranges::find_if(rules, [&](const AclRule& rule) { return rule.matches_address(address, port); });
  return found == rules.end() ? nullptr : &*found;
}

std::string denied_by(const AclRule& rule) { return "deny rule \"" + rule.text() + "\""; }

constexpr const char* kNotListed = "no allow rule names it";

}  // namespace

Acl::Acl(const config::Node& node, Host& host) : host_(host) {
  const auto& deny = node["deny"];
  const auto& allow = node["allow"];
  if (!deny && !allow) host.report(node, "neither deny nor allow is given, so it would judge nothing");
  if (allow && allow.items().empty()) {
    host.report(allow, "an empty list allows nothing; leave it out to allow all that is not denied");
  }
  rules_.deny = rules_from(deny, host);
  rules_.allow = rules_from(allow, host);
  rules_.listed_only = static_cast<bool>(allow);
}

std::unique_ptr<FilterPart> Acl::attach(Attachment&) { return std::make_unique<AclPart>(rules_, host_); }

AclPart::AclPart(const AclRules& rules, Host& host)
    : rules_(rules),
      host_(host),
      denials_(host.metrics().counter("konduit_acl_denials_total", "Dials that an access list denied.")) {}

Verdict<DialResult<void>> AclPart::on_dial(DialRequest& request) {
  boost::system::error_code not_literal;
  const auto address = asio::ip::make_address(request.target.host, not_literal);
  const auto why = not_literal ? judge_name(request, normalised_name(request.target.host))
                               : judge_address(normalised(address), request.target.port, false);
  if (!why.empty()) return DialResult<void>(denied(request.target.text(), why));
  return DialResult<void>();
}

std::string AclPart::judge_name(const DialRequest& request, const std::string& name) {
  const auto port = request.target.port;
  if (const auto* rule = match_name(rules_.deny, name, port)) return denied_by(*rule);
  if (!rules_.listed_only || match_name(rules_.allow, name, port)) return {};
  const bool addresses_decide =
      std::ranges::any_of(rules_.allow, [port](const AclRule& rule) { return rule.concerns_addresses(port); });
  if (!addresses_decide) return kNotListed;
  awaiting_addresses_.insert(&request);
  return {};
}

std::string AclPart::judge_address(const asio::ip::address& address, std::uint16_t port, bool name_is_allowed) const {
  if (const auto* rule = match_address(rules_.deny, address, port)) return denied_by(*rule);
  if (!rules_.listed_only || name_is_allowed || match_address(rules_.allow, address, port)) return {};
  return kNotListed;
}

Verdict<DialResult<void>> AclPart::on_resolved(const DialRequest& request, std::vector<asio::ip::address>& addresses) {
  awaiting_addresses_.erase(&request);
  const auto port = request.target.port;
  boost::system::error_code not_literal;
  asio::ip::make_address(request.target.host, not_literal);
  const bool name_is_allowed =
      not_literal && rules_.listed_only && match_name(rules_.allow, normalised_name(request.target.host), port);

  std::string why;
  std::string last;
  std::erase_if(addresses, [&](const asio::ip::address& address) {
    auto reason = judge_address(normalised(address), port, name_is_allowed);
    if (reason.empty()) return false;
    why = std::move(reason);
    last = address.to_string();
    return true;
  });
  if (!addresses.empty() || why.empty()) return DialResult<void>();
  return DialResult<void>(denied(request.target.text() + " (" + last + ")", why));
}

StreamPtr AclPart::on_stream(const DialRequest& request, StreamPtr stream) {
  if (awaiting_addresses_.erase(&request) == 0) return stream;
  host_.log().warning("a name was dialled whose addresses nobody showed; its tunnel is cut",
                      {{"target", request.target.text()}});
  denials_.add();
  stream->reset(ResetReason::cancelled);
  return stream;
}

void AclPart::on_end(const TunnelSummary& summary) { awaiting_addresses_.erase(summary.request); }

DialError AclPart::denied(const std::string& what, const std::string& why) {
  denials_.add();
  return {DialErrc::denied, false, what + " is denied by " + host_.id() + ": " + why};
}

}  // namespace konduit::filters
