#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "konduit/shard.hpp"
#include "konduit/testkit/run.hpp"
#include "konduit/testkit/test_host.hpp"
#include "kube/client.hpp"
#include "support/fake_api_server.hpp"
#include "support/temp_directory.hpp"

namespace konduit::kube_test {

using test_support::ApiReply;
using test_support::ApiRequest;

/// The JSON of a Status, as API servers send it with errors.
ApiReply status_reply(unsigned code, const std::string& reason, const std::string& message);

/// A client and an API server over a network in memory, on one shard whose clock stands still but in run().
class ClientTest : public ::testing::Test {
 protected:
  static constexpr const char* kUrl = "https://localhost:6443";

  ClientTest();
  ~ClientTest() override;

  /// A client of the server with this user's section in its kubeconfig.
  kube::Client& connect(const std::string& user = "{token: secret-token}", kube::ClientSettings settings = {});

  /// Runs a task to its end; whenever nothing is left to do, time passes.
  template <class T>
  T run(awaitable<T> task) {
    std::optional<T> result;
    TaskGroup group(shard_);
    group.spawn(testkit::store_result(std::move(task), &result));
    pass_time_until([&] { return group.size() == 0; });
    if (!result) {
      group.cancel();
      testkit::await(shard_, group.join());
      throw std::runtime_error("the task did not end");
    }
    return std::move(*result);
  }
  void pass_time_until(const std::function<bool()>& done);

  kube::Answer<std::string> get(kube::Client& client, Duration patience = std::chrono::seconds(10));
  kube::Call call(bool repeatable = true) const;

  Shard shard_;
  testkit::TestHost host_{shard_, "token-review/test"};
  test_support::FakeApiServer server_{shard_};
  test_support::TempDirectory folder_;
  std::shared_ptr<Listener> listener_;
  std::unique_ptr<kube::Client> client_;
};

}  // namespace konduit::kube_test
