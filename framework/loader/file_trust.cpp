#include "loader/file_trust.hpp"

#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

namespace konduit::loader {
namespace {

namespace fs = std::filesystem;

bool trusted(uid_t owner) {
  if (owner == 0 || owner == ::geteuid()) return true;
  struct stat program{};
  return ::stat("/proc/self/exe", &program) == 0 && owner == program.st_uid;
}

std::string owner_text(uid_t owner) {
  return "it belongs to user " + std::to_string(owner) +
         ", who is neither root nor the user of this process nor the owner of this program: chown it to root";
}

/// The objection to a file, or to the folder that it is in.
std::string distrust_entry(const fs::path& path, const char* what) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return std::string("cannot look at ") + what + ": " + std::strerror(errno);
  const std::string where = std::string(what) + " ";
  if (!trusted(status.st_uid)) return where + path.string() + " is not to be trusted: " + owner_text(status.st_uid);
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) == 0) return {};
  std::string text = where + path.string() + " can be written by others: run chmod go-w " + path.string();
  if (status.st_mode & S_ISVTX) text += " (its sticky bit does not keep others from adding files)";
  return text;
}

/// The objection to a folder above the one that the file is in: others may not be able to swap what is below it.
std::string distrust_ancestor(const fs::path& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return "cannot look at folder " + path.string() + ": " + std::strerror(errno);
  if (!trusted(status.st_uid)) return "folder " + path.string() + " is not to be trusted: " + owner_text(status.st_uid);
  if ((status.st_mode & S_IWOTH) == 0 || (status.st_mode & S_ISVTX) != 0) return {};
  return "folder " + path.string() + " can be written by everybody, who could replace what is in it: run chmod o-w " +
         path.string();
}

}  // namespace

std::string distrust(const fs::path& file) {
  if (std::string text = distrust_entry(file, "file"); !text.empty()) return text;
  fs::path folder = file.parent_path();
  if (std::string text = distrust_entry(folder, "folder"); !text.empty()) return text;
  while (folder != folder.parent_path()) {
    folder = folder.parent_path();
    if (std::string text = distrust_ancestor(folder); !text.empty()) return text;
  }
  return {};
}

std::string sha256_of(int descriptor) {
  const auto free_context = [](EVP_MD_CTX* context) { EVP_MD_CTX_free(context); };
  const std::unique_ptr<EVP_MD_CTX, decltype(free_context)> context(EVP_MD_CTX_new(), free_context);
  if (!context || EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) != 1) return {};
  std::array<unsigned char, 16 * 1024> block;
  for (off_t offset = 0;;) {
    const ssize_t count = ::pread(descriptor, block.data(), block.size(), offset);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return {};
    if (count == 0) break;
    if (EVP_DigestUpdate(context.get(), block.data(), static_cast<std::size_t>(count)) != 1) return {};
    offset += count;
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  if (EVP_DigestFinal_ex(context.get(), digest.data(), &size) != 1) return {};
  std::string text;
  for (unsigned i = 0; i < size; ++i) {
    constexpr char kDigits[] = "0123456789abcdef";
    text += kDigits[digest[i] >> 4];
    text += kDigits[digest[i] & 15];
  }
  return text;
}

}  // namespace konduit::loader
