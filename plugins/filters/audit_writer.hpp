#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "filters/audit_file.hpp"
#include "konduit/log.hpp"
#include "konduit/metrics.hpp"

namespace konduit::filters {

/// Writes lines to a file on a thread of its own, so that nobody waits for a disk.
///
/// At most `capacity` lines wait; what comes beyond is dropped, counted, and said: in the log, and by a line in the
/// file where it would have stood. A line that cannot be written (no space) is kept and tried again; one that was
/// written in part is completed, or, if the file has been rotated in between, written again as a whole.
///
/// A file may keep its thread for ever: one on a server that does not answer any more. The writer ends all the same and
/// leaves the thread behind, which writes what it has if the file ever answers, ends by itself, and tells nobody.
class AuditWriter {
 public:
  struct Settings {
    std::size_t capacity = 10000;
    /// Between attempts while writing fails.
    std::chrono::milliseconds pause = std::chrono::seconds(1);
    /// How long one call of the file may have lasted when the writer ends.
    std::chrono::milliseconds patience = std::chrono::seconds(1);
  };

  /// Starts the thread, which opens `file` and calls `opened` with what came of that. Where it failed nothing is
  /// written. `log` and `metrics` outlive the writer.
  AuditWriter(std::unique_ptr<AuditFile> file, Settings settings, Logger& log, Metrics& metrics,
              std::function<void(const error_code&)> opened);
  /// Tries once more to write what waits, for as long as the file answers; what cannot be written is lost.
  ~AuditWriter();
  AuditWriter(const AuditWriter&) = delete;
  AuditWriter& operator=(const AuditWriter&) = delete;

  /// Any thread; never waits for the file.
  void push(std::string line);
  /// Calls `done` when all that was pushed before has been written, or when the writer ends. On any thread; it may not
  /// call the writer.
  void when_written(std::function<void()> done);

 private:
  class Work;

  const std::shared_ptr<Work> work_;  // shared with the thread
  std::thread thread_;
};

}  // namespace konduit::filters
