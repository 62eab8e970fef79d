#include "transport-uds/socket_file.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "konduit/error.hpp"
#include "socket/errors.hpp"

#include "transport-uds/uds_url.hpp"

namespace konduit::transport_uds {

namespace {

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
  throw StartError("cannot listen on uds://" + path + ": " + why);
}

std::string advice(const std::string& path, int number) {
  const std::string folder = path.substr(0, path.rfind('/') + 1);
  switch (number) {
    case ENOENT: return "the directory " + folder + " does not exist";
    case ENOTDIR: return folder + " is not a directory";
    case EACCES:
    case EPERM: return "permission denied in the directory " + folder;
    case EROFS: return "the file system of " + folder + " is read-only";
    case EADDRINUSE: return "the file exists";
    default: return socket::error_words(number);
  }
}

bool bind_to(int descriptor, const std::string& path) noexcept {
  const sockaddr_un address = address_of(path);
  return ::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

/// Whether a process listens on the socket. Anything but a clear no counts as yes.
bool somebody_listens(const std::string& path) {
  const socket::FileDescriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!probe) refuse(path, socket::error_words(errno));
  const sockaddr_un address = address_of(path);
  if (::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return true;
  if (errno == EACCES)
    refuse(path, "the socket exists, and permission to ask whether somebody listens on it is denied");
  return errno != ECONNREFUSED && errno != ENOENT;
}

/// Clears the way for bind(), or says why it must not.
void remove_stale(const std::string& path, bool unlink_existing) {
  struct stat there{};
  if (::lstat(path.c_str(), &there) != 0) return;
  if (!S_ISSOCK(there.st_mode)) refuse(path, "the file exists and is not a socket; it is left alone");
  if (somebody_listens(path)) refuse(path, "address in use by a running process");
  if (!unlink_existing) refuse(path, "a socket that nobody listens on exists; remove it, or set unlink_existing: true");
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
    refuse(path, "the socket that nobody listens on cannot be removed: " + advice(path, errno));
  }
}

}  // namespace

SocketFile::SocketFile(int descriptor, std::string path, mode_t mode, bool unlink_existing) : path_(std::move(path)) {
  remove_stale(path_, unlink_existing);
  // Linux gives the file the mode of the socket less the umask; the umask itself belongs to the whole process.
  ::fchmod(descriptor, mode);
  if (!bind_to(descriptor, path_)) refuse(path_, advice(path_, errno));
  struct stat made{};
  if (::chmod(path_.c_str(), mode) != 0 || ::lstat(path_.c_str(), &made) != 0) {
    const int number = errno;
    ::unlink(path_.c_str());
    refuse(path_, "the socket's mode cannot be set: " + socket::error_words(number));
  }
  device_ = made.st_dev;
  inode_ = made.st_ino;
}

SocketFile::~SocketFile() {
  struct stat there{};
  const bool ours = ::lstat(path_.c_str(), &there) == 0 && there.st_dev == device_ && there.st_ino == inode_;
  if (ours) ::unlink(path_.c_str());
}

}  // namespace konduit::transport_uds
