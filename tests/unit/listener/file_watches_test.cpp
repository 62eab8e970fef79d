#include "listener/file_watches.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "fake_transport.hpp"
#include "konduit/error.hpp"
#include "konduit/testkit/recording_logger.hpp"
#include "konduit/testkit/recording_metrics.hpp"
#include "listener/followed_tls.hpp"
#include "support/descriptor_limit.hpp"

namespace konduit::listener {
namespace {

using namespace std::chrono_literals;
using test::tls_files;
using ::testing::HasSubstr;

class FileWatchesTest : public testing::Test {
 protected:
  FileWatchesTest() { shard_.deadlines().fake_clock(); }
  ~FileWatchesTest() override { testkit::await(shard_, watches_.stop()); }

  FileWatches::WatchPtr watch(std::vector<std::string> files, FileWatches::Reload reload) {
    return watches_.add(FileStamps(std::move(files)), std::move(reload), log_, metrics_);
  }
  std::uint64_t reloads(const std::string& file, std::string_view result) {
    return metrics_->counted("konduit_file_reloads_total", {{"file", file}, {"result", result}});
  }

  Shard shard_;
  FileWatches watches_{shard_};
  testkit::RecordingLogger log_;
  std::shared_ptr<testkit::RecordingMetrics> metrics_ = std::make_shared<testkit::RecordingMetrics>();
  test_support::TempDirectory folder_;
};

TEST_F(FileWatchesTest, HasAChangedFileReadAgainOnce) {
  const auto file = folder_.write("a", "1");
  int read = 0;
  const auto watch = this->watch({file}, [&] { ++read; });
  watches_.look();
  EXPECT_EQ(read, 0);
  folder_.write("a", "22");
  for (int i = 0; i != 3; ++i) watches_.look();
  EXPECT_EQ(read, 1);
  EXPECT_EQ(reloads(file, "success"), 1U);
  EXPECT_TRUE(log_.has("a file has changed and was read again"));
}

TEST_F(FileWatchesTest, LooksEveryFewSeconds) {
  const auto file = folder_.write("a", "1");
  int read = 0;
  const auto watch = this->watch({file}, [&] { ++read; });
  watches_.start();
  shard_.run_ready();
  folder_.write("a", "22");
  shard_.deadlines().advance(FileWatches::kLook - 1ms);
  shard_.run_ready();
  EXPECT_EQ(read, 0);
  shard_.deadlines().advance(1ms);
  shard_.run_ready();
  EXPECT_EQ(read, 1);
}

TEST_F(FileWatchesTest, SaysWhatCannotBeUsedOnceForEachChangeAndReason) {
  const auto file = folder_.write("a", "1");
  const char* reason = "half written";
  const auto watch = this->watch({file}, [&] { throw StartError(reason); });
  folder_.write("a", "22");
  for (int i = 0; i != 3; ++i) watches_.look();
  EXPECT_EQ(reloads(file, "failure"), 1U);
  EXPECT_THAT(log_.text(), HasSubstr("what was read before stays in force"));
  EXPECT_THAT(log_.text(), HasSubstr("half written"));
  folder_.write("a", "333");
  for (int i = 0; i != 3; ++i) watches_.look();
  EXPECT_EQ(reloads(file, "failure"), 2U);
  reason = "too long";
  for (int i = 0; i != 3; ++i) watches_.look();
  EXPECT_EQ(reloads(file, "failure"), 3U);
  EXPECT_EQ(log_.lines().size(), 3U);
}

TEST_F(FileWatchesTest, TriesAgainWhatFailedUntilItSucceeds) {
  const auto first = folder_.write("a", "1");
  const auto second = folder_.write("b", "1");
  bool broken = true;
  int read = 0;
  const auto watch = this->watch({first, second}, [&] {
    ++read;
    if (broken) throw StartError("too many open files");
  });
  folder_.write("a", "22");
  watches_.look();
  folder_.write("b", "22");
  watches_.look();
  broken = false;
  for (int i = 0; i != 3; ++i) watches_.look();
  EXPECT_EQ(read, 3);
  EXPECT_EQ(reloads(first, "success"), 1U);
  EXPECT_EQ(reloads(second, "success"), 1U);
}

TEST_F(FileWatchesTest, LooksNoMoreWhenAWatchHasEnded) {
  folder_.write("a", "1");
  folder_.write("b", "1");
  int read = 0;
  auto first = watch({folder_.file("a")}, [&] { ++read; });
  const auto second = watch({folder_.file("b")}, [&] { ++read; });
  folder_.write("a", "22");
  first.reset();
  watches_.look();
  EXPECT_EQ(read, 0);
}

TEST_F(FileWatchesTest, AReloadMayEndAnotherWatch) {
  folder_.write("a", "1");
  int read = 0;
  FileWatches::WatchPtr second;
  const auto first = watch({folder_.file("a")}, [&] { second.reset(); });
  second = watch({folder_.file("a")}, [&] { ++read; });
  folder_.write("a", "22");
  watches_.look();
  EXPECT_EQ(read, 0);
}

/// TLS whose files are in a folder of the test.
class FollowedTlsTest : public FileWatchesTest {
 protected:
  FollowedTlsTest() { issue(100h); }

  void issue(std::chrono::seconds life) {
    identity_ = tls_files().authority.issue({.common_name = "localhost", .dns_names = {"localhost"}, .ends_in = life});
    settings_.cert = folder_.write("cert.pem", identity_.certificate);
    settings_.key = folder_.write("key.pem", identity_.key);
  }
  std::int64_t expiry() { return metrics_->gauged("konduit_certificate_expiry_seconds", {{"file", settings_.cert}}); }
  static std::int64_t seconds_of(std::chrono::system_clock::time_point time) {
    return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
  }

  const FileUser user_{watches_, log_, metrics_};
  test_support::Identity identity_;
  TlsSettings settings_;
};

TEST_F(FollowedTlsTest, TakesARenewedCertificate) {
  const auto tls = FollowedTls::server(settings_, &user_);
  const auto before = tls.context()->not_after();
  EXPECT_EQ(expiry(), seconds_of(before));
  issue(200h);
  watches_.look();
  EXPECT_GT(tls.context()->not_after(), before + 90h);
  EXPECT_EQ(expiry(), seconds_of(tls.context()->not_after()));
  EXPECT_EQ(reloads(settings_.cert, "success"), 1U);
  EXPECT_EQ(reloads(settings_.key, "success"), 1U);
}

TEST_F(FollowedTlsTest, TakesACertificateThatWasRenewedWhileThereWasNoDescriptor) {
  const auto tls = FollowedTls::server(settings_, &user_);
  const auto before = tls.context()->not_after();
  issue(200h);
  {
    const test_support::DescriptorLimit none(0);
    watches_.look();
  }
  EXPECT_EQ(tls.context()->not_after(), before);
  EXPECT_EQ(reloads(settings_.cert, "failure"), 1U);
  watches_.look();
  EXPECT_GT(tls.context()->not_after(), before + 90h);
}

TEST_F(FollowedTlsTest, ShowsTheEarliestEndOfAChain) {
  const auto below = tls_files().authority.issue_authority("below");
  const auto leaf = below->issue({.common_name = "localhost", .dns_names = {"localhost"}, .ends_in = 900h});
  settings_.cert = folder_.write("cert.pem", leaf.certificate);
  settings_.key = folder_.write("key.pem", leaf.key);
  const auto tls = FollowedTls::server(settings_, &user_);
  EXPECT_LT(tls.context()->not_after(), std::chrono::system_clock::now() + 25h) << "an authority here lives for a day";
  EXPECT_EQ(expiry(), seconds_of(tls.context()->not_after()));
}

TEST_F(FollowedTlsTest, KeepsItsCertificateUntilTheKeyHasFollowed) {
  const auto tls = FollowedTls::server(settings_, &user_);
  const auto before = tls.context()->not_after();
  const auto old_key = identity_.key;
  issue(200h);
  const auto new_key = identity_.key;
  folder_.write("key.pem", old_key);
  watches_.look();
  EXPECT_EQ(tls.context()->not_after(), before);
  EXPECT_EQ(expiry(), seconds_of(before));
  EXPECT_THAT(log_.text(), HasSubstr("does not match"));
  folder_.write("key.pem", new_key);
  watches_.look();
  EXPECT_GT(tls.context()->not_after(), before);
}

TEST_F(FollowedTlsTest, FollowsAnAuthority) {
  TlsSettings client;
  client.ca = folder_.write("ca.pem", tls_files().authority.certificate());
  const auto tls = FollowedTls::client(client, &user_);
  folder_.write("ca.pem", "nothing");
  watches_.look();
  EXPECT_EQ(reloads(client.ca, "failure"), 1U);
  folder_.write("ca.pem", test_support::Authority("another CA").certificate());
  watches_.look();
  EXPECT_EQ(reloads(client.ca, "success"), 1U);
  EXPECT_FALSE(metrics_->has("konduit_certificate_expiry_seconds")) << "it has no certificate of its own";
}

TEST_F(FollowedTlsTest, WillNotStartWithABrokenFile) {
  folder_.write("cert.pem", "nothing");
  EXPECT_THROW(FollowedTls::server(settings_, &user_), StartError);
  EXPECT_EQ(FollowedTls().context(), nullptr);
}

}  // namespace
}  // namespace konduit::listener
