#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <string_view>

#include "support/temp_directory.hpp"

namespace konduit::loader {

/// A folder that only its owner can write, whatever the umask: what plugins are loaded from.
class TemporaryFolder {
 public:
  const std::filesystem::path& path() const noexcept { return path_; }

  std::filesystem::path write(const std::string& name, std::string_view bytes) const {
    const std::filesystem::path file = path_ / name;
    directory_.write(name, bytes);
    ::chmod(file.c_str(), 0644);
    return file;
  }

 private:
  test_support::TempDirectory directory_;
  std::filesystem::path path_ = std::filesystem::canonical(directory_.path());
};

}  // namespace konduit::loader
