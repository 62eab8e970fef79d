#include "resolver/resolver.hpp"

#include <boost/asio/execution_context.hpp>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <stdexcept>
#include <utility>

#include "konduit/shard.hpp"

#include "resolver/address.hpp"
#include "targets/target_rule.hpp"

namespace konduit::resolver {

namespace {

using namespace std::chrono_literals;

/// RFC 8305 section 3. Few hosts have no A record, so its answer is worth a longer wait.
constexpr Duration kPatienceForV6 = 50ms;
constexpr Duration kPatienceForV4 = 250ms;
constexpr Duration kLookAgain = 5s;
constexpr std::size_t kLongestName = 254;
/// Questions under way, two for each name. c-ares walks through all of a channel with each of them, and numbers them
/// with 16 bits.
constexpr std::size_t kMostQuestions = 8192;
/// Questions of a channel beyond two for each call that waits.
constexpr std::size_t kMostAbandoned = 1024;

bool plausible(const std::string& name) noexcept {
  return !name.empty() && name.size() <= kLongestName &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) { return c > ' ' && c != 0x7f; });
}

/// RFC 6761 section 6.3: never a question for name servers.
bool is_localhost(const std::string& name) {
  const std::string normalised = targets::normalised_name(name);
  return normalised == "localhost" || normalised.ends_with(".localhost");
}

ResolveErrc meaning(int status) noexcept {
  switch (status) {
    case ARES_SUCCESS:
    case ARES_ENODATA:
    case ARES_ENOTFOUND:
    case ARES_EBADNAME:
    case ARES_ENONAME: return ResolveErrc::not_found;
    case ARES_ETIMEOUT: return ResolveErrc::timed_out;
    case ARES_ENOMEM: return ResolveErrc::overloaded;
    case ARES_EDESTRUCTION: return ResolveErrc::overloaded;  // its channel made room for others
    case ARES_ECANCELLED: return ResolveErrc::cancelled;
    default: return ResolveErrc::server_failed;
  }
}

/// "No such name" only if nobody said anything worse: the other family's answer may just be missing.
ResolveErrc why_not(const Lookup& lookup) noexcept {
  const ResolveErrc v4 = meaning(lookup.v4.status);
  return v4 != ResolveErrc::not_found ? v4 : meaning(lookup.v6.status);
}

std::vector<asio::ip::address> merged(Lookup& lookup) {
  auto all = std::move(lookup.v6.addresses);
  all.insert(all.end(), lookup.v4.addresses.begin(), lookup.v4.addresses.end());
  return all;
}

class SystemResolver final : public asio::execution_context::service {
 public:
  static asio::execution_context::id id;
  explicit SystemResolver(asio::io_context& context) : service(context) {}

  Resolver& of(Shard& shard) {
    if (!resolver_) resolver_ = std::make_unique<Resolver>(shard);
    return *resolver_;
  }

 private:
  void shutdown() override { resolver_.reset(); }

  std::unique_ptr<Resolver> resolver_;
};

asio::execution_context::id SystemResolver::id;

}  // namespace

void throw_exception_from_error(ResolveErrc, const boost::source_location&) {
  throw std::runtime_error("the name was not resolved");
}

Resolver::Resolver(Shard& shard, ResolverSettings settings)
    : shard_(shard), settings_(std::move(settings)), hosts_(settings_.hosts) {}

Resolver::~Resolver() = default;

awaitable<Resolver::Addresses> Resolver::resolve(std::string name, TimePoint deadline) {
  using Known = std::vector<asio::ip::address>;
  if (const auto literal = parse_address(name)) co_return Known{*literal};
  if (!plausible(name)) co_return ResolveErrc::not_found;
  if (const auto& known = hosts_.find(name); !known.empty()) co_return known;
  if (is_localhost(name)) co_return Known{asio::ip::address_v4::loopback(), asio::ip::address_v6::loopback()};

  Channel& asked = channel();
  if (!make_room()) co_return ResolveErrc::overloaded;
  const Channel::Waiting waiting = asked.begin_waiting();
  auto lookup = std::make_shared<Lookup>(shard_);
  asked.ask(name, AF_INET6, lookup);
  asked.ask(name, AF_INET, lookup);
  co_return co_await answer(std::move(lookup), deadline);
}

awaitable<Resolver::Addresses> Resolver::answer(std::shared_ptr<Lookup> lookup, TimePoint deadline) {
  TimePoint enough = TimePoint::max();
  while (!lookup->v4.done || !lookup->v6.done) {
    const bool some = !lookup->v4.addresses.empty() || !lookup->v6.addresses.empty();
    if (some && enough == TimePoint::max()) enough = shard_.now() + (lookup->v4.done ? kPatienceForV6 : kPatienceForV4);
    lookup->changed.clear();
    const error_code woken = co_await lookup->changed.wait(std::min(enough, deadline));
    if (!woken) continue;
    if (woken != make_error_code(StreamErrc::timed_out)) co_return ResolveErrc::cancelled;
    if (some) break;
    co_return ResolveErrc::timed_out;
  }
  auto addresses = merged(*lookup);
  if (addresses.empty()) co_return why_not(*lookup);
  co_return addresses;
}

/// A channel reads resolv.conf once, so a new version of the file, or one that could not be opened, gets a new channel.
/// Too many questions that nobody waits for call for one too: before its time c-ares ends a question only with its
/// channel.
Channel& Resolver::channel() {
  if (channel_ && channel_->pending() > 2 * channel_->waiting() + kMostAbandoned) {
    retired_.push_back(std::move(channel_));
  }
  std::erase_if(retired_, [](const auto& old) { return old->waiting() == 0; });
  if (channel_ && shard_.now() < look_again_) return *channel_;
  look_again_ = shard_.now() + kLookAgain;
  FileStamp now = FileStamp::of(settings_.servers.resolv_conf);
  if (channel_ && now == resolv_conf_) return *channel_;
  // c-ares does not say that it had no descriptor for the file, and asks a name server of this host then.
  if (!std::ifstream(settings_.servers.resolv_conf)) now = {};
  resolv_conf_ = now;
  if (channel_) retired_.push_back(std::move(channel_));
  channel_ = std::make_unique<Channel>(shard_, settings_.servers);
  return *channel_;
}

/// Who waits at a retired channel waits among questions that were given up, or asked by an old file.
bool Resolver::make_room() {
  while (pending() + 2 > kMostQuestions && !retired_.empty()) retired_.erase(retired_.begin());
  return pending() + 2 <= kMostQuestions;
}

std::size_t Resolver::pending() const noexcept {
  std::size_t questions = channel_ ? channel_->pending() : 0;
  for (const auto& old : retired_) questions += old->pending();
  return questions;
}

Resolver& system_resolver(Shard& shard) { return asio::use_service<SystemResolver>(shard.context()).of(shard); }

}  // namespace konduit::resolver
