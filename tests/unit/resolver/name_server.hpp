#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "konduit/shard.hpp"
#include "socket/watch.hpp"

namespace konduit::resolver::test {

/// A name server on a port of 127.0.0.1 that answers from what the test told it. It runs on the shard's loop.
class NameServer final : private socket::Watch::Owner {
 public:
  static constexpr std::uint16_t kA = 1;
  static constexpr std::uint16_t kAaaa = 28;

  explicit NameServer(Shard& shard);
  ~NameServer();

  /// "127.0.0.1:port".
  const std::string& address() const noexcept { return address_; }

  /// Answers questions for `name` and `type` with these addresses (raw bytes); none: the name exists without such a
  /// record.
  void add(const std::string& name, std::uint16_t type, std::vector<std::string> records) {
    records_[{name, type}] = std::move(records);
  }
  /// Answers with this code instead, 2 for SERVFAIL.
  void fail(const std::string& name, int code) { codes_[name] = code; }
  /// Swallows questions of this type.
  void swallow(std::uint16_t type) { swallowed_ = type; }
  void swallow_all(bool all = true) { mute_ = all; }

  /// Questions seen, with swallowed ones.
  unsigned questions() const noexcept { return questions_; }

 private:
  void on_event(socket::Watch::Event event) override;
  std::string answer(std::string_view question);

  std::string address_;
  std::map<std::pair<std::string, std::uint16_t>, std::vector<std::string>> records_;
  std::map<std::string, int> codes_;
  std::uint16_t swallowed_ = 0;
  bool mute_ = false;
  unsigned questions_ = 0;
  socket::WatchPtr watch_;
};

/// The four bytes of an IPv4 address, the sixteen of an IPv6 one.
std::string record(const char* address);

}  // namespace konduit::resolver::test
