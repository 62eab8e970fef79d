#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "filters/audit_writer.hpp"
#include "konduit/filter.hpp"

namespace konduit::filters {

/// Writes a line of JSON for every tunnel, and for every dial that came to nothing.
class Audit final : public Filter {
 public:
  /// How long the file may take to open.
  static constexpr Duration kPatience = std::chrono::seconds(5);

  Audit(const config::Node& node, Host& host);

  /// Starts the thread that writes the file, and waits until it has opened it.
  awaitable<void> prepare() override;
  std::unique_ptr<FilterPart> attach(Attachment& attachment) override;

 private:
  Host& host_;
  const std::string path_;
  const std::size_t capacity_;
  std::unique_ptr<AuditWriter> writer_;  // null in a rehearsal
};

class AuditPart final : public FilterPart {
 public:
  /// How long the end of a part waits for its lines to be written.
  static constexpr Duration kPatience = std::chrono::seconds(2);

  /// `writer` outlives the part; null: nothing is written.
  AuditPart(Shard& shard, AuditWriter* writer) : shard_(shard), writer_(writer) {}

  void on_end(const TunnelSummary& summary) override;
  awaitable<void> stop() override;

 private:
  Shard& shard_;
  AuditWriter* const writer_;
};

}  // namespace konduit::filters
