#include "filters/audit_writer.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "filters/audit_line.hpp"

namespace konduit::filters {

AuditWriter::AuditWriter(AuditFile& file, Settings settings, Logger& log, Metrics& metrics)
    : file_(file),
      settings_(settings),
      log_(log),
      written_(metrics.counter("konduit_audit_lines_total", "Lines of audits, by what became of them.",
                               {{"result", "written"}})),
      dropped_(metrics.counter("konduit_audit_lines_total", "Lines of audits, by what became of them.",
                               {{"result", "dropped"}})),
      failures_(metrics.counter("konduit_audit_write_failures_total", "Attempts to write an audit that failed.")),
      thread_([this] { run(); }) {}

AuditWriter::~AuditWriter() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void AuditWriter::push(std::string line) {
  {
    const std::lock_guard lock(mutex_);
    if (pending_ >= settings_.capacity) {
      ++lost_;
      dropped_.add();
      return;
    }
    ++pending_;
    ++pushed_;
    queue_.push_back(std::move(line));
  }
  wake_.notify_one();
}

void AuditWriter::when_written(std::function<void()> done) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back({pushed_, std::move(done)});
  }
  wake_.notify_one();
}

void AuditWriter::run() {
  while (take()) {
    if (!write_text()) break;
    tell_written();
  }
  std::vector<Waiting> waiting;
  std::uint64_t lost = 0;
  {
    const std::lock_guard lock(mutex_);
    waiting.swap(waiting_);
    dropped_.add(pending_);
    lost = pending_ + lost_;
  }
  if (lost != 0) log_.error("lines of the audit were lost at the end", {{"file", file_.name()}, {"lines", lost}});
  for (auto& one : waiting) one.done();
}

bool AuditWriter::take() {
  std::vector<std::string> lines;
  std::uint64_t lost = 0;
  {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return !queue_.empty() || !waiting_.empty() || lost_ != 0 || ending_; });
    if (queue_.empty() && waiting_.empty() && lost_ == 0) return false;
    lines.swap(queue_);
    lost = std::exchange(lost_, 0);
  }
  text_.clear();
  offset_ = 0;
  text_lines_ = lines.size();
  taken_ += lines.size();
  for (const auto& line : lines) text_ += line;
  if (lost != 0) {
    log_.warning("lines of the audit were dropped", {{"file", file_.name()}, {"lines", lost}});
    text_ += audit_gap(lost, std::chrono::system_clock::now());
  }
  return true;
}

bool AuditWriter::write_text() {
  while (offset_ < text_.size()) {
    const auto followed = file_.follow();
    if (followed && *followed) start_line_again();
    const auto wrote = followed ? file_.append(std::string_view(text_).substr(offset_)) : followed.error();
    if (wrote) {
      offset_ += *wrote;
      recovered();
    } else if (!pause(wrote.error())) {
      return false;
    }
  }
  written_.add(text_lines_);
  const std::lock_guard lock(mutex_);
  pending_ -= text_lines_;
  return true;
}

/// The first part of a line is in a file that has been rotated away.
void AuditWriter::start_line_again() {
  if (offset_ == 0) return;
  const auto end = text_.rfind('\n', offset_ - 1);
  offset_ = end == std::string::npos ? 0 : end + 1;
}

bool AuditWriter::pause(const error_code& why) {
  failures_.add();
  if (!std::exchange(failing_, true)) {
    log_.error("the audit cannot be written; lines are kept, and dropped when there are too many",
               {{"file", file_.name()}, {"reason", why.message()}, {"kept", settings_.capacity}});
  }
  std::unique_lock lock(mutex_);
  if (ending_) return false;
  wake_.wait_for(lock, settings_.pause, [this] { return ending_; });
  return true;
}

void AuditWriter::recovered() {
  if (std::exchange(failing_, false)) log_.info("the audit can be written again", {{"file", file_.name()}});
}

void AuditWriter::tell_written() {
  std::vector<Waiting> done;
  {
    const std::lock_guard lock(mutex_);
    const auto rest = std::ranges::stable_partition(waiting_, [this](const auto& one) { return one.pushed > taken_; });
    std::ranges::move(rest, std::back_inserter(done));
    waiting_.erase(rest.begin(), rest.end());
  }
  for (auto& one : done) one.done();
}

}  // namespace konduit::filters
