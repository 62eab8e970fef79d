#include "konduit/testkit/test_host.hpp"

#include <stdexcept>

namespace konduit::testkit {

TestHost::TestHost(std::vector<Shard*> shards, std::string id) : id_(std::move(id)), shards_(std::move(shards)) {
  memory = std::make_unique<MemoryBudget>(64 * 1024 * 1024, 1000, shards_);
}

TestHost::~TestHost() = default;

void TestHost::report(const config::Node& where, std::string what) {
  reports_.push_back({where.path(), std::move(what)});
}

void TestHost::add_readiness(std::string name, std::function<HealthState()> check) {
  checks_[std::move(name)] = std::move(check);
}

std::shared_ptr<Listener> TestHost::listen(const config::Node& endpoint, const ListenSettings& settings) {
  listened_.push_back(settings);
  return on_listen ? on_listen(endpoint, settings) : network.listen(endpoint["url"].text());
}

std::shared_ptr<Connector> TestHost::connector(const ConnectorSettings& settings) {
  connected_.push_back(settings);
  return on_connector ? on_connector(settings) : network.connector();
}

std::shared_ptr<void> TestHost::retained(std::string_view key, std::shared_ptr<void> (*make)(Host&)) {
  auto& kept = retained_[std::string(key)];
  if (!kept) kept = make(*this);
  return kept;
}

void TestHost::watch_files(std::vector<std::string> files, std::function<void()> reload) {
  watched_.emplace_back(FileStamps(std::move(files)), std::move(reload));
}

void TestHost::look_at_files() {
  for (auto& [stamps, reload] : watched_) {
    if (!stamps.changed()) continue;
    FileStamps read(stamps.paths());
    try {
      reload();
      stamps = std::move(read);
    } catch (const std::exception& error) {
      log_.error("files cannot be read again", {{"error", error.what()}});
    }
  }
}

HealthState TestHost::health(std::string_view name) const {
  const auto found = checks_.find(name);
  if (found == checks_.end()) throw std::out_of_range("no readiness check named " + std::string(name));
  return found->second();
}

TestAttachment::~TestAttachment() = default;

Part& TestAttachment::find(ComponentKind kind, std::string_view id) {
  const auto found = parts_.find({kind, std::string(id)});
  if (found == parts_.end()) throw std::out_of_range("no part for " + std::string(id) + " was added to the attachment");
  return *found->second;
}

}  // namespace konduit::testkit
