#pragma once

#include <string>
#include <string_view>

namespace konduit::test_support {

/// A directory of its own that is removed, with all that is in it, at the end.
class TempDirectory {
 public:
  TempDirectory();
  ~TempDirectory();
  TempDirectory(const TempDirectory&) = delete;
  TempDirectory& operator=(const TempDirectory&) = delete;

  const std::string& path() const noexcept { return path_; }
  /// The path of `name` in here.
  std::string file(std::string_view name) const;
  /// Writes (or replaces) a file and returns its path.
  std::string write(std::string_view name, std::string_view text) const;
  /// What is in a file; nothing where there is none.
  std::string read(std::string_view name) const;

 private:
  std::string path_;
};

}  // namespace konduit::test_support
