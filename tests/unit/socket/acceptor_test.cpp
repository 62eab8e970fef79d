#include "socket/acceptor.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <boost/asio/error.hpp>

#include <memory>
#include <optional>
#include <vector>

#include "konduit/task_group.hpp"
#include "loopback.hpp"

namespace konduit::socket {
namespace {

using test::run_until;

std::string describe(int, const sockaddr_storage& address) { return "family " + std::to_string(address.ss_family); }

using Outcome = std::optional<Result<Acceptor::Accepted>>;

awaitable<void> accept_one(Acceptor* acceptor, Outcome* outcome) { outcome->emplace(co_await acceptor->accept()); }

class AcceptorTest : public ::testing::Test {
 protected:
  AcceptorTest() {
    auto [listening, address] = test::tcp_listener();
    address_ = address;
    ::fcntl(listening.get(), F_SETFL, O_NONBLOCK);
    acceptor_ = std::make_unique<SocketAcceptor>(shard_, std::move(listening), Family::tcp, Liveness{}, &describe);
  }
  ~AcceptorTest() override {
    tasks_.cancel();
    run_until(shard_, [this] { return tasks_.size() == 0; });
  }

  Outcome accept() {
    Outcome outcome;
    tasks_.spawn(accept_one(acceptor_.get(), &outcome));
    EXPECT_TRUE(run_until(shard_, [&] { return outcome.has_value(); }));
    return outcome;
  }

  Shard shard_;
  sockaddr_in address_{};
  std::unique_ptr<SocketAcceptor> acceptor_;
  TaskGroup tasks_{shard_};
};

TEST_F(AcceptorTest, HandsOverAConnectionWithItsPeersName) {
  const FileDescriptor client = test::tcp_connect(address_);
  auto outcome = accept();
  ASSERT_TRUE(outcome->has_value());
  EXPECT_EQ((*outcome)->address, "family " + std::to_string(AF_INET));
  BufferQueue queue;
  queue.push_back(shard_.pool().copy("welcome"));
  ASSERT_TRUE((*outcome)->stream->try_write(queue).has_value());
  (*outcome)->stream->half_close();
  EXPECT_EQ(test::read_all(client.get()), "welcome");
}

TEST_F(AcceptorTest, WaitsForAConnection) {
  Outcome outcome;
  tasks_.spawn(accept_one(acceptor_.get(), &outcome));
  for (int i = 0; i < 5; ++i) shard_.run_ready();
  EXPECT_FALSE(outcome.has_value());
  const FileDescriptor client = test::tcp_connect(address_);
  ASSERT_TRUE(run_until(shard_, [&] { return outcome.has_value(); }));
  EXPECT_TRUE(outcome->has_value());
}

TEST_F(AcceptorTest, EndsWhenItIsCancelled) {
  Outcome outcome;
  tasks_.spawn(accept_one(acceptor_.get(), &outcome));
  shard_.run_ready();
  tasks_.cancel();
  ASSERT_TRUE(run_until(shard_, [&] { return outcome.has_value(); }));
  EXPECT_EQ(outcome->error(), asio::error::operation_aborted);
}

TEST_F(AcceptorTest, AcceptsMoreConnectionsThanOneTurnMayTake) {
  std::vector<FileDescriptor> clients;
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < 10; ++i) clients.push_back(test::tcp_connect(address_));
    for (int i = 0; i < 10; ++i) ASSERT_TRUE(accept()->has_value());
  }
}

TEST_F(AcceptorTest, SaysWhenDescriptorsHaveRunOutAndGoesOnWhenThereAreSomeAgain) {
  const FileDescriptor client = test::tcp_connect(address_);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const FileDescriptor lowest_free(::dup(0));
  const rlimit none{.rlim_cur = static_cast<rlim_t>(lowest_free.get()) + 1, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  const auto refused = accept();
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  ASSERT_TRUE(refused->has_error());
  EXPECT_EQ(refused->error(), boost::system::errc::too_many_files_open);
  EXPECT_TRUE(accept()->has_value()) << "the connection was lost";
}

TEST_F(AcceptorTest, LeavesNoDescriptorBehind) {
  {
    const FileDescriptor client = test::tcp_connect(address_);
    ASSERT_TRUE(accept()->has_value());
  }
  const std::size_t before = test::open_descriptors();
  for (int i = 0; i < 1000; ++i) {
    const FileDescriptor client = test::tcp_connect(address_);
    ASSERT_TRUE(accept()->has_value());
  }
  EXPECT_EQ(test::open_descriptors(), before);
}

}  // namespace
}  // namespace konduit::socket
