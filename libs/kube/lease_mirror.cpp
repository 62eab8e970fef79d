#include "kube/lease_mirror.hpp"

#include <random>
#include <utility>

#include "konduit/log.hpp"
#include "konduit/shard.hpp"
#include "kube/pace.hpp"

namespace konduit::kube {
namespace {

constexpr Duration kListPatience = std::chrono::seconds(30);
constexpr Duration kFirstPause = std::chrono::seconds(1);
constexpr Duration kLongestPause = std::chrono::seconds(30);
/// A watch that goes on for so long was sound: what comes then is no sequel of an earlier failure.
constexpr Duration kSound = std::chrono::seconds(10);

}  // namespace

void LeaseMirror::Observer::lease_call(std::string_view, const Error*, Duration) {}

LeaseMirror::LeaseMirror(Leases& leases, std::string selector, Observer& observer)
    : leases_(leases), selector_(std::move(selector)), observer_(observer) {}

awaitable<void> LeaseMirror::run() {
  Shard& shard = leases_.client().shard();
  std::mt19937 random{std::random_device()()};
  Backoff backoff(kFirstPause, kLongestPause);
  for (;;) {
    const TimePoint begin = shard.now();
    Answer<> ended;
    if (version_.empty()) ended = co_await list();
    if (ended) ended = co_await watch();
    if (!ended && ended.error().kind == Error::Kind::cancelled) co_return;
    if (shard.now() - begin >= kSound) backoff = Backoff(kFirstPause, kLongestPause);
    if (!ended) {
      const Error why = ended.error();
      // What is too old, or not understood, is not better at the same place.
      if (why.kind == Error::Kind::refused || why.kind == Error::Kind::malformed) version_.clear();
      if (!why.gone()) leases_.client().log().warning("leases cannot be watched for now", {{"reason", why.text}});
    }
    const error_code woken = co_await shard.deadlines().wait(backoff.next(random));
    if (woken) co_return;
  }
}

awaitable<Answer<>> LeaseMirror::list() {
  const TimePoint begin = leases_.client().shard().now();
  auto listed = co_await leases_.list(selector_, begin + kListPatience);
  const Duration took = leases_.client().shard().now() - begin;
  if (!listed) {
    const Error why = listed.error();
    observer_.lease_call("list", &why, took);
    co_return why;
  }
  observer_.lease_call("list", nullptr, took);
  known_.clear();
  for (Lease& lease : listed->leases) known_.insert_or_assign(lease.name, std::move(lease));
  version_ = std::move(listed->resource_version);
  listed_ = true;
  observer_.leases_changed();
  co_return Answer<>();
}

awaitable<Answer<>> LeaseMirror::watch() {
  watching_ = false;
  auto ended = co_await leases_.watch(selector_, version_, *this);
  if (!ended && !watching_) {
    const Error why = ended.error();
    observer_.lease_call("watch", &why, Duration::zero());
  }
  co_return ended;
}

void LeaseMirror::on_begin() {
  watching_ = true;
  observer_.lease_call("watch", nullptr, Duration::zero());
}

void LeaseMirror::on_lease(WatchEvent event, const Lease& lease) {
  if (!lease.resource_version.empty()) version_ = lease.resource_version;
  if (event == WatchEvent::deleted) {
    known_.erase(lease.name);
  } else if (event != WatchEvent::bookmark) {
    known_.insert_or_assign(lease.name, lease);
  }
  observer_.leases_changed();
}

}  // namespace konduit::kube
