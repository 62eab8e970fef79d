#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "konduit/result.hpp"

namespace konduit::filters {

/// A file that lines are appended to, also while others rename it away, or standard error. No call waits for a reader
/// of a pipe. A file system may let any call wait all the same.
///
/// Thread: one at a time.
class AuditFile {
 public:
  /// Empty: standard error.
  explicit AuditFile(std::string path) : path_(std::move(path)) {}
  virtual ~AuditFile();
  AuditFile(const AuditFile&) = delete;
  AuditFile& operator=(const AuditFile&) = delete;

  /// Opens it, and makes it where it is not there (mode 0640).
  virtual error_code open();
  /// Opens what the path names now if that is another file, or none. True if so. While it cannot be opened the old one
  /// stays.
  virtual Result<bool> follow();
  /// Appends a prefix of `bytes` and returns its length (> 0). would_block where a pipe is full.
  virtual Result<std::size_t> append(std::string_view bytes);

  /// For messages. Any thread.
  std::string name() const { return path_.empty() ? "standard error" : path_; }

 private:
  void close() noexcept;

  const std::string path_;
  int descriptor_ = -1;
  bool regular_ = false;
};

}  // namespace konduit::filters
