#pragma once

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <optional>
#include <utility>

#include "konduit/testkit/memory_stream.hpp"
#include "konduit/testkit/recording_metrics.hpp"
#include "konduit/testkit/run.hpp"
#include "konduit/testkit/stream_user.hpp"
#include "relay/relay.hpp"

namespace konduit::relay {

/// A relay between two streams whose other ends the test holds as the client and the target.
class RelayFixture : public testing::Test, protected Relay::Owner {
 protected:
  void join(testkit::MemoryStreamSettings client = {}, testkit::MemoryStreamSettings target = {}) {
    auto [client_user, client_end] = testkit::MemoryStream::make_pair(shard_, {}, client);
    auto [target_end, target_user] = testkit::MemoryStream::make_pair(shard_, target, {});
    client_end_ = client_end.get();
    target_end_ = target_end.get();
    client_.emplace(shard_, std::move(client_user));
    target_.emplace(shard_, std::move(target_user));
    relay_.emplace(context_, std::move(client_end), std::move(target_end), static_cast<Relay::Owner&>(*this));
    relay_->start();
  }

  void on_relay_end(const RelayOutcome& outcome) override {
    EXPECT_FALSE(outcome_) << "ended twice";
    outcome_ = outcome;
  }

  void pass(Duration time) {
    shard_.run_ready();
    for (; time > Duration::zero(); time -= std::chrono::seconds(1)) {
      shard_.deadlines().advance(std::chrono::seconds(1));
      shard_.run_ready();
    }
  }
  bool ended() {
    return testkit::run_until(shard_, [&] { return outcome_.has_value(); });
  }

  Shard shard_;
  testkit::RecordingMetrics metrics_;
  std::array<Shard*, 1> shards_{&shard_};
  MemoryBudget budget_{4 * 1024 * 1024, 1024, shards_};  // of which a tunnel's share is 16 KiB
  RelayContext context_{shard_, {}, budget_, {}, metrics_.counter("to_target", ""), metrics_.counter("to_client", "")};
  testkit::MemoryStream* client_end_ = nullptr;
  testkit::MemoryStream* target_end_ = nullptr;
  std::optional<testkit::StreamUser> client_;
  std::optional<testkit::StreamUser> target_;
  std::optional<Relay> relay_;
  std::optional<RelayOutcome> outcome_;
};

}  // namespace konduit::relay
