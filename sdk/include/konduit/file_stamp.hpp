#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "konduit/api.hpp"

namespace konduit {

/// What tells one version of a file from another without reading it. Symbolic links are followed, so that a folder
/// swapped below one (as Kubernetes updates mounted secrets) shows. A file that is not there has a stamp too.
struct FileStamp {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t size = 0;
  std::int64_t changed_ns = 0;   ///< Of the contents.
  std::int64_t replaced_ns = 0;  ///< Of the inode: a file put in place of another keeps the older time of its contents.

  KONDUIT_API static FileStamp of(const std::string& path) noexcept;
  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

/// Several files that are read together.
class KONDUIT_API FileStamps {
 public:
  FileStamps() = default;
  /// Takes their stamps now: before they are read, or a change in between would be missed.
  explicit FileStamps(std::vector<std::string> paths);

  /// True if one of them is not what it was.
  bool changed() const noexcept;
  /// The paths of those that are not.
  std::vector<std::string> changes() const;
  const std::vector<std::string>& paths() const noexcept { return paths_; }

 private:
  std::vector<std::string> paths_;
  std::vector<FileStamp> stamps_;
};

}  // namespace konduit
