#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "konduit/config.hpp"

namespace konduit::config {

enum class Severity : std::uint8_t { error, warning };

/// One finding in a document.
struct Problem {
  Mark mark;           ///< Where; without a line if it concerns the document as a whole.
  std::string path;    ///< "runtime.shards"; may be empty.
  std::string what;    ///< What is wrong and what would be right.
  std::string plugin;  ///< Whose rule it is; empty for the core's own.
  Severity severity = Severity::error;

  /// "file:line:col: error: path: what (plugin)"; parts that are not known are left out.
  std::string text() const;
};

/// Everything found in one run over a document, so that all of it can be shown at once.
/// Thread: none of its own; used by one at a time.
class Problems {
 public:
  void add(Problem problem);
  void error(const Node& where, std::string what, std::string_view plugin = {});
  void warning(const Node& where, std::string what, std::string_view plugin = {});
  void error(const Mark& mark, std::string path, std::string what, std::string_view plugin = {});

  /// True if something was said of this very node.
  bool has(const Node& node) const;
  /// True if nothing prevents the document from being used; there may be warnings.
  bool ok() const noexcept { return errors_ == 0; }
  bool empty() const noexcept { return problems_.empty(); }
  std::size_t error_count() const noexcept { return errors_; }

  /// By position, without repetitions; what has no position comes last.
  std::vector<Problem> sorted() const;
  /// sorted(), one a line, each ended by a line feed.
  std::string text() const;

 private:
  std::vector<Problem> problems_;
  std::size_t errors_ = 0;
};

}  // namespace konduit::config
