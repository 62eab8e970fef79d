#pragma once

#include <memory>
#include <string>
#include <thread>

#include "support/fake_api_server.hpp"

namespace konduit::test_support {

/// A FakeApiServer on a free port of 127.0.0.1, on a thread of its own: for programs under test.
class RunningApiServer {
 public:
  /// `script` is called on the server's thread.
  explicit RunningApiServer(FakeApiServer::Script script);
  ~RunningApiServer();
  RunningApiServer(const RunningApiServer&) = delete;
  RunningApiServer& operator=(const RunningApiServer&) = delete;

  /// A kubeconfig for it, whose token is "token-of-the-program".
  const std::string& kubeconfig() const noexcept { return kubeconfig_; }

 private:
  struct Running;
  std::string kubeconfig_;
  Running* running_ = nullptr;  // on the thread's stack
  std::thread thread_;
};

}  // namespace konduit::test_support
