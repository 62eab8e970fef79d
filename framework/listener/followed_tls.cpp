#include "listener/followed_tls.hpp"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "konduit/error.hpp"

namespace konduit::listener {
namespace {

std::vector<std::string> files_of(const TlsSettings& settings) {
  std::vector<std::string> files;
  for (const auto* file : {&settings.cert, &settings.key, &settings.ca}) {
    if (!file->empty()) files.push_back(*file);
  }
  return files;
}

void show_expiry(const TlsContext& context, Gauge* gauge) {
  if (!gauge) return;
  gauge->set(std::chrono::duration_cast<std::chrono::seconds>(context.not_after().time_since_epoch()).count());
}

Gauge* expiry_gauge(const TlsSettings& settings, const FileUser& user) {
  if (settings.cert.empty()) return nullptr;
  return &user.metrics->gauge("konduit_certificate_expiry_seconds", "When a certificate ends, in unix time.",
                              {{"file", settings.cert}});
}

}  // namespace

FollowedTls FollowedTls::server(const TlsSettings& settings, const FileUser* user) {
  return {settings, user, [](const TlsSettings& of) { return TlsContext::server(of); }};
}

FollowedTls FollowedTls::client(const TlsSettings& settings, const FileUser* user) {
  return {settings, user, [](const TlsSettings& of) { return TlsContext::client(of); }};
}

FollowedTls::FollowedTls(const TlsSettings& settings, const FileUser* user, Make make) {
  FileStamps stamps(files_of(settings));
  context_ = make(settings);
  if (!user || stamps.paths().empty()) return;
  Gauge* expiry = expiry_gauge(settings, *user);
  show_expiry(*context_, expiry);
  auto reload = [context = context_, expiry] {
    std::string error;
    if (!context->reload(error)) throw StartError(error);
    show_expiry(*context, expiry);
  };
  watch_ = user->watches.add(std::move(stamps), std::move(reload), user->log, user->metrics);
}

}  // namespace konduit::listener
