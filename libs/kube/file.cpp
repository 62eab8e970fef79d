#include "kube/file.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "konduit/error.hpp"

namespace konduit::kube {
namespace {

constexpr std::size_t kLargest = 1024 * 1024;
constexpr std::string_view kBlank = " \t\r\n";

struct FileClose {
  void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};

}  // namespace

std::string read_file(const std::string& path, std::string_view kind) {
  const auto fail = [&](const std::string& why) {
    throw StartError("cannot read " + std::string(kind) + " file " + path + ": " + why);
  };
  const std::unique_ptr<std::FILE, FileClose> file(std::fopen(path.c_str(), "rbe"));
  if (!file) fail(std::strerror(errno));
  std::string text;
  char piece[4096];
  while (const std::size_t count = std::fread(piece, 1, sizeof piece, file.get())) {
    text.append(piece, count);
    if (text.size() > kLargest) fail("it is larger than 1 MiB");
  }
  if (std::ferror(file.get())) fail(std::strerror(errno));
  return text;
}

std::string_view trimmed(std::string_view text) noexcept {
  const std::size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

std::string decoded_base64(std::string_view text, const std::string& source) {
  std::string packed;
  std::ranges::copy_if(text, std::back_inserter(packed),
                       [](char c) { return kBlank.find(c) == std::string_view::npos; });
  const auto bad = [&]() -> StartError { return StartError(source + " is not base64"); };
  if (packed.size() % 4 != 0) throw bad();
  std::string bytes(packed.size() / 4 * 3, '\0');
  const int size =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                      reinterpret_cast<const unsigned char*>(packed.data()), static_cast<int>(packed.size()));
  if (size < 0) throw bad();
  // OpenSSL counts the padding as bytes.
  const std::size_t padding = packed.ends_with("==") ? 2 : packed.ends_with('=') ? 1 : 0;
  bytes.resize(static_cast<std::size_t>(size) - std::min(padding, static_cast<std::size_t>(size)));
  return bytes;
}

}  // namespace konduit::kube
