#include "transport-uds/uds_transport.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "../socket/loopback.hpp"
#include "konduit/error.hpp"
#include "konduit/testkit/run.hpp"
#include "konduit/testkit/test_host.hpp"
#include "support/temp_directory.hpp"
#include "transport-uds/uds_url.hpp"

namespace konduit::transport_uds {
namespace {

using testkit::await;

class UdsTransportTest : public ::testing::Test {
 protected:
  std::string path(const std::string& name = "s") const { return folder_.file(name); }
  config::Node endpoint(const std::string& file, const std::string& mode = "0770", bool unlink_existing = true) const {
    return config::Node::map({{"url", config::Node::scalar("uds://" + file), {}},
                              {"mode", config::Node::scalar(mode), {}},
                              {"unlink_existing", config::Node::scalar(unlink_existing ? "true" : "false"), {}}});
  }
  std::string refusal(const config::Node& wanted) {
    try {
      transport_.bind(wanted);
    } catch (const StartError& error) {
      return error.what();
    }
    return "nothing was thrown";
  }
  auto connect(const std::string& file) {
    return await(shard_, transport_.connect(shard_, "uds://" + file, {}, shard_.now() + std::chrono::seconds(5)));
  }
  /// A socket's file without a process behind it, as a crash leaves it.
  void leave_behind(const std::string& file) const {
    const socket::FileDescriptor dead(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr_un address = address_of(file);
    ASSERT_EQ(::bind(dead.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    ASSERT_EQ(::listen(dead.get(), 1), 0);
  }

  Shard shard_;
  testkit::TestHost host_{shard_};
  UdsTransport transport_{config::Node(), host_};
  test_support::TempDirectory folder_;
};

TEST_F(UdsTransportTest, ConnectsToWhatItListensOn) {
  const auto binding = transport_.bind(endpoint(path()));
  EXPECT_EQ(binding->url(), "uds://" + path());
  const auto acceptor = binding->open(shard_, {});
  auto connected = connect(path());
  ASSERT_TRUE(connected.has_value()) << connected.error().text;
  EXPECT_EQ(connected->peer.address, "uds://" + path());
  auto accepted = await(shard_, acceptor->accept());
  ASSERT_TRUE(accepted.has_value());
  EXPECT_EQ(accepted->address, "uds://pid=" + std::to_string(::getpid()) + ",uid=" + std::to_string(::getuid()));
  EXPECT_TRUE(accepted->stream->unread_by_peer().has_value());
}

TEST_F(UdsTransportTest, GivesTheFileTheWantedModeWhateverTheUmask) {
  const mode_t before = ::umask(0077);
  const auto binding = transport_.bind(endpoint(path(), "0666"));
  ::umask(before);
  struct stat made{};
  ASSERT_EQ(::lstat(path().c_str(), &made), 0);
  EXPECT_EQ(made.st_mode & 0777u, 0666u);
}

TEST_F(UdsTransportTest, RemovesItsFileAtTheEnd) {
  transport_.bind(endpoint(path())).reset();
  EXPECT_FALSE(std::filesystem::exists(path()));
}

TEST_F(UdsTransportTest, LeavesAFileThatIsNoLongerItsOwn) {
  auto binding = transport_.bind(endpoint(path()));
  std::filesystem::remove(path());
  leave_behind(path());
  binding.reset();
  EXPECT_TRUE(std::filesystem::exists(path()));
}

TEST_F(UdsTransportTest, TakesThePlaceOfASocketThatNobodyListensOn) {
  leave_behind(path());
  const auto binding = transport_.bind(endpoint(path()));
  EXPECT_TRUE(connect(path()).has_value());
}

TEST_F(UdsTransportTest, LeavesAStaleSocketIfItIsToldTo) {
  leave_behind(path());
  const std::string text = refusal(endpoint(path(), "0770", false));
  EXPECT_NE(text.find("unlink_existing"), std::string::npos) << text;
  EXPECT_TRUE(std::filesystem::exists(path()));
}

TEST_F(UdsTransportTest, NeverStealsTheSocketOfARunningProcess) {
  const auto binding = transport_.bind(endpoint(path()));
  const std::string text = refusal(endpoint(path()));
  EXPECT_NE(text.find("address in use by a running process"), std::string::npos) << text;
  EXPECT_TRUE(connect(path()).has_value()) << "the first one no longer answers";
}

TEST_F(UdsTransportTest, NeverRemovesAFileThatIsNoSocket) {
  std::ofstream(path()) << "precious";
  const std::string text = refusal(endpoint(path()));
  EXPECT_NE(text.find("not a socket"), std::string::npos) << text;
  EXPECT_EQ(std::filesystem::file_size(path()), 8u);
}

TEST_F(UdsTransportTest, NamesTheFolderThatIsMissing) {
  const std::string text = refusal(endpoint(path("no/such/s")));
  EXPECT_NE(text.find(folder_.path() + "/no/such/ does not exist"), std::string::npos) << text;
}

TEST_F(UdsTransportTest, RefusesAPathThatIsTooLong) {
  const std::string text = refusal(endpoint("/tmp/" + std::string(200, 'a')));
  EXPECT_NE(text.find("107"), std::string::npos) << text;
}

TEST_F(UdsTransportTest, RefusesAModeThatIsNone) {
  EXPECT_NE(refusal(endpoint(path(), "rwx")).find("octal"), std::string::npos);
  EXPECT_NE(refusal(endpoint(path(), "0789")).find("octal"), std::string::npos);
  EXPECT_NE(refusal(endpoint(path(), "01777")).find("octal"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(path()));
}

TEST_F(UdsTransportTest, SaysWhyItCannotConnect) {
  auto missing = connect(path());
  ASSERT_TRUE(missing.has_error());
  EXPECT_EQ(missing.error().text, "dial unix " + path() + ": connect: no such file or directory");
  leave_behind(path());
  EXPECT_EQ(connect(path()).error().text, "dial unix " + path() + ": connect: connection refused");
}

TEST_F(UdsTransportTest, WaitsWhileTheBacklogIsFull) {
  const socket::FileDescriptor listening(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_un address = address_of(path());
  ASSERT_EQ(::bind(listening.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(listening.get(), 0), 0);
  auto first = connect(path());
  ASSERT_TRUE(first.has_value());
  const auto late =
      await(shard_, transport_.connect(shard_, "uds://" + path(), {}, shard_.now() + std::chrono::milliseconds(30)));
  ASSERT_TRUE(late.has_error());
  EXPECT_EQ(late.error().text, "dial unix " + path() + ": i/o timeout");

  TaskGroup tasks(shard_);
  std::optional<boost::system::result<Connection, Connector::Failure>> second;
  tasks.spawn(testkit::store_result(transport_.connect(shard_, "uds://" + path(), {}, TimePoint::max()), &second));
  for (int i = 0; i < 5; ++i) shard_.run_ready();
  EXPECT_FALSE(second.has_value());
  const socket::FileDescriptor accepted(::accept4(listening.get(), nullptr, nullptr, SOCK_CLOEXEC));
  ASSERT_TRUE(testkit::run_until(shard_, [&] { return second.has_value(); }));
  EXPECT_TRUE(second->has_value());
}

TEST_F(UdsTransportTest, LeavesNoDescriptorBehindAfterAThousandConnections) {
  const auto binding = transport_.bind(endpoint(path()));
  const auto acceptor = binding->open(shard_, {});
  std::size_t before = 0;
  for (int i = 0; i < 1001; ++i) {
    ASSERT_TRUE(connect(path()).has_value());
    ASSERT_TRUE(await(shard_, acceptor->accept()).has_value());
    if (i == 0) before = socket::test::open_descriptors();
  }
  EXPECT_EQ(socket::test::open_descriptors(), before);
}

}  // namespace
}  // namespace konduit::transport_uds
