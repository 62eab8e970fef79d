#include "filters/audit_writer.hpp"

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <initializer_list>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "filters/audit_line.hpp"

namespace konduit::filters {

namespace {

using Clock = std::chrono::steady_clock;

/// What one call appends, about: a slow file shows in between that it answers.
constexpr std::size_t kPiece = 65536;

}  // namespace

/// What the writer's thread does, and all that it needs for it: the thread may outlive the writer.
class AuditWriter::Work {
 public:
  Work(std::unique_ptr<AuditFile> file, Settings settings, Logger& log, Metrics& metrics,
       std::function<void(const error_code&)> opened);

  void push(std::string line);
  void when_written(std::function<void()> done);
  /// The whole life of the thread.
  void run();
  /// Tells the thread to end. False where it has not in time: from then on it touches nothing but what is here.
  bool end();

 private:
  struct Waiting {
    std::uint64_t pushed = 0;  // lines that must be written first
    std::function<void()> done;
  };

  /// A call that may keep the thread for ever: end() sees how long it has lasted.
  class Call {
   public:
    explicit Call(Work& work) : work_(work) {
      const std::lock_guard lock(work_.mutex_);
      work_.called_ = Clock::now();
    }
    ~Call() {
      const std::lock_guard lock(work_.mutex_);
      work_.called_.reset();
    }
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

   private:
    Work& work_;
  };

  /// False where a call lasts for too long.
  bool await_thread(std::unique_lock<std::mutex>& lock);

  bool open();
  /// Moves what waits to text_. False when there is nothing and the writer ends.
  bool take();
  /// Writes all of text_. False where the writer ends before it could.
  bool write_text();
  Result<std::size_t> append();
  std::string_view next_piece() const;
  void start_line_again();
  /// Waits before the next attempt. False if the writer ends.
  bool pause(const error_code& why);
  void recovered();
  void tell_written();
  /// The thread's way to the log.
  void say(LogLevel level, std::string_view message, std::initializer_list<LogField> fields);

  const std::string name_;
  const Settings settings_;

  // Held also while the thread counts, or tells a shard: once heard_ is false they may be gone. Never held while the
  // file or the log is called, as push() takes it.
  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable over_;
  Logger& log_;
  Counter& written_;
  Counter& dropped_;
  Counter& failures_;
  std::function<void(const error_code&)> opened_;
  std::vector<std::string> queue_;
  std::vector<Waiting> waiting_;
  std::size_t pending_ = 0;  // lines in queue_ and text_
  std::uint64_t pushed_ = 0;
  std::uint64_t lost_ = 0;  // since it was last said
  bool ending_ = false;
  bool ended_ = false;
  bool heard_ = true;
  bool saying_ = false;                      // the thread is in the log
  std::optional<Clock::time_point> called_;  // since when the thread is in a call

  // The thread's own.
  std::unique_ptr<AuditFile> file_;
  std::string text_;
  std::size_t text_lines_ = 0;
  std::size_t offset_ = 0;  // what of text_ has been written
  std::uint64_t taken_ = 0;
  bool failing_ = false;
};

AuditWriter::AuditWriter(std::unique_ptr<AuditFile> file, Settings settings, Logger& log, Metrics& metrics,
                         std::function<void(const error_code&)> opened)
    : work_(std::make_shared<Work>(std::move(file), settings, log, metrics, std::move(opened))),
      thread_([work = work_] { work->run(); }) {}

// A plugin is never unloaded: the code of a thread that is left behind stays.
AuditWriter::~AuditWriter() { work_->end() ? thread_.join() : thread_.detach(); }

void AuditWriter::push(std::string line) { work_->push(std::move(line)); }

void AuditWriter::when_written(std::function<void()> done) { work_->when_written(std::move(done)); }

AuditWriter::Work::Work(std::unique_ptr<AuditFile> file, Settings settings, Logger& log, Metrics& metrics,
                        std::function<void(const error_code&)> opened)
    : name_(file->name()),
      settings_(settings),
      log_(log),
      written_(metrics.counter("konduit_audit_lines_total", "Lines of audits, by what became of them.",
                               {{"result", "written"}})),
      dropped_(metrics.counter("konduit_audit_lines_total", "Lines of audits, by what became of them.",
                               {{"result", "dropped"}})),
      failures_(metrics.counter("konduit_audit_write_failures_total", "Attempts to write an audit that failed.")),
      opened_(std::move(opened)),
      file_(std::move(file)) {}

void AuditWriter::Work::push(std::string line) {
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

void AuditWriter::Work::when_written(std::function<void()> done) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back({pushed_, std::move(done)});
  }
  wake_.notify_one();
}

void AuditWriter::Work::run() {
  if (open()) {
    while (take() && write_text()) tell_written();
  }
  {
    const Call call(*this);
    file_.reset();
  }
  const std::lock_guard lock(mutex_);
  ended_ = true;
  over_.notify_one();
}

bool AuditWriter::Work::end() {
  std::unique_lock lock(mutex_);
  ending_ = true;
  wake_.notify_one();
  const bool ended = await_thread(lock);
  heard_ = false;
  const bool log_answers = !saying_;
  const auto opened = std::exchange(opened_, nullptr);
  const auto waiting = std::exchange(waiting_, {});
  dropped_.add(pending_);
  const std::uint64_t lost = pending_ + lost_;
  lock.unlock();

  if (log_answers && !ended) log_.error("the audit ends while its file does not answer", {{"file", name_}});
  if (log_answers && lost != 0) {
    log_.error("lines of the audit were lost at the end", {{"file", name_}, {"lines", lost}});
  }
  for (const auto& one : waiting) one.done();
  return ended;
}

bool AuditWriter::Work::await_thread(std::unique_lock<std::mutex>& lock) {
  while (!ended_) {
    const auto now = Clock::now();
    const auto limit = called_.value_or(now) + settings_.patience;
    if (called_ && now >= limit) return false;
    over_.wait_until(lock, limit);
  }
  return true;
}

bool AuditWriter::Work::open() {
  error_code failure;
  {
    const Call call(*this);
    failure = file_->open();
  }
  const std::lock_guard lock(mutex_);
  if (heard_) std::exchange(opened_, nullptr)(failure);
  return !failure;
}

bool AuditWriter::Work::take() {
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
    say(LogLevel::warning, "lines of the audit were dropped", {{"file", name_}, {"lines", lost}});
    text_ += audit_gap(lost, std::chrono::system_clock::now());
  }
  return true;
}

bool AuditWriter::Work::write_text() {
  while (offset_ < text_.size()) {
    const auto wrote = append();
    if (wrote) {
      offset_ += *wrote;
      recovered();
    } else if (!pause(wrote.error())) {
      return false;
    }
  }
  const std::lock_guard lock(mutex_);
  if (heard_) written_.add(text_lines_);
  pending_ -= text_lines_;
  return true;
}

Result<std::size_t> AuditWriter::Work::append() {
  const Call call(*this);
  const auto followed = file_->follow();
  if (!followed) return followed.error();
  if (*followed) start_line_again();
  return file_->append(next_piece());
}

/// Whole lines, so that none is torn without need when the file is rotated.
std::string_view AuditWriter::Work::next_piece() const {
  const auto rest = std::string_view(text_).substr(offset_);
  if (rest.size() <= kPiece) return rest;
  auto end = rest.rfind('\n', kPiece - 1);
  if (end == std::string_view::npos) end = rest.find('\n', kPiece);
  return end == std::string_view::npos ? rest : rest.substr(0, end + 1);
}

/// The first part of a line is in a file that has been rotated away.
void AuditWriter::Work::start_line_again() {
  if (offset_ == 0) return;
  const auto end = text_.rfind('\n', offset_ - 1);
  offset_ = end == std::string::npos ? 0 : end + 1;
}

bool AuditWriter::Work::pause(const error_code& why) {
  {
    const std::lock_guard lock(mutex_);
    if (!heard_) return false;
    failures_.add();
  }
  if (!std::exchange(failing_, true)) {
    say(LogLevel::error, "the audit cannot be written; lines are kept, and dropped when there are too many",
        {{"file", name_}, {"reason", why.message()}, {"kept", settings_.capacity}});
  }
  std::unique_lock lock(mutex_);
  if (ending_) return false;
  wake_.wait_for(lock, settings_.pause, [this] { return ending_; });
  return true;
}

void AuditWriter::Work::recovered() {
  if (std::exchange(failing_, false)) say(LogLevel::info, "the audit can be written again", {{"file", name_}});
}

void AuditWriter::Work::tell_written() {
  const std::lock_guard lock(mutex_);
  const auto done = std::ranges::stable_partition(waiting_, [this](const auto& one) { return one.pushed > taken_; });
  for (auto& one : done) one.done();
  waiting_.erase(done.begin(), done.end());
}

/// A log that keeps the thread for ever is left like a file: the thread touches nothing behind this one call.
void AuditWriter::Work::say(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
  {
    const std::lock_guard lock(mutex_);
    if (!heard_) return;
    saying_ = true;
  }
  {
    const Call call(*this);
    if (log_.enabled(level)) log_.write(level, message, fields);
  }
  const std::lock_guard lock(mutex_);
  saying_ = false;
}

}  // namespace konduit::filters
