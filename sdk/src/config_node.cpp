#include "konduit/config.hpp"

#include <array>

namespace konduit::config {
namespace {

std::string join(const std::string& path, std::string_view key) {
  std::string joined;
  joined.reserve(path.size() + 1 + key.size());
  joined.append(path);
  if (!path.empty()) joined.push_back('.');
  joined.append(key);
  return joined;
}

std::string indexed(const std::string& path, std::size_t index) { return path + "[" + std::to_string(index) + "]"; }

/// A place for the null nodes that operator[] answers for missing keys. There are several, so that a chain of lookups,
/// or two in one expression, do not write over each other.
Node& absent_node() noexcept {
  thread_local std::array<Node, 16> nodes;
  thread_local std::size_t next = 0;
  next = (next + 1) % nodes.size();
  return nodes[next];
}

}  // namespace

Node Node::scalar(std::string text, Mark mark, Origin origin) {
  Node node;
  node.kind_ = Kind::scalar;
  node.origin_ = origin;
  node.text_ = std::move(text);
  node.mark_ = std::move(mark);
  return node;
}

Node Node::list(std::vector<Node> items, Mark mark) {
  Node node;
  node.kind_ = Kind::list;
  node.items_ = std::move(items);
  node.mark_ = std::move(mark);
  return node;
}

Node Node::map(std::vector<Entry> entries, Mark mark) {
  Node node;
  node.kind_ = Kind::map;
  node.entries_ = std::move(entries);
  node.mark_ = std::move(mark);
  return node;
}

const Node& Node::operator[](std::string_view key) const noexcept {
  for (const Entry& entry : entries_) {
    if (entry.key == key) return entry.value;
  }
  std::string path = join(path_, key);
  Mark mark = mark_;
  Node& absent = absent_node();
  absent.path_ = std::move(path);
  absent.mark_ = std::move(mark);
  return absent;
}

bool Node::has(std::string_view key) const noexcept {
  for (const Entry& entry : entries_) {
    if (entry.key == key) return true;
  }
  return false;
}

std::span<const Node::Entry> Node::entries() const noexcept { return entries_; }
std::span<const Node> Node::items() const noexcept { return items_; }
std::span<Node::Entry> Node::entries() noexcept { return entries_; }
std::span<Node> Node::items() noexcept { return items_; }

bool Node::boolean() const noexcept { return parse_boolean(text_).value_or(false); }
std::int64_t Node::integer() const noexcept { return parse_integer(text_).value_or(0); }
Duration Node::duration() const noexcept { return parse_duration(text_).value_or(Duration::zero()); }
std::uint64_t Node::size() const noexcept { return parse_size(text_).value_or(0); }

std::vector<std::string> Node::texts() const {
  std::vector<std::string> texts;
  texts.reserve(items_.size());
  for (const Node& item : items_) texts.push_back(item.text_);
  return texts;
}

void Node::set_path(std::string path) {
  path_ = std::move(path);
  for (Entry& entry : entries_) entry.value.set_path(join(path_, entry.key));
  for (std::size_t i = 0; i < items_.size(); ++i) items_[i].set_path(indexed(path_, i));
}

void Node::set_text(std::string text, Origin origin) {
  kind_ = Kind::scalar;
  origin_ = origin;
  text_ = std::move(text);
}

void Node::add(std::string key, Node value, Mark key_mark) {
  kind_ = Kind::map;
  value.set_path(join(path_, key));
  entries_.push_back({std::move(key), std::move(value), std::move(key_mark)});
}

void Node::add(Node item) {
  kind_ = Kind::list;
  item.set_path(indexed(path_, items_.size()));
  items_.push_back(std::move(item));
}

}  // namespace konduit::config
