#pragma once

#include <yaml-cpp/eventhandler.h>

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "config/document.hpp"

namespace konduit::config {

/// Thrown out of the parser when going on is of no use; the problem has been added.
struct ParseStopped {};

/// Makes a tree of the parser's events. For one document.
class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(std::shared_ptr<const std::string> file, const DocumentLimits& limits, Problems& problems)
      : file_(std::move(file)), limits_(limits), problems_(problems) {}

  /// The tree without paths; empty if there was no document.
  std::optional<Node> take_root() { return std::move(root_); }
  Mark mark_of(const YAML::Mark& mark) const;

  void OnDocumentStart(const YAML::Mark& mark) override;
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override;
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override;
  void OnSequenceEnd() override;
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override;
  void OnMapEnd() override;
  void OnAnchor(const YAML::Mark& mark, const std::string& name) override;

 private:
  struct Collection {
    bool is_map;
    Mark mark;
    std::vector<Node> items;
    std::vector<Node::Entry> entries;
    std::unordered_map<std::string, std::uint32_t> lines;  ///< Of the keys so far.
    std::optional<std::string> key;
    Mark key_mark;
  };

  bool key_expected() const { return !open_.empty() && open_.back().is_map && !open_.back().key; }
  void begin(bool is_map, const YAML::Mark& mark, const std::string& tag);
  void take_key(std::string key, Mark mark);
  void take_value(Node value);
  void check_tag(const Mark& mark, const std::string& tag);
  void count(const Mark& mark);
  std::string path() const;
  [[noreturn]] void stop(const Mark& mark, std::string what);

  std::shared_ptr<const std::string> file_;
  const DocumentLimits& limits_;
  Problems& problems_;
  std::vector<Collection> open_;
  std::optional<Node> root_;
  std::size_t nodes_ = 0;
};

}  // namespace konduit::config
