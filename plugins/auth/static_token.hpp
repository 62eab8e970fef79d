#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "auth/token_digest.hpp"
#include "konduit/authenticator.hpp"

namespace konduit::auth {

/// Tokens and whose they are. Immutable.
class TokenTable {
 public:
  struct Source {
    std::string name;  ///< The identity of whoever shows the token.
    std::string file;  ///< Holds the token, and white space around it.
  };

  /// Reads the files. Throws StartError: a file that cannot be read or is empty, one token for two names.
  explicit TokenTable(const std::vector<Source>& sources);

  /// Whose token it is; null if nobody's. Takes as long whatever it is compared with.
  const std::string* owner_of(std::string_view token) const;

 private:
  struct Entry {
    std::string name;
    TokenDigest digest;
  };
  std::vector<Entry> entries_;
};

/// Knows peers by bearer tokens that stand in files, read again when they change.
class StaticToken final : public Authenticator {
 public:
  StaticToken(const config::Node& node, Host& host);
  awaitable<void> prepare() override;
  std::unique_ptr<AuthenticatorPart> attach(Attachment& attachment) override;

  /// Any thread.
  std::shared_ptr<const TokenTable> table() const { return table_.load(); }

 private:
  Host& host_;
  std::vector<TokenTable::Source> sources_;
  std::atomic<std::shared_ptr<const TokenTable>> table_;  // replaced on the control shard
};

class StaticTokenPart final : public AuthenticatorPart {
 public:
  /// `component` outlives the part.
  explicit StaticTokenPart(const StaticToken& component) : component_(component) {}

  awaitable<boost::system::result<Identity, Refusal>> authenticate(const Credentials& credentials) override;

 private:
  const StaticToken& component_;
};

}  // namespace konduit::auth
