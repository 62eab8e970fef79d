#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "konduit/filter.hpp"
#include "targets/target_rule.hpp"

namespace konduit::filters {

using targets::TargetRule;

/// The rules of one acl, shared by its parts. Immutable behind the constructor.
struct AclRules {
  std::vector<TargetRule> deny;
  std::vector<TargetRule> allow;
  bool listed_only = false;  ///< There is an allow list: what it does not name is denied.
};

/// Denies dials by address, name and port. A deny rule wins over every allow rule.
class Acl final : public Filter {
 public:
  Acl(const config::Node& node, Host& host);
  std::unique_ptr<FilterPart> attach(Attachment& attachment) override;

 private:
  Host& host_;
  AclRules rules_;
};

class AclPart final : public FilterPart {
 public:
  /// `rules` and `host` outlive the part.
  AclPart(const AclRules& rules, Host& host);

  /// Judges what is known at once: a literal address, a name, the port.
  Verdict<DialResult<void>> on_dial(DialRequest& request) override;
  /// Judges the addresses of a name and removes those that are denied.
  Verdict<DialResult<void>> on_resolved(const DialRequest& request, std::vector<asio::ip::address>& addresses) override;
  /// Resets a stream whose target only its addresses could have justified, unless it leads to one that was shown and
  /// left: the backend that reached it may not be the one that resolved the name.
  StreamPtr on_stream(const DialRequest& request, StreamPtr stream) override;
  void on_end(const TunnelSummary& summary) override;

 private:
  /// Why it is denied, for the sentence behind the target; empty if it is not.
  std::string judge_address(const asio::ip::address& address, std::uint16_t port, bool name_is_allowed) const;
  std::string judge_name(const DialRequest& request, const std::string& name);
  DialError denied(const std::string& what, const std::string& why);

  const AclRules& rules_;
  Host& host_;
  Counter& denials_;
  /// Dials to names that only addresses can justify, with those that were shown last and are left.
  std::unordered_map<const DialRequest*, std::vector<asio::ip::address>> awaiting_addresses_;
};

}  // namespace konduit::filters
