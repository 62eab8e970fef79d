#include "resolver/hosts_file.hpp"

#include <algorithm>
#include <fstream>

#include "resolver/address.hpp"

namespace konduit::resolver {

namespace {

std::string_view next_word(std::string_view& line) {
  const auto begin = std::min(line.find_first_not_of(" \t\r"), line.size());
  const auto end = std::min(line.find_first_of(" \t\r", begin), line.size());
  const std::string_view word = line.substr(begin, end - begin);
  line.remove_prefix(end);
  return word;
}

}  // namespace

std::string canonical_name(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return lower;
}

bool same_version(const struct stat& a, const struct stat& b) noexcept {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino && a.st_size == b.st_size &&
         a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

const std::vector<asio::ip::address>& HostsFile::find(std::string_view name) {
  static const std::vector<asio::ip::address> kNone;
  refresh();
  const auto found = names_.find(canonical_name(name));
  return found == names_.end() ? kNone : found->second;
}

void HostsFile::refresh() {
  struct stat now{};
  if (::stat(path_.c_str(), &now) != 0) now = {};
  if (same_version(now, seen_)) return;
  seen_ = now;
  names_.clear();
  std::ifstream file(path_);
  for (std::string line; std::getline(file, line);) read_line(line);
}

void HostsFile::read_line(std::string_view line) {
  line = line.substr(0, line.find('#'));
  const auto address = parse_address(next_word(line));
  if (!address) return;
  for (std::string_view name = next_word(line); !name.empty(); name = next_word(line)) {
    auto& addresses = names_[canonical_name(name)];
    if (std::find(addresses.begin(), addresses.end(), *address) == addresses.end()) addresses.push_back(*address);
  }
}

}  // namespace konduit::resolver
