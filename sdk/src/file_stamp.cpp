#include "konduit/file_stamp.hpp"

#include <sys/stat.h>

#include <utility>

namespace konduit {
namespace {

std::int64_t nanoseconds(const timespec& time) noexcept {
  return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

FileStamp FileStamp::of(const std::string& path) noexcept {
  struct stat found{};
  if (::stat(path.c_str(), &found) != 0) return {};
  return {.device = found.st_dev,
          .inode = found.st_ino,
          .size = static_cast<std::uint64_t>(found.st_size),
          .changed_ns = nanoseconds(found.st_mtim),
          .replaced_ns = nanoseconds(found.st_ctim)};
}

FileStamps::FileStamps(std::vector<std::string> paths) : paths_(std::move(paths)) {
  for (const auto& path : paths_) stamps_.push_back(FileStamp::of(path));
}

bool FileStamps::changed() const noexcept {
  for (std::size_t index = 0; index != paths_.size(); ++index) {
    if (FileStamp::of(paths_[index]) != stamps_[index]) return true;
  }
  return false;
}

std::vector<std::string> FileStamps::changes() const {
  std::vector<std::string> changed;
  for (std::size_t index = 0; index != paths_.size(); ++index) {
    if (FileStamp::of(paths_[index]) != stamps_[index]) changed.push_back(paths_[index]);
  }
  return changed;
}

}  // namespace konduit
