#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "konduit/component.hpp"
#include "konduit/connection.hpp"
#include "konduit/file_stamp.hpp"
#include "konduit/testkit/memory_network.hpp"
#include "konduit/testkit/recording_logger.hpp"
#include "konduit/testkit/recording_metrics.hpp"

namespace konduit::testkit {

/// A Host for one component under test: keeps what it reports, logs, measures and checks, and listens and connects in
/// memory unless the test says otherwise.
class TestHost final : public Host {
 public:
  struct Report {
    std::string path;
    std::string what;
  };

  explicit TestHost(std::vector<Shard*> shards, std::string id = "test/test");
  explicit TestHost(Shard& shard, std::string id = "test/test") : TestHost(std::vector{&shard}, std::move(id)) {}
  ~TestHost();

  const std::string& id() const noexcept override { return id_; }
  RecordingLogger& log() noexcept override { return log_; }
  RecordingMetrics& metrics() noexcept override { return metrics_; }
  std::span<Shard* const> shards() const noexcept override { return shards_; }
  void report(const config::Node& where, std::string what) override;
  void add_readiness(std::string name, std::function<HealthState()> check) override;
  std::shared_ptr<Listener> listen(const config::Node& endpoint, const ListenSettings& settings) override;
  std::shared_ptr<Connector> connector(const ConnectorSettings& settings) override;
  std::shared_ptr<void> retained(std::string_view key, std::shared_ptr<void> (*make)(Host&)) override;
  MemoryBudget& budget() noexcept override { return *memory; }
  void watch_files(std::vector<std::string> files, std::function<void()> reload) override;

  const std::vector<Report>& reports() const noexcept { return reports_; }
  /// What the check of that name answers now. Throws std::out_of_range if there is none.
  HealthState health(std::string_view name) const;
  /// What the core does every few seconds: has changed files read again until that succeeds; failures go to the log.
  void look_at_files();
  /// The settings of every listen() and connector(), in order. The nodes they point to are the component's.
  const std::vector<ListenSettings>& listened() const noexcept { return listened_; }
  const std::vector<ConnectorSettings>& connected() const noexcept { return connected_; }

  /// What budget() answers: 64 MiB for 1000 tunnels, unless the test puts another one here before it makes the
  /// component.
  std::unique_ptr<MemoryBudget> memory;

  /// Where listen() and connector() lead; listen() takes the endpoint's `url`.
  MemoryNetwork network;
  /// If set, they are asked instead.
  std::function<std::shared_ptr<Listener>(const config::Node&, const ListenSettings&)> on_listen;
  std::function<std::shared_ptr<Connector>(const ConnectorSettings&)> on_connector;

 private:
  const std::string id_;
  const std::vector<Shard*> shards_;
  RecordingLogger log_;
  RecordingMetrics metrics_;
  std::vector<Report> reports_;
  std::map<std::string, std::function<HealthState()>, std::less<>> checks_;
  std::vector<ListenSettings> listened_;
  std::vector<ConnectorSettings> connected_;
  std::map<std::string, std::shared_ptr<void>, std::less<>> retained_;
  std::vector<std::pair<FileStamps, std::function<void()>>> watched_;
};

/// An Attachment for one part under test: the parts that it refers to are the test's.
class TestAttachment final : public Attachment {
 public:
  explicit TestAttachment(Shard& shard) : shard_(shard) {}
  ~TestAttachment();

  Shard& shard() noexcept override { return shard_; }
  /// Answers references to `id` ("static/lb") by `part`, which must outlive the users.
  void add(ComponentKind kind, std::string id, Part& part) { parts_[{kind, std::move(id)}] = &part; }

 private:
  /// Throws std::out_of_range for what was not added.
  Part& find(ComponentKind kind, std::string_view id) override;

  Shard& shard_;
  std::map<std::pair<ComponentKind, std::string>, Part*> parts_;
};

}  // namespace konduit::testkit
