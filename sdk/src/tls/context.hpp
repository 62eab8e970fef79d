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
  /// A client whose certificates are texts; the settings' paths only name them.
  Context(TlsSettings settings, TlsMaterial material);

  Result<void> reload(std::string& error) override;
  std::chrono::system_clock::time_point not_after() const override;

  const TlsSettings& settings() const noexcept { return settings_; }

  /// A session under the rules and files of now, not yet connected to anything. Null when memory is short. A
  /// certificate of the peer that does not pass is put into `refused`, which must live as long as the handshake.
  SslHandle new_session(X509Handle* refused) const;

 private:
  struct Loaded;
  Context(TlsSettings settings, Role role, std::unique_ptr<const TlsMaterial> material);
  std::shared_ptr<const Loaded> load() const;
  /// What the files hold, or the texts that stand for them.
  TlsMaterial read() const;
  void load_own_certificate(Loaded& loaded, const TlsMaterial& material) const;
  void load_authorities(Loaded& loaded, const TlsMaterial& material) const;
  std::string source(const char* what, const std::string& name) const;
  std::shared_ptr<const Loaded> current() const;

  const TlsSettings settings_;
  const Role role_;
  const std::unique_ptr<const TlsMaterial> material_;  // null: from files
  const std::string alpn_;  // as it stands on the wire; OpenSSL's callback reads it during handshakes
  mutable std::mutex mutex_;
  std::shared_ptr<const Loaded> loaded_;  // shared with callers of current(), so that reload() need not wait for them
};

}  // namespace konduit::tls
