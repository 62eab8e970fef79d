#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/changes.hpp"
#include "config/configuration.hpp"
#include "konduit/event.hpp"
#include "konduit/file_stamp.hpp"
#include "konduit/task_group.hpp"
#include "runtime/environment.hpp"
#include "runtime/generations.hpp"

namespace konduit::runtime {

/// Where a document comes from, so that it can be read again.
struct DocumentSource {
  /// Reads and checks it. Empty if anything is wrong with it: `problems` says what. Null: it cannot be read again.
  std::function<std::optional<config::Configuration>(config::Problems& problems)> read;
  FileStamps files;  ///< From before it was read; a change of one is a reason to read it again.
};

/// Reads the document again when it is asked to or when a file has changed, and puts it in force. One that is wrong
/// changes nothing. Requests that come while one is carried out are carried out together afterwards.
///
/// Thread: the control shard's. REQUIRES: stop() has completed before destruction.
class Reload {
 public:
  /// All are borrowed. `applied` is called when another document is in force; what it throws is logged.
  Reload(Environment& environment, Generations& generations, const config::ComponentCatalog& catalog,
         DocumentSource source, std::function<void()> applied);

  void start();
  void request();
  /// Completes when nothing is under way; from now on requests are refused.
  awaitable<void> stop();

 private:
  awaitable<void> run();
  awaitable<void> carry_out();
  void tell(const config::Changes& changes);
  void tell_applied();
  void refuse(const std::vector<std::string>& reasons);

  Environment& environment_;
  Generations& generations_;
  const config::ComponentCatalog& catalog_;
  const DocumentSource source_;
  const std::function<void()> applied_;
  Logger& log_;
  const std::shared_ptr<Metrics> metrics_;  // shared with the watch
  Counter& applied_count_;
  Counter& unchanged_count_;
  Counter& refused_count_;
  listener::FileWatches::WatchPtr watch_;
  TaskGroup tasks_;
  Event asked_;
  bool stopping_ = false;
};

}  // namespace konduit::runtime
