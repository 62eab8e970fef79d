#pragma once

#include <konduit/filter.hpp>

#include <cstdint>
#include <memory>
#include <vector>

namespace my_plugin_plugin {

/// Denies dials to ports that the document lists, and counts how the others end.
class MyPlugin final : public konduit::Filter {
 public:
  /// Pure: reads its configuration, and reports what a schema cannot express.
  MyPlugin(const konduit::config::Node& node, konduit::Host& host);

  std::unique_ptr<konduit::FilterPart> attach(konduit::Attachment& attachment) override;

 private:
  konduit::Host& host_;
  std::vector<std::uint16_t> denied_ports_;
};

/// The half that works on one shard: every call comes on that shard's thread, so it needs no lock.
class MyPluginPart final : public konduit::FilterPart {
 public:
  /// `host` and `denied_ports` outlive the part.
  MyPluginPart(konduit::Host& host, const std::vector<std::uint16_t>& denied_ports);

  konduit::Verdict<konduit::DialResult<void>> on_dial(konduit::DialRequest& request) override;
  void on_end(const konduit::TunnelSummary& summary) override;

 private:
  konduit::Host& host_;
  const std::vector<std::uint16_t>& denied_ports_;
  konduit::Counter& denials_;
  konduit::Counter& bytes_;
};

}  // namespace my_plugin_plugin
