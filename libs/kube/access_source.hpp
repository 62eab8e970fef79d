#pragma once

#include <memory>
#include <string>

#include "konduit/component.hpp"
#include "konduit/file_stamp.hpp"
#include "konduit/tls.hpp"
#include "kube/access.hpp"

namespace konduit::kube {

/// The access of now: reads its files again when they have changed, at the latest each minute. What cannot be read
/// leaves the old access in force, with a line in the log and a metric.
///
/// Thread: the shard's.
class AccessSource {
 public:
  /// How often files are looked at, and read whether or not they seem to have changed.
  static constexpr Duration kLook = std::chrono::seconds(1);
  static constexpr Duration kRead = std::chrono::minutes(1);

  /// `host` outlives this. Throws StartError.
  AccessSource(Host& host, AccessPlace place, TimePoint now);

  /// Looks whether something is new. True if connections made before should not be used any more.
  bool refresh(TimePoint now);

  const Access& access() const noexcept { return access_; }
  /// Null for a server without TLS.
  const std::shared_ptr<TlsContext>& tls() const noexcept { return tls_; }

 private:
  struct Loaded {
    Access access;
    std::shared_ptr<TlsContext> tls;
  };
  static Loaded load(const AccessPlace& place);
  void tell(bool read);
  void show_expiry();

  Host& host_;
  const AccessPlace place_;
  const std::string name_;  // for log and metrics
  Access access_;
  std::shared_ptr<TlsContext> tls_;  // shared with sessions under way
  FileStamps stamps_;
  TimePoint look_at_;
  TimePoint read_at_;
  std::string last_failure_;
  Counter& reloaded_;
  Counter& failed_;
  Gauge* expiry_ = nullptr;
};

}  // namespace konduit::kube
