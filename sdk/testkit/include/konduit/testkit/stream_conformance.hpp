#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <functional>
#include <iosfwd>
#include <memory>
#include <string>

#include "konduit/shard.hpp"
#include "konduit/stream.hpp"
#include "konduit/testkit/run.hpp"
#include "konduit/testkit/stream_user.hpp"

namespace konduit::testkit {

/// What a kind of stream can say to its peer. Where a trait is false, the suite checks that the stream says so itself.
struct StreamTraits {
  bool half_close = true;          ///< half_close() reaches the peer; otherwise it answers false.
  bool hangup = true;              ///< The peer's close() is told by on_closed(), not only by end_of_stream.
  bool reset = true;               ///< The peer's reset() is told apart from its close().
  bool keeps_after_hangup = true;  ///< What arrived before the peer closed can be read after on_closed().
  std::size_t transfer = 200'000;  ///< Bytes for tests that move many; less for a kind that moves few at a time.
  std::size_t big_transfer = 64 * 1024 * 1024;  ///< Bytes for the test of a long transfer.
  std::size_t bound = 32 * 1024 * 1024;         ///< A writer whose peer does not read is stopped before so many bytes.
};

/// Two connected streams and what makes them go. The streams are moved out by the suite; the rest must outlive them.
class ConnectedStreams {
 public:
  virtual ~ConnectedStreams() = default;
  /// Runs the loops once, waiting up to `wait` for something to happen. The default runs shard().
  virtual void turn(Duration wait);
  /// The shard of `first`, and of `second` where it has none of its own.
  virtual Shard& shard() = 0;
  virtual Shard& second_shard() { return shard(); }

  StreamPtr first;
  StreamPtr second;
};

/// A kind of stream to run through the suite.
struct StreamKind {
  std::string name;  ///< Letters, digits and '_'.
  std::function<std::unique_ptr<ConnectedStreams>()> make;
  StreamTraits traits;
};
std::ostream& operator<<(std::ostream& out, const StreamKind& kind);

/// What every Stream promises. Link konduit::testkit and write
///
///     INSTANTIATE_TEST_SUITE_P(Tcp, StreamConformance, testing::Values(StreamKind{"loopback", connect_loopback}),
///                              kind_name);
class StreamConformance : public testing::TestWithParam<StreamKind> {
 protected:
  void SetUp() override;
  void TearDown() override;

  const StreamTraits& traits() const { return GetParam().traits; }
  StreamUser& first() { return *first_; }
  StreamUser& second() { return *second_; }
  Shard& shard() { return connected_->shard(); }

  /// Runs the loops until `done`; false after a few seconds.
  bool until(const std::function<bool()>& done);
  /// Runs the loops for a moment, so that what must not happen would have happened.
  void settle();
  /// Writes to `user` until it takes no more; returns how many bytes it took.
  std::size_t fill(StreamUser& user);

  std::unique_ptr<ConnectedStreams> connected_;
  std::unique_ptr<StreamUser> first_;
  std::unique_ptr<StreamUser> second_;
};

/// Names the instances of the suite.
inline std::string kind_name(const testing::TestParamInfo<StreamKind>& info) { return info.param.name; }

}  // namespace konduit::testkit
