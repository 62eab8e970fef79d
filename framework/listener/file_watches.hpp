#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "konduit/asio.hpp"
#include "konduit/file_stamp.hpp"
#include "konduit/log.hpp"
#include "konduit/metrics.hpp"
#include "konduit/task_group.hpp"

namespace konduit {
class Shard;
}

namespace konduit::listener {

/// Files that somebody has read and that may change: certificates, authorities, tokens. They are looked at every few
/// seconds, off the data path; whoever read them is told to read them again.
///
/// Thread: the control shard's. REQUIRES: stop() has completed, and every watch has gone, before destruction.
class FileWatches {
 public:
  static constexpr Duration kLook = std::chrono::seconds(5);

  /// Reads the files again, for what begins from now on. What it throws is logged, once for each change and reason; it
  /// then goes on with what it had and is called again at each look until it succeeds.
  using Reload = std::function<void()>;

  /// For as long as it lives the files are looked at.
  class Watch;
  struct WatchEnd {
    void operator()(Watch* watch) const noexcept;
  };
  using WatchPtr = std::unique_ptr<Watch, WatchEnd>;

  explicit FileWatches(Shard& control);
  FileWatches(const FileWatches&) = delete;
  FileWatches& operator=(const FileWatches&) = delete;

  /// `stamps` are from before the files were read.
  WatchPtr add(FileStamps stamps, Reload reload, Logger& log, std::shared_ptr<Metrics> metrics);

  /// Looks at all files once.
  void look();

  void start();
  /// Idempotent; legal without start().
  awaitable<void> stop();

 private:
  awaitable<void> run();

  Shard& control_;
  std::vector<Watch*> watches_;
  TaskGroup tasks_;
};

}  // namespace konduit::listener
