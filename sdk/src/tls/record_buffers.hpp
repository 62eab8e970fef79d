#pragma once

#include <openssl/ssl.h>

#include "konduit/deadline.hpp"

namespace konduit {

class Shard;

namespace tls {

/// Lets a busy session keep OpenSSL's buffers for records, 16.7 KB for either direction, which it would otherwise
/// allocate and free with every record. They go once the session has been quiet for kQuiet. Of a shard, kMost sessions
/// keep theirs at a time; the others do as before.
///
/// Thread: the shard's. `ssl` outlives it.
class RecordBuffers final : private Deadline::Owner {
 public:
  static constexpr Duration kQuiet = std::chrono::seconds(1);
  static constexpr unsigned kMost = 64;

  RecordBuffers(Shard& shard, SSL* ssl);
  ~RecordBuffers();
  RecordBuffers(const RecordBuffers&) = delete;
  RecordBuffers& operator=(const RecordBuffers&) = delete;

  /// A record has been read or written.
  void used() {
    used_ = true;
    if (!kept_) keep();
  }

 private:
  class Keepers;

  void on_deadline(Deadline& which) override;
  void keep();
  void give_up() noexcept;

  SSL* const ssl_;
  Keepers& keepers_;
  Deadline quiet_;
  bool used_ = false;  // since quiet_ was armed
  bool kept_ = false;
};

}  // namespace tls
}  // namespace konduit
