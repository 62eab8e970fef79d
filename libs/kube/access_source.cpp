#include "kube/access_source.hpp"

#include <chrono>
#include <exception>
#include <utility>

namespace konduit::kube {
namespace {

constexpr std::string_view kReloads = "konduit_file_reloads_total";
constexpr std::string_view kReloadsHelp = "Changed files that were read again, by what came of it.";

bool same_server(const Access& a, const Access& b) {
  return a.server == b.server && a.tls_settings.server_name == b.tls_settings.server_name &&
         a.material.cert == b.material.cert && a.material.key == b.material.key && a.material.ca == b.material.ca;
}

}  // namespace

AccessSource::AccessSource(Host& host, AccessPlace place, TimePoint now)
    : host_(host),
      place_(std::move(place)),
      name_(place_.kubeconfig.empty() ? place_.service_account : place_.kubeconfig),
      look_at_(now + kLook),
      read_at_(now + kRead),
      reloaded_(host.metrics().counter(kReloads, kReloadsHelp, {{"file", name_}, {"result", "success"}})),
      failed_(host.metrics().counter(kReloads, kReloadsHelp, {{"file", name_}, {"result", "failure"}})) {
  // The files are known only after reading, so they are read twice: a change in between must not go unseen.
  stamps_ = FileStamps(read_access(place_).files);
  Loaded loaded = load(place_);
  access_ = std::move(loaded.access);
  tls_ = std::move(loaded.tls);
  show_expiry();
}

AccessSource::Loaded AccessSource::load(const AccessPlace& place) {
  Loaded loaded;
  loaded.access = read_access(place);
  if (loaded.access.tls) {
    TlsSettings settings = loaded.access.tls_settings;
    settings.alpn = {"http/1.1"};
    loaded.tls = TlsContext::client(settings, loaded.access.material);
  }
  return loaded;
}

bool AccessSource::refresh(TimePoint now) {
  if (now < look_at_) return false;
  look_at_ = now + kLook;
  const bool changed = stamps_.changed();
  if (!changed && now < read_at_) return false;
  read_at_ = now + kRead;
  try {
    FileStamps stamps(stamps_.paths());
    Loaded loaded = load(place_);
    const bool other_files = loaded.access.files != stamps.paths();
    stamps_ = other_files ? FileStamps(loaded.access.files) : std::move(stamps);
    // What was read may be older than the stamps of files that were not looked at before.
    if (other_files) read_at_ = now;
    const bool other_server = !same_server(loaded.access, access_);
    if (changed || other_server || loaded.access.token != access_.token) tell(true);
    access_ = std::move(loaded.access);
    // Sessions go on with what they began with; a context that is as before is kept for the sake of its caches.
    if (other_server) tls_ = std::move(loaded.tls);
    last_failure_.clear();
    show_expiry();
    return other_server;
  } catch (const std::exception& error) {
    if (last_failure_ != error.what()) {
      last_failure_ = error.what();
      tell(false);
    }
    return false;
  }
}

void AccessSource::tell(bool read) {
  if (read) {
    reloaded_.add();
    host_.log().info("the API server's access was read again", {{"file", name_}});
  } else {
    failed_.add();
    host_.log().error("the API server's access could not be read again, the old one stays in force",
                      {{"file", name_}, {"error", last_failure_}});
  }
}

void AccessSource::show_expiry() {
  if (access_.material.cert.empty() || !tls_) return;
  if (!expiry_) {
    expiry_ = &host_.metrics().gauge("konduit_certificate_expiry_seconds", "When a certificate ends, in unix time.",
                                     {{"file", access_.tls_settings.cert}});
  }
  expiry_->set(std::chrono::duration_cast<std::chrono::seconds>(tls_->not_after().time_since_epoch()).count());
}

}  // namespace konduit::kube
