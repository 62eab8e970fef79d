#include "telemetry/log.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstring>
#include <limits>
#include <map>
#include <mutex>

#include "konduit/error.hpp"
#include "telemetry/log_record.hpp"

namespace konduit::telemetry {
namespace {

/// How long all may wait for a pipe or terminal that takes nothing, before lines are lost instead.
constexpr int kPatienceMilliseconds = 10;

/// What a descriptor that is writable takes without waiting.
std::size_t taken_at_once(int descriptor) {
  struct stat about;
  const bool file = ::fstat(descriptor, &about) == 0 && S_ISREG(about.st_mode);
  return file ? std::numeric_limits<std::size_t>::max() : PIPE_BUF;
}

/// Writes each line with one write(2) in append mode, so that lines of several processes do not mix. spdlog's own file
/// sink would buffer, and throw when the disk is full. Whoever reads the log at the other end of a pipe cannot stop the
/// process: O_NONBLOCK would be everybody's who shares the descriptor, so that it is asked first.
class LineSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  LineSink(int descriptor, bool owned) : descriptor_(descriptor), owned_(owned), at_once_(taken_at_once(descriptor)) {
    formatter_ = std::make_unique<spdlog::pattern_formatter>("%v", spdlog::pattern_time_type::utc, "\n");
  }
  ~LineSink() override {
    if (owned_) ::close(descriptor_);
  }

  void replace(int descriptor) {
    const std::lock_guard lock(mutex_);
    if (owned_) ::close(descriptor_);
    descriptor_ = descriptor;
    owned_ = true;
    at_once_ = taken_at_once(descriptor);
    torn_ = stuck_ = false;
  }
  std::uint64_t lost() const noexcept { return lost_.load(std::memory_order_relaxed); }
  void count_lost() noexcept { lost_.fetch_add(1, std::memory_order_relaxed); }

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    line_.clear();
    // What a full disk cut off stands on a line of its own.
    if (torn_) line_.push_back('\n');
    formatter_->format(message, line_);
    std::size_t done = 0;
    while (done < line_.size() && takes()) {
      const ssize_t count = ::write(descriptor_, line_.data() + done, std::min(line_.size() - done, at_once_));
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) break;
      done += static_cast<std::size_t>(count);
    }
    if (done == line_.size()) {
      torn_ = false;
    } else {
      torn_ = torn_ || done > 0;
      count_lost();
    }
  }
  void flush_() override {}

 private:
  /// Files always do.
  bool takes() {
    pollfd output{descriptor_, POLLOUT, 0};
    int ready;
    do {
      ready = ::poll(&output, 1, stuck_ ? 0 : kPatienceMilliseconds);
    } while (ready < 0 && errno == EINTR);
    stuck_ = ready == 0;
    return !stuck_;
  }

  int descriptor_;
  bool owned_;
  std::size_t at_once_;
  bool torn_ = false;
  bool stuck_ = false;
  spdlog::memory_buf_t line_;
  std::atomic<std::uint64_t> lost_{0};
};

int open_log(const std::string& file, int more = 0) {
  return ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | more, 0640);
}

std::string open_error(const std::string& file, int error) {
  return "cannot open the log file " + file + ": " + std::strerror(error);
}

std::shared_ptr<LineSink> make_sink(const std::string& file) {
  if (file.empty()) return std::make_shared<LineSink>(STDERR_FILENO, false);
  const int descriptor = open_log(file);
  if (descriptor < 0) throw StartError(open_error(file, errno));
  return std::make_shared<LineSink>(descriptor, true);
}

}  // namespace

struct LogOutput::Impl {
  explicit Impl(const LogSettings& chosen)
      : settings(chosen), sink(make_sink(chosen.file)), lines("konduit", sink), copies("konduit", make_sink({})) {
    // Levels are judged before a line is made; spdlog passes everything on.
    for (spdlog::logger* output : {&lines, &copies}) {
      output->set_level(spdlog::level::trace);
      output->set_error_handler([this](const std::string&) { sink->count_lost(); });
    }
  }

  void write(const LogRecord& record) {
    std::string line;
    line.reserve(256);
    if (settings.format == LogFormat::json) {
      append_json_line(line, record);
    } else {
      append_text(line, record);
    }
    const spdlog::string_view_t text(line.data(), line.size());
    lines.log(spdlog::level::critical, text);
    if (!settings.file.empty() && record.level >= settings.stderr_level) copies.log(spdlog::level::critical, text);
  }

  const LogSettings settings;
  std::shared_ptr<LineSink> sink;  // shared with spdlog's logger, which asks for it
  spdlog::logger lines;
  spdlog::logger copies;  // on standard error, of what goes to a file
  std::mutex mutex;
  std::map<std::string, std::unique_ptr<ComponentLogger>, std::less<>> loggers;
};

class LogOutput::ComponentLogger final : public Logger {
 public:
  ComponentLogger(Impl& output, std::string component) : output_(output), component_(std::move(component)) {}

  bool enabled(LogLevel level) const noexcept override {
    return level >= output_.settings.level && level != LogLevel::off;
  }

  void write(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) noexcept override {
    if (!enabled(level)) return;
    try {
      output_.write({std::chrono::system_clock::now(), level, component_, message, {fields.begin(), fields.size()}});
    } catch (...) {
      output_.sink->count_lost();
    }
  }

 private:
  Impl& output_;
  const std::string component_;
};

LogOutput::LogOutput(const LogSettings& settings) : impl_(std::make_unique<Impl>(settings)) {}
LogOutput::~LogOutput() = default;

Logger& LogOutput::logger(const std::string& component) {
  const std::lock_guard lock(impl_->mutex);
  auto& logger = impl_->loggers[component];
  if (!logger) logger = std::make_unique<ComponentLogger>(*impl_, component);
  return *logger;
}

std::string LogOutput::reopen() {
  const std::string& file = impl_->settings.file;
  if (file.empty()) return {};
  // Opening a pipe would wait for its reader.
  const int descriptor = open_log(file, O_NONBLOCK);
  if (descriptor < 0) return open_error(file, errno);
  impl_->sink->replace(descriptor);
  return {};
}

std::uint64_t LogOutput::lost() const noexcept { return impl_->sink->lost(); }

}  // namespace konduit::telemetry
