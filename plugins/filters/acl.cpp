#include "filters/acl.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <string_view>
#include <utility>

#include "targets/alias.hpp"
#include "targets/host_form.hpp"
#include "targets/network.hpp"

namespace konduit::filters {

namespace {

std::vector<TargetRule> rules_from(const config::Node& list, Host& host) {
  std::vector<TargetRule> rules;
  for (const auto& item : list.items()) {
    std::string error;
    if (auto rule = TargetRule::parse(item.text(), error)) {
      rules.push_back(std::move(*rule));
    } else {
      host.report(item, "\"" + item.text() + "\" is not a rule: " + error);
    }
  }
  return rules;
}

const TargetRule* match_name(const std::vector<TargetRule>& rules, const std::string& name,
                             std::uint16_t port) noexcept {
  const auto found = std::ranges::find_if(rules, [&](const TargetRule& rule) { return rule.matches_name(name, port); });
  return found == rules.end() ? nullptr : &*found;
}

const TargetRule* match_address(const std::vector<TargetRule>& rules, const asio::ip::address& address,
                                std::uint16_t port) noexcept {
  const auto found =
      std::ranges::find_if(rules, [&](const TargetRule& rule) { return rule.matches_address(address, port); });
  return found == rules.end() ? nullptr : &*found;
}

std::string denied_by(const TargetRule& rule) { return "deny rule \"" + rule.text() + "\""; }

/// True if `remote` (Stream::remote()) is one of `addresses`, with whatever port.
bool leads_to(std::string_view remote, const std::vector<asio::ip::address>& addresses) {
  constexpr std::string_view kScheme = "tcp://";
  if (!remote.starts_with(kScheme)) return false;
  const auto reached = Target::parse(remote.substr(kScheme.size()));
  if (!reached) return false;
  const auto form = targets::form_of(reached->host);
  return form.address && std::ranges::any_of(addresses, [&](const asio::ip::address& one) {
           return targets::normalised(one) == *form.address;
         });
}

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
  const auto form = targets::form_of(request.target.host);
  std::string why(form.fault);
  if (form.address) {
    why = judge_address(*form.address, request.target.port, false);
  } else if (why.empty()) {
    why = judge_name(request, targets::normalised_name(request.target.host));
  }
  if (!why.empty()) return DialResult<void>(denied(request.target.text(), why));
  return DialResult<void>();
}

std::string AclPart::judge_name(const DialRequest& request, const std::string& name) {
  const auto port = request.target.port;
  if (const auto* rule = match_name(rules_.deny, name, port)) return denied_by(*rule);
  if (!rules_.listed_only || match_name(rules_.allow, name, port)) return {};
  const bool addresses_decide =
      std::ranges::any_of(rules_.allow, [port](const TargetRule& rule) { return rule.concerns_addresses(port); });
  if (!addresses_decide) return kNotListed;
  awaiting_addresses_.try_emplace(&request);
  return {};
}

std::string AclPart::judge_address(const asio::ip::address& address, std::uint16_t port, bool name_is_allowed) const {
  const auto* rule = match_address(rules_.deny, address, port);
  if (!rule) {
    if (const auto alias = targets::alias_of(address)) rule = match_address(rules_.deny, *alias, port);
  }
  if (rule) return denied_by(*rule);
  if (!rules_.listed_only || name_is_allowed || match_address(rules_.allow, address, port)) return {};
  return kNotListed;
}

Verdict<DialResult<void>> AclPart::on_resolved(const DialRequest& request, std::vector<asio::ip::address>& addresses) {
  const auto port = request.target.port;
  boost::system::error_code not_literal;
  asio::ip::make_address(request.target.host, not_literal);
  const bool name_is_allowed = not_literal && rules_.listed_only &&
                               match_name(rules_.allow, targets::normalised_name(request.target.host), port);

  std::string why;
  std::string last;
  std::erase_if(addresses, [&](const asio::ip::address& address) {
    auto reason = judge_address(targets::normalised(address), port, name_is_allowed);
    if (reason.empty()) return false;
    why = std::move(reason);
    last = address.to_string();
    return true;
  });
  if (const auto shown = awaiting_addresses_.find(&request); shown != awaiting_addresses_.end()) {
    shown->second = addresses;
  }
  if (!addresses.empty() || why.empty()) return DialResult<void>();
  return DialResult<void>(denied(request.target.text() + " (" + last + ")", why));
}

StreamPtr AclPart::on_stream(const DialRequest& request, StreamPtr stream) {
  const auto shown = awaiting_addresses_.find(&request);
  if (shown == awaiting_addresses_.end()) return stream;
  const bool justified = leads_to(stream->remote(), shown->second);
  awaiting_addresses_.erase(shown);
  if (justified) return stream;
  host_.log().warning("a name was dialled whose addresses were not shown by who reached it; its tunnel is cut",
                      {{"target", request.target.text()}, {"served_by", stream->remote()}});
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
