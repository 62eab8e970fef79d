#include "konduit/stream_pair.hpp"
#include "konduit/testkit/stream_conformance.hpp"
#include "tls_fixture.hpp"

namespace konduit::testkit {
namespace {

using tls_test::files;
using tls_test::Pair;

class TlsStreams final : public ConnectedStreams {
 public:
  explicit TlsStreams(MemoryStreamSettings settings) : pair_(shard_, settings, settings) {
    if (!pair_.shake() || !pair_.server.ok() || !pair_.client.ok()) return;
    first = std::move(pair_.client.session().stream);
    second = std::move(pair_.server.session().stream);
  }
  Shard& shard() override { return shard_; }

 private:
  Shard shard_;
  Pair pair_;
};

std::function<std::unique_ptr<ConnectedStreams>()> over_memory(MemoryStreamSettings settings) {
  return [settings] { return std::make_unique<TlsStreams>(settings); };
}

INSTANTIATE_TEST_SUITE_P(
    Tls, StreamConformance,
    testing::Values(
        StreamKind{.name = "over_memory", .make = over_memory({}), .traits = {}},
        StreamKind{.name = "over_a_wide_window", .make = over_memory({.window = 8 * 1024 * 1024}), .traits = {}},
        StreamKind{.name = "small_calls",
                   .make = over_memory({.window = 16 * 1024, .read_limit = 7, .write_limit = 11}),
                   .traits = {.big_transfer = 100 * 1024}},
        StreamKind{.name = "in_odd_pieces",
                   .make = over_memory({.window = 20'000, .read_limit = 1'021, .write_limit = 4'093, .delay = 1}),
                   .traits = {.big_transfer = 4 * 1024 * 1024}}),
    kind_name);

}  // namespace
}  // namespace konduit::testkit
