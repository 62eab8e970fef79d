#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "konduit/tls.hpp"
#include "tls/handles.hpp"

namespace konduit::tls {

enum class Role { server, client };

/// The TlsContext that server() and client() make.
class Context final : public TlsContext {
 public:
  Context(TlsSettings settings, Role role);

  Result<void> reload(std::string& error) override;
  std::chrono::system_clock::time_point not_after() const override;

  const TlsSettings& settings() const noexcept { return settings_; }

  /// A session under the rules and files of now, not yet connected to anything. Null when memory is short. A
  /// certificate of the peer that does not pass is put into `refused`, which must live as long as the handshake.
  SslHandle new_session(X509Handle* refused) const;

 private:
  struct Loaded;
  std::shared_ptr<const Loaded> load() const;
  std::shared_ptr<const Loaded> current() const;

  const TlsSettings settings_;
  const Role role_;
  const std::string alpn_;  // as it stands on the wire; OpenSSL's callback reads it during handshakes
  mutable std::mutex mutex_;
  std::shared_ptr<const Loaded> loaded_;  // shared with callers of current(), so that reload() need not wait for them
};

}  // namespace konduit::tls
