#include "my_plugin.hpp"

#include <algorithm>
#include <string>

namespace my_plugin_plugin {

MyPlugin::MyPlugin(const konduit::config::Node& node, konduit::Host& host) : host_(host) {
  for (const auto& port : node["deny_ports"].items()) {
    denied_ports_.push_back(static_cast<std::uint16_t>(port.integer()));
  }
  if (denied_ports_.empty()) host.report(node["deny_ports"], "an empty list denies nothing");
}

std::unique_ptr<konduit::FilterPart> MyPlugin::attach(konduit::Attachment&) {
  return std::make_unique<MyPluginPart>(host_, denied_ports_);
}

MyPluginPart::MyPluginPart(konduit::Host& host, const std::vector<std::uint16_t>& denied_ports)
    : host_(host),
      denied_ports_(denied_ports),
      denials_(host.metrics().counter("konduit_my_plugin_denials_total", "Dials that were denied.")),
      bytes_(host.metrics().counter("konduit_my_plugin_bytes_total", "Bytes in both directions of tunnels.")) {}

konduit::Verdict<konduit::DialResult<void>> MyPluginPart::on_dial(konduit::DialRequest& request) {
  if (std::ranges::find(denied_ports_, request.target.port) == denied_ports_.end()) return konduit::DialResult<void>();
  denials_.add();
  return konduit::DialResult<void>(
      konduit::DialError{.code = konduit::DialErrc::denied,
                         .text = request.target.text() + " is denied by " + host_.id() + ": the port is on its list"});
}

void MyPluginPart::on_end(const konduit::TunnelSummary& summary) {
  bytes_.add(summary.bytes_to_target + summary.bytes_to_client);
  host_.log().debug("a dial has ended", {{"target", summary.request->target.text()}, {"end", summary.end}});
}

}  // namespace my_plugin_plugin
