#pragma once

#include <boost/asio/ip/address.hpp>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "konduit/asio.hpp"
#include "konduit/file_stamp.hpp"

namespace konduit::resolver {

/// The names of hosts(5). The file is read when it is first asked and again when it has changed or could not be opened;
/// one that is missing or unreadable names nothing. A lookup costs a stat().
///
/// Thread: its shard's.
class HostsFile {
 public:
  explicit HostsFile(std::string path) : path_(std::move(path)) {}

  /// Addresses in the file's order; empty for a name that it does not have. Case does not matter.
  const std::vector<asio::ip::address>& find(std::string_view name);

 private:
  void refresh();
  void read_line(std::string_view line);

  std::string path_;
  FileStamp seen_;
  std::map<std::string, std::vector<asio::ip::address>, std::less<>> names_;
};

}  // namespace konduit::resolver
