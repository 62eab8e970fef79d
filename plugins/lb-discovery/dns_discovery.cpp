#include "lb-discovery/dns_discovery.hpp"

#include <algorithm>
#include <utility>

#include "konduit/dial.hpp"
#include "konduit/shard.hpp"
#include "lb-discovery/server_url.hpp"

namespace konduit::lb {
namespace {

constexpr Duration kPatience = std::chrono::seconds(5);
/// The pause behind a lookup that failed, where the interval is longer.
constexpr Duration kAgain = std::chrono::seconds(5);
constexpr std::string_view kScheme = "tcp://";

std::string_view why(resolver::ResolveErrc error) {
  switch (error) {
    case resolver::ResolveErrc::not_found: return "there is no such name, or it has no address";
    case resolver::ResolveErrc::timed_out: return "no name server answered in time";
    case resolver::ResolveErrc::server_failed: return "the name servers failed";
    case resolver::ResolveErrc::overloaded: return "too many names are being resolved, or no memory is left";
    case resolver::ResolveErrc::cancelled: break;
  }
  return "cancelled";
}

}  // namespace

DnsDiscovery::DnsDiscovery(const config::Node& node, Host& host) : host_(host), interval_(node["interval"].duration()) {
  const auto default_port = static_cast<std::uint16_t>(node["default_port"].integer());
  if (node["servers"].items().empty()) host.report(node["servers"], "at least one name is needed");
  for (const auto& item : node["servers"].items()) {
    std::string error = "a name has no scheme but tcp://";
    const auto url = server_url(item.text(), default_port, error);
    Result<Target> target = StreamErrc::protocol;
    if (url && url->starts_with(kScheme)) target = Target::parse(url->substr(kScheme.size()));
    if (!target) {
      host.report(item, error);
      continue;
    }
    ServerName name{target->host, target->port};
    if (std::ranges::find(names_, name) != names_.end()) {
      host.report(item, "\"" + item.text() + "\" is in the list already");
    } else {
      names_.push_back(std::move(name));
    }
  }
}

std::unique_ptr<DiscoveryPart> DnsDiscovery::attach(Attachment& attachment) {
  Shard& shard = attachment.shard();
  if (shard.index() != 0) return std::make_unique<DiscoveryPart>();
  resolver::Resolver& system = resolver::system_resolver(shard);
  return std::make_unique<DnsDiscoveryPart>(
      shard, host_.log(), names_, interval_,
      [&system](std::string name, TimePoint deadline) { return system.resolve(std::move(name), deadline); });
}

DnsDiscoveryPart::DnsDiscoveryPart(Shard& shard, Logger& log, std::vector<ServerName> names, Duration interval,
                                   Lookup lookup)
    : shard_(shard), log_(log), interval_(interval), lookup_(std::move(lookup)), tasks_(shard) {
  for (ServerName& name : names) known_.push_back({std::move(name), {}, false});
}

awaitable<void> DnsDiscoveryPart::start() {
  tasks_.spawn(follow(this));
  co_return;
}

awaitable<void> DnsDiscoveryPart::stop() {
  tasks_.cancel();
  co_await tasks_.join();
}

std::vector<std::string> DnsDiscoveryPart::servers() const {
  std::vector<std::string> all;
  for (const Known& known : known_) all.insert(all.end(), known.urls.begin(), known.urls.end());
  return all;
}

std::optional<unsigned> DnsDiscoveryPart::count() const {
  const std::size_t all = servers().size();
  return all == 0 ? std::nullopt : std::optional(static_cast<unsigned>(all));
}

awaitable<void> DnsDiscoveryPart::follow(DnsDiscoveryPart* part) {
  bool cancelled = false;
  while (!cancelled) {
    const std::vector<std::string> before = part->servers();
    bool all = true;
    for (std::size_t i = 0; i != part->known_.size(); ++i) {
      const bool found = co_await part->look_up(i);
      all = all && found;
    }
    if (part->servers() != before) part->notify();
    const Duration pause = all ? part->interval_ : std::min(part->interval_, kAgain);
    const error_code waited = co_await part->shard_.deadlines().wait(pause);
    cancelled = waited.failed();
  }
}

awaitable<bool> DnsDiscoveryPart::look_up(std::size_t index) {
  Known& known = known_[index];
  const auto found = co_await lookup_(known.name.host, shard_.now() + kPatience);
  if (!found) {
    if (found.error() != resolver::ResolveErrc::cancelled && !std::exchange(known.failing, true)) {
      log_.warning("a name of servers cannot be looked up for now",
                   {{"name", known.name.host}, {"reason", why(found.error())}, {"known", known.urls.size()}});
    }
    co_return false;
  }
  known.failing = false;
  std::vector<std::string> urls;
  for (const auto& address : *found) {
    const std::string host = address.is_v6() ? "[" + address.to_string() + "]" : address.to_string();
    urls.push_back(std::string(kScheme) + host + ":" + std::to_string(known.name.port));
  }
  // Name servers rotate their answers, which changes nothing.
  std::ranges::sort(urls);
  if (urls != known.urls) {
    log_.info("a name of servers has other addresses", {{"name", known.name.host}, {"addresses", urls.size()}});
    known.urls = std::move(urls);
  }
  co_return true;
}

}  // namespace konduit::lb
