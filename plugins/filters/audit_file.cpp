#include "filters/audit_file.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace konduit::filters {

namespace {

/// What a pipe that is ready takes without waiting (POSIX: at least 512; Linux: 4096).
constexpr std::size_t kPiece = 4096;

error_code last_error() { return {errno, boost::system::system_category()}; }

}  // namespace

AuditFile::~AuditFile() { close(); }

void AuditFile::close() noexcept {
  if (descriptor_ >= 0 && descriptor_ != STDERR_FILENO) ::close(descriptor_);
  descriptor_ = -1;
}

error_code AuditFile::open() {
  int opened = STDERR_FILENO;
  if (!path_.empty()) {
    // A pipe without a reader must be an error, not a wait.
    opened = ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0640);
    if (opened < 0) return last_error();
  }
  struct stat status{};
  regular_ = ::fstat(opened, &status) == 0 && S_ISREG(status.st_mode);
  close();
  descriptor_ = opened;
  return {};
}

Result<bool> AuditFile::follow() {
  if (path_.empty()) return false;
  struct stat there{};
  struct stat mine{};
  const bool same = ::stat(path_.c_str(), &there) == 0 && ::fstat(descriptor_, &mine) == 0 &&
                    there.st_dev == mine.st_dev && there.st_ino == mine.st_ino;
  if (same) return false;
  if (const auto failed = open()) return {boost::system::in_place_error, failed};
  return true;
}

Result<std::size_t> AuditFile::append(std::string_view bytes) {
  if (!regular_) {
    pollfd ready{.fd = descriptor_, .events = POLLOUT, .revents = 0};
    if (::poll(&ready, 1, 0) == 0) return make_error_code(StreamErrc::would_block);
    bytes = bytes.substr(0, kPiece);
  }
  ssize_t written = 0;
  do {
    written = ::write(descriptor_, bytes.data(), bytes.size());
  } while (written < 0 && errno == EINTR);
  if (written < 0) return last_error();
  if (written == 0) return error_code(ENOSPC, boost::system::system_category());
  return static_cast<std::size_t>(written);
}

}  // namespace konduit::filters
