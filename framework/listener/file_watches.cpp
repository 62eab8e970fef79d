#include "listener/file_watches.hpp"

#include <algorithm>
#include <exception>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "konduit/shard.hpp"

namespace konduit::listener {

class FileWatches::Watch {
 public:
  Watch(FileWatches& owner, FileStamps stamps, Reload reload, Logger& log, std::shared_ptr<Metrics> metrics)
      : owner_(owner), stamps_(std::move(stamps)), reload_(std::move(reload)), log_(log), metrics_(std::move(metrics)) {
    owner_.watches_.push_back(this);
  }
  ~Watch() { std::erase(owner_.watches_, this); }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  void look() {
    const auto changes = stamps_.changes();
    unread_.insert(changes.begin(), changes.end());
    if (unread_.empty()) return;
    // Before they are read, so that what changes meanwhile is seen the next time. What fails is tried again each time:
    // certificate and key are replaced one after the other, and descriptors may be wanting for a while.
    stamps_ = FileStamps(stamps_.paths());
    try {
      reload_();
      tell_success();
    } catch (const std::exception& error) {
      if (changes.empty() && failure_ == error.what()) return;
      failure_ = error.what();
      tell_failure();
    }
  }

 private:
  void tell_success() {
    for (const auto& file : unread_) {
      count(file, "success");
      log_.info("a file has changed and was read again", {{"file", file}});
    }
    unread_.clear();
  }

  void tell_failure() {
    for (const auto& file : unread_) {
      count(file, "failure");
      log_.error("a file has changed and cannot be used: what was read before stays in force",
                 {{"file", file}, {"error", failure_}});
    }
  }

  void count(const std::string& file, const char* result) {
    Counter*& cell = counters_[{file, result}];
    if (!cell) {
      cell = &metrics_->counter("konduit_file_reloads_total", "Changed files that were read again, by what came of it.",
                                {{"file", file}, {"result", result}});
    }
    cell->add();
  }

  FileWatches& owner_;
  FileStamps stamps_;
  std::set<std::string> unread_;  // have changed since they could be used
  std::string failure_;           // the last one that was told
  const Reload reload_;
  Logger& log_;
  const std::shared_ptr<Metrics> metrics_;  // shared with whoever read the files; keeps the counters
  std::map<std::pair<std::string, std::string>, Counter*> counters_;  // by file and result
};

void FileWatches::WatchEnd::operator()(Watch* watch) const noexcept { delete watch; }

FileWatches::FileWatches(Shard& control) : control_(control), tasks_(control) {}

FileWatches::WatchPtr FileWatches::add(FileStamps stamps, Reload reload, Logger& log,
                                       std::shared_ptr<Metrics> metrics) {
  return WatchPtr(new Watch(*this, std::move(stamps), std::move(reload), log, std::move(metrics)));
}

void FileWatches::look() {
  // A copy: a reload may end a watch or begin another.
  for (Watch* watch : std::vector(watches_)) {
    if (std::ranges::find(watches_, watch) != watches_.end()) watch->look();
  }
}

void FileWatches::start() { tasks_.spawn(run()); }

awaitable<void> FileWatches::run() {
  for (;;) {
    const error_code ended = co_await control_.deadlines().wait(kLook);
    if (ended) co_return;
    look();
  }
}

awaitable<void> FileWatches::stop() {
  tasks_.cancel();
  co_await tasks_.join();
}

}  // namespace konduit::listener
