#include "auth/static_token.hpp"

#include <algorithm>
#include <utility>

#include "konduit/error.hpp"
#include "kube/file.hpp"

namespace konduit::auth {

TokenTable::TokenTable(const std::vector<Source>& sources) {
  for (const Source& source : sources) {
    const std::string text = kube::read_file(source.file, "token");
    const std::string_view token = kube::trimmed(text);
    if (token.empty()) throw StartError("token file " + source.file + " is empty");
    Entry entry{source.name, TokenDigest::of(token)};
    const auto same = std::ranges::find(entries_, entry.digest, &Entry::digest);
    if (same != entries_.end() && same->name != entry.name) {
      throw StartError("token file " + source.file + " of " + entry.name + " holds the token of " + same->name);
    }
    entries_.push_back(std::move(entry));
  }
}

const std::string* TokenTable::owner_of(std::string_view token) const {
  const TokenDigest shown = TokenDigest::of(token);
  const std::string* owner = nullptr;
  // All of them, so that the time says nothing of which one it was.
  for (const Entry& entry : entries_) {
    if (entry.digest.same_as(shown)) owner = &entry.name;
  }
  return owner;
}

StaticToken::StaticToken(const config::Node& node, Host& host) : host_(host) {
  for (const auto& token : node["tokens"].items()) {
    sources_.push_back({token["name"].text(), token["file"].text()});
    if (sources_.back().name.empty()) host.report(token["name"], "an empty name says nothing of who it is");
  }
  if (sources_.empty()) host.report(node["tokens"], "without a token nobody is let in");
}

awaitable<void> StaticToken::prepare() {
  std::vector<std::string> files;
  for (const auto& source : sources_) files.push_back(source.file);
  host_.watch_files(std::move(files), [this] { table_.store(std::make_shared<const TokenTable>(sources_)); });
  table_.store(std::make_shared<const TokenTable>(sources_));
  co_return;
}

std::unique_ptr<AuthenticatorPart> StaticToken::attach(Attachment&) { return std::make_unique<StaticTokenPart>(*this); }

awaitable<boost::system::result<Identity, Refusal>> StaticTokenPart::authenticate(const Credentials& credentials) {
  if (credentials.token.empty()) {
    co_return Refusal{Refusal::Reason::unauthenticated, "a bearer token is required"};
  }
  const auto table = component_.table();
  const std::string* owner = table->owner_of(credentials.token);
  if (!owner) co_return Refusal{Refusal::Reason::unauthenticated, "the token is not known"};
  co_return Identity(*owner);
}

}  // namespace konduit::auth
