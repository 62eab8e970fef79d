#include "support/mounted_files.hpp"

#include <filesystem>
#include <fstream>
#include <utility>

namespace konduit::test_support {

namespace fs = std::filesystem;

MountedFiles::MountedFiles(const TempDirectory& folder, const std::string& name, Contents contents)
    : path_(folder.file(name)), contents_(std::move(contents)) {
  fs::create_directory(path_);
  mount();
  for (const auto& [file_name, text] : contents_) fs::create_symlink("..data/" + file_name, file(file_name));
}

void MountedFiles::exchange(const Contents& contents) {
  for (const auto& [name, text] : contents) contents_.at(name) = text;
  mount();
}

void MountedFiles::mount() {
  const std::string version = ".." + std::to_string(++version_);
  fs::create_directory(file(version));
  for (const auto& [name, text] : contents_) std::ofstream(file(version) + "/" + name) << text;
  fs::create_symlink(version, file("..data_tmp"));
  fs::rename(file("..data_tmp"), file("..data"));
  // The kubelet removes the old folder, and whoever has a file of it open keeps that.
  if (version_ > 1) fs::remove_all(file(".." + std::to_string(version_ - 1)));
}

}  // namespace konduit::test_support
