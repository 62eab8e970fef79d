#pragma once

#include <map>
#include <string>
#include <string_view>

#include "support/temp_directory.hpp"

namespace konduit::test_support {

/// Files as Kubernetes mounts a secret: NAME is a link to ..data/NAME, and ..data one to a folder that is exchanged
/// whole when something changes. Throws std::filesystem::filesystem_error.
class MountedFiles {
 public:
  using Contents = std::map<std::string, std::string>;

  /// Creates the folder `name` in `folder`, which outlives this.
  MountedFiles(const TempDirectory& folder, const std::string& name, Contents contents);

  /// Puts what is given in place of the files of that name, all at once; the others stay.
  void exchange(const Contents& contents);
  std::string file(std::string_view name) const { return path_ + "/" + std::string(name); }

 private:
  void mount();

  const std::string path_;
  Contents contents_;
  unsigned version_ = 0;
};

}  // namespace konduit::test_support
