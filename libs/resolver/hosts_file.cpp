#include "resolver/hosts_file.hpp"

#include <algorithm>
#include <fstream>

#include "resolver/address.hpp"
#include "targets/target_rule.hpp"

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

const std::vector<asio::ip::address>& HostsFile::find(std::string_view name) {
  static const std::vector<asio::ip::address> kNone;
  refresh();
  const auto found = names_.find(targets::normalised_name(name));
  return found == names_.end() ? kNone : found->second;
}

void HostsFile::refresh() {
  FileStamp now = FileStamp::of(path_);
  if (now == seen_) return;
  names_.clear();
  std::ifstream file(path_);
  if (!file) now = {};  // there may be no descriptor for it: the next lookup tries again
  seen_ = now;
  for (std::string line; std::getline(file, line);) read_line(line);
}

void HostsFile::read_line(std::string_view line) {
  line = line.substr(0, line.find('#'));
  const auto address = parse_address(next_word(line));
  if (!address) return;
  for (std::string_view name = next_word(line); !name.empty(); name = next_word(line)) {
    auto& addresses = names_[targets::normalised_name(name)];
    if (std::find(addresses.begin(), addresses.end(), *address) == addresses.end()) addresses.push_back(*address);
  }
}

}  // namespace konduit::resolver
