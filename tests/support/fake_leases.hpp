#pragma once

#include <boost/json.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "support/fake_api_server.hpp"

namespace konduit::test_support {

/// Leases as a FakeApiServer keeps them: made, changed and removed by requests with resource versions, listed by
/// labels, watched. One namespace is as good as another.
class FakeLeases {
 public:
  /// Becomes the server's script. The server outlives this, or is asked nothing more.
  explicit FakeLeases(FakeApiServer& server);

  /// As if somebody else had done it. `spec` and `labels` in JSON.
  void put(const std::string& name, const std::string& spec,
           const std::string& labels = R"({"k8s-app":"konnectivity-server"})");
  void erase(const std::string& name);
  bool has(const std::string& name) const { return leases_.contains(name); }
  std::vector<std::string> names() const;
  /// "spec.holderIdentity" and the like; empty if there is none.
  std::string text(const std::string& name, const std::string& spec_key) const;
  /// The labels as JSON.
  std::string labels(const std::string& name) const;
  std::string version(const std::string& name) const;
  /// Forgets what has changed so far: who watches from there is told 410.
  void forget_history() { oldest_ = version_; }
  /// Tells every watch that nothing has changed.
  void bookmark();

  /// How often a method was asked for: "POST", or "WATCH" for watches and "GET" for the rest.
  std::size_t asked(const std::string& method) const;

  /// If set, the answer to everything, or to what it lets through (nothing).
  std::function<std::optional<ApiReply>(const ApiRequest&)> trouble;

 private:
  struct Change {
    std::uint64_t version;
    std::string line;
  };

  ApiReply answer(const ApiRequest& request);
  ApiReply list(const std::string& selector) const;
  ApiReply watch(std::uint64_t from) const;
  ApiReply create(const std::string& body);
  ApiReply update(const std::string& name, const std::string& body);
  ApiReply remove(const std::string& name, const std::string& body);
  void store(const std::string& name, boost::json::object lease);
  void tell(const char* type, const boost::json::object& lease);

  FakeApiServer& server_;
  std::map<std::string, boost::json::object> leases_;
  std::vector<Change> history_;
  std::uint64_t version_ = 100;
  std::uint64_t oldest_ = 0;
};

}  // namespace konduit::test_support
