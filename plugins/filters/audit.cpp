#include "filters/audit.hpp"

#include <chrono>
#include <utility>

#include "filters/audit_file.hpp"
#include "filters/audit_line.hpp"
#include "konduit/event.hpp"
#include "konduit/shard.hpp"

namespace konduit::filters {

namespace {

/// Shared by prepare() and the writer's thread, which hands its share back to the control shard.
struct Opening {
  explicit Opening(Shard& shard) : over(shard) {}

  Event over;
  error_code failure;
};

}  // namespace

Audit::Audit(const config::Node& node, Host& host)
    : host_(host), path_(node["file"].text()), capacity_(static_cast<std::size_t>(node["queue"].integer())) {
  if (node["file"] && node["file"].text().empty()) {
    host.report(node["file"], "is empty; leave it out to write to standard error");
  }
}

awaitable<void> Audit::prepare() {
  Shard& shard = *host_.shards().front();
  auto opening = std::make_shared<Opening>(shard);
  auto file = std::make_unique<AuditFile>(path_);
  const std::string name = file->name();
  const AuditWriter::Settings settings{.capacity = capacity_};
  writer_ = std::make_unique<AuditWriter>(std::move(file), settings, host_.log(), host_.metrics(),
                                          [&shard, opening](const error_code& failure) mutable {
                                            shard.post([opening = std::move(opening), failure] {
                                              opening->failure = failure;
                                              opening->over.set();
                                            });
                                          });
  const error_code late = co_await opening->over.wait(shard.now() + kPatience);
  const error_code failure = late ? late : opening->failure;
  if (failure) throw StartError("the audit cannot be opened: " + name + ": " + failure.message());
}

std::unique_ptr<FilterPart> Audit::attach(Attachment& attachment) {
  return std::make_unique<AuditPart>(attachment.shard(), writer_.get());
}

void AuditPart::on_end(const TunnelSummary& summary) {
  if (writer_ != nullptr) writer_->push(audit_line(summary, std::chrono::system_clock::now()));
}

awaitable<void> AuditPart::stop() {
  if (writer_ == nullptr) co_return;
  // Shared with the writer's thread, which hands its share back to this shard.
  auto written = std::make_shared<Event>(shard_);
  writer_->when_written(
      [&shard = shard_, written]() mutable { shard.post([written = std::move(written)] { written->set(); }); });
  co_await written->wait(shard_.now() + kPatience);
}

}  // namespace konduit::filters
