#include "filters/audit.hpp"

#include <chrono>
#include <utility>

#include "filters/audit_line.hpp"
#include "konduit/event.hpp"
#include "konduit/shard.hpp"

namespace konduit::filters {

Audit::Audit(const config::Node& node, Host& host)
    : host_(host), file_(node["file"].text()), capacity_(static_cast<std::size_t>(node["queue"].integer())) {
  if (node["file"] && node["file"].text().empty()) {
    host.report(node["file"], "is empty; leave it out to write to standard error");
  }
}

awaitable<void> Audit::prepare() {
  if (const auto failed = file_.open()) {
    throw StartError("the audit cannot be opened: " + file_.name() + ": " + failed.message());
  }
  writer_ =
      std::make_unique<AuditWriter>(file_, AuditWriter::Settings{.capacity = capacity_}, host_.log(), host_.metrics());
  co_return;
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
