#pragma once

#include <memory>

#include "konduit/tls.hpp"
#include "listener/file_watches.hpp"

namespace konduit::listener {

/// Who reads files, and where it tells about it.
struct FileUser {
  FileWatches& watches;
  Logger& log;
  std::shared_ptr<Metrics> metrics;
};

/// A TLS context whose files are read again when they change, for sessions that begin then. When its certificate ends
/// is a metric.
///
/// Thread: the control shard's; the context as it says.
class FollowedTls {
 public:
  /// No TLS.
  FollowedTls() = default;
  /// Throws StartError. Without a user nothing is followed.
  static FollowedTls server(const TlsSettings& settings, const FileUser* user);
  static FollowedTls client(const TlsSettings& settings, const FileUser* user);

  const std::shared_ptr<TlsContext>& context() const noexcept { return context_; }

 private:
  using Make = std::shared_ptr<TlsContext> (*)(const TlsSettings&);
  FollowedTls(const TlsSettings& settings, const FileUser* user, Make make);

  std::shared_ptr<TlsContext> context_;  // shared with the sessions made from it
  FileWatches::WatchPtr watch_;
};

}  // namespace konduit::listener
