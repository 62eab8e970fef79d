#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

#include "konduit/shard.hpp"
#include "konduit/testkit/run.hpp"
#include "konduit/testkit/test_host.hpp"
#include "kube/client.hpp"
#include "support/fake_api_server.hpp"
#include "support/fake_leases.hpp"
#include "support/temp_directory.hpp"

namespace konduit::lb {

/// An API server that keeps leases, and a client of it, in memory. The clock moves in pass_time_until() only, and the
/// time of day with it.
class LeaseTest : public ::testing::Test {
 protected:
  static constexpr const char* kUrl = "https://localhost:6443";

  LeaseTest() : listener_(host_.network.listen("tcp://localhost:6443")) {
    shard_.deadlines().fake_clock();
    begin_ = shard_.now();
    listener_->start(shard_, server_);
    settings_.place.kubeconfig = kubeconfig();
    client_ = std::make_unique<kube::Client>(shard_, host_, settings_);
  }
  ~LeaseTest() override {
    listener_->stop(shard_);
    client_.reset();
    testkit::await(shard_, server_.stop());
  }

  std::string kubeconfig() { return folder_.write("kubeconfig", server_.kubeconfig(kUrl, "{token: t}")); }
  kube::WallTime wall() const {
    return kube::WallTime(std::chrono::hours(500'000)) +
           std::chrono::duration_cast<kube::WallTime::duration>(shard_.now() - begin_);
  }
  /// The spec of a lease that was renewed so long ago.
  std::string spec(std::chrono::seconds ago, const std::string& holder = "h") const {
    return R"({"holderIdentity":")" + holder + R"(","leaseDurationSeconds":30,"renewTime":")" +
           kube::time_text(wall() - ago) + "\"}";
  }
  void pass_time_until(const std::function<bool()>& done) {
    constexpr auto kStep = std::chrono::milliseconds(10);
    for (int step = 0; step != 100'000; ++step) {
      shard_.run_ready();
      if (done()) return;
      shard_.deadlines().advance(kStep);
    }
    ADD_FAILURE() << "nothing came of it; the log: " << host_.log().text();
  }
  void pass(Duration time) {
    const TimePoint end = shard_.now() + time;
    pass_time_until([this, end] { return shard_.now() >= end; });
  }

  Shard shard_;
  TimePoint begin_;
  testkit::TestHost host_{shard_, "lease/test"};
  test_support::FakeApiServer server_{shard_};
  test_support::FakeLeases leases_{server_};
  test_support::TempDirectory folder_;
  kube::ClientSettings settings_;
  std::shared_ptr<Listener> listener_;
  std::unique_ptr<kube::Client> client_;
};

}  // namespace konduit::lb
