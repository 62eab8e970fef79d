#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "filters/audit_file.hpp"
#include "konduit/log.hpp"
#include "konduit/metrics.hpp"

namespace konduit::filters {

/// Writes lines to a file on a thread of its own, so that nobody waits for a disk.
///
/// At most `capacity` lines wait; what comes beyond is dropped, counted, and said: in the log, and by a line in the
/// file where it would have stood. A line that cannot be written (no space) is kept and tried again; one that was
/// written in part is completed, or, if the file has been rotated in between, written again as a whole.
class AuditWriter {
 public:
  struct Settings {
    std::size_t capacity = 10000;
    /// Between attempts while writing fails.
    std::chrono::milliseconds pause = std::chrono::seconds(1);
  };

  /// `file` is open. `log` and `metrics` outlive the writer. Starts the thread.
  AuditWriter(AuditFile& file, Settings settings, Logger& log, Metrics& metrics);
  /// Tries once more to write what waits; what cannot be written is lost.
  ~AuditWriter();
  AuditWriter(const AuditWriter&) = delete;
  AuditWriter& operator=(const AuditWriter&) = delete;

  /// Any thread; never waits for the file.
  void push(std::string line);
  /// Calls `done` on the writer's thread when all that was pushed before has been written, or when the writer ends.
  void when_written(std::function<void()> done);

 private:
  struct Waiting {
    std::uint64_t pushed = 0;  // lines that must be written first
    std::function<void()> done;
  };

  void run();
  /// Moves what waits to text_. False when there is nothing and the writer ends.
  bool take();
  /// Writes all of text_. False where the writer ends before it could.
  bool write_text();
  void start_line_again();
  /// Waits before the next attempt. False if the writer ends.
  bool pause(const error_code& why);
  void recovered();
  void tell_written();

  AuditFile& file_;
  const Settings settings_;
  Logger& log_;
  Counter& written_;
  Counter& dropped_;
  Counter& failures_;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<std::string> queue_;
  std::vector<Waiting> waiting_;
  std::size_t pending_ = 0;  // lines in queue_ and text_
  std::uint64_t pushed_ = 0;
  std::uint64_t lost_ = 0;  // since it was last said
  bool ending_ = false;

  // The thread's own.
  std::string text_;
  std::size_t text_lines_ = 0;
  std::size_t offset_ = 0;  // what of text_ has been written
  std::uint64_t taken_ = 0;
  bool failing_ = false;
  std::thread thread_;
};

}  // namespace konduit::filters
