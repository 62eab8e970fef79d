#include "konduit/testkit/stream_conformance.hpp"

#include "konduit/stream_pair.hpp"
#include "konduit/testkit/memory_stream.hpp"

namespace konduit::testkit {
namespace {

class OneShard final : public ConnectedStreams {
 public:
  Shard& shard() override { return shard_; }

 private:
  Shard shard_;
};

/// Two shards on the test's thread, run by turns.
class TwoShards final : public ConnectedStreams {
 public:
  void turn(Duration) override {
    shard_.run_ready();
    second_.run_ready();
  }
  Shard& shard() override { return shard_; }
  Shard& second_shard() override { return second_; }

 private:
  Shard shard_;
  Shard second_{1};
};

StreamKind memory(std::string name, MemoryStreamSettings settings, StreamTraits traits = {}) {
  traits.half_close = settings.can_half_close;
  return {std::move(name),
          [settings] {
            auto connected = std::make_unique<OneShard>();
            auto ends = MemoryStream::make_pair(connected->shard(), settings, settings);
            connected->first = std::move(ends.first);
            connected->second = std::move(ends.second);
            return connected;
          },
          traits};
}

template <class Shards>
StreamKind pair(std::string name, std::size_t window, StreamTraits traits = {}) {
  return {std::move(name),
          [window] {
            auto connected = std::make_unique<Shards>();
            auto ends = make_stream_pair(connected->shard(), connected->second_shard(), window);
            connected->first = std::move(ends.first);
            connected->second = std::move(ends.second);
            return connected;
          },
          traits};
}

constexpr StreamTraits kSlow{.big_transfer = 256 * 1024};
constexpr StreamTraits kSlowest{.transfer = 20'000, .big_transfer = 20'000};

INSTANTIATE_TEST_SUITE_P(Memory, StreamConformance,
                         testing::Values(memory("plain", {}), memory("delayed", {.delay = 3}, kSlow),
                                         memory("small_calls", {.window = 1000, .read_limit = 7, .write_limit = 11},
                                                kSlow),
                                         memory("one_byte_window", {.window = 1}, kSlowest),
                                         memory("without_half_close", {.can_half_close = false}, kSlow)),
                         kind_name);

INSTANTIATE_TEST_SUITE_P(Pair, StreamConformance,
                         testing::Values(pair<OneShard>("one_shard", 256 * 1024),
                                         pair<TwoShards>("two_shards", 256 * 1024),
                                         pair<TwoShards>("odd_window", 12'345, {.big_transfer = 4 * 1024 * 1024}),
                                         pair<TwoShards>("one_byte_window", 1, kSlowest)),
                         kind_name);

}  // namespace
}  // namespace konduit::testkit
