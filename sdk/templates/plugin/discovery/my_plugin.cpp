#include "my_plugin.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include <konduit/error.hpp>
#include <konduit/shard.hpp>

namespace my_plugin_plugin {
namespace {

constexpr const char* kBlank = " \t\r";

/// A line without what follows a '#', and without the blanks around it.
std::string trimmed(std::string line) {
  line.erase(std::min(line.find('#'), line.size()));
  line.erase(line.find_last_not_of(kBlank) + 1);
  line.erase(0, std::min(line.find_first_not_of(kBlank), line.size()));
  return line;
}

std::vector<std::string> servers_in(const std::string& file) {
  std::ifstream in(file);
  if (!in) throw konduit::StartError(file + " cannot be read: " + std::strerror(errno));
  std::vector<std::string> servers;
  unsigned number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    const std::string url = trimmed(std::move(line));
    if (url.empty()) continue;
    if (url.find("://") == std::string::npos || url.find_first_of(kBlank) != std::string::npos) {
      throw konduit::StartError(file + ":" + std::to_string(number) + ": \"" + url +
                                "\" is no url, as in tcp://server.example:8091");
    }
    servers.push_back(url);
  }
  // Whoever is writing the file may have just begun.
  if (servers.empty()) throw konduit::StartError(file + " names no server");
  return servers;
}

}  // namespace

MyPlugin::MyPlugin(const konduit::config::Node& node, konduit::Host& host) : host_(host), file_(node["file"].text()) {
  if (file_.empty()) host.report(node["file"], "is empty");
}

konduit::awaitable<void> MyPlugin::prepare() {
  host_.watch_files({file_}, [this] { read(); });
  read();
  co_return;
}

void MyPlugin::read() {
  auto servers = servers_in(file_);
  if (servers == servers_) return;
  servers_ = std::move(servers);
  host_.log().info("the servers are known", {{"file", file_}, {"servers", servers_.size()}});
  if (part_ != nullptr) part_->changed();
}

std::unique_ptr<konduit::DiscoveryPart> MyPlugin::attach(konduit::Attachment& attachment) {
  // Discoveries work on the control shard; the parts of other shards know nothing.
  if (attachment.shard().index() != 0) return std::make_unique<konduit::DiscoveryPart>();
  return std::make_unique<MyPluginPart>(*this);
}

}  // namespace my_plugin_plugin
