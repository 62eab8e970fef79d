#include "my_plugin.hpp"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <utility>

#include <konduit/shard.hpp>

namespace my_plugin_plugin {
namespace {

konduit::DialError failed(const std::string& url, const konduit::Connector::Failure& failure) {
  if (failure.code == konduit::asio::error::operation_aborted || failure.code == konduit::StreamErrc::cancelled) {
    return {konduit::DialErrc::cancelled, false, "the dial was cancelled"};
  }
  const auto code =
      failure.code == konduit::StreamErrc::timed_out ? konduit::DialErrc::timeout : konduit::DialErrc::refused;
  return {code, true, url + " cannot be reached: " + failure.text};
}

}  // namespace

MyPlugin::MyPlugin(const konduit::config::Node& node, konduit::Host& host) : node_(node), host_(host) {
  if (node["url"].text().find("://") == std::string::npos) {
    host.report(node["url"], "must be a url, as in \"tcp://upstream.example:9000\"");
  }
}

konduit::awaitable<void> MyPlugin::prepare() {
  konduit::ConnectorSettings settings;
  if (node_["tls"]) settings.tls = &node_["tls"];
  if (node_["via"]) settings.via = &node_["via"];
  connector_ = host_.connector(settings);
  co_return;
}

std::unique_ptr<konduit::BackendPart> MyPlugin::attach(konduit::Attachment& attachment) {
  return std::make_unique<MyPluginPart>(attachment.shard(), *connector_, node_["url"].text(),
                                        node_["dial_timeout"].duration());
}

MyPluginPart::MyPluginPart(konduit::Shard& shard, konduit::Connector& connector, std::string url,
                           konduit::Duration patience)
    : shard_(shard), connector_(connector), url_(std::move(url)), patience_(patience) {}

konduit::awaitable<konduit::DialResult<konduit::StreamPtr>> MyPluginPart::dial(const konduit::DialRequest& request) {
  const auto deadline = std::min(request.deadline, shard_.now() + patience_);
  auto connection = co_await connector_.connect(shard_, url_, deadline);
  if (!connection) co_return failed(url_, connection.error());
  co_return std::move(connection->stream);
}

}  // namespace my_plugin_plugin
