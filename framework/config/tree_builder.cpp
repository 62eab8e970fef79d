#include "config/tree_builder.hpp"

#include <yaml-cpp/mark.h>

#include "config/encoding.hpp"

namespace konduit::config {
namespace {

// What yaml-cpp puts for a scalar without a tag: "?" if it is plain, "!" if it stands in quotes or in a block.
constexpr const char* kPlain = "?";
constexpr const char* kNotPlain = "!";
// Printed, a control character takes four bytes, and YAML ends a key before a ':' at 1024 with its quotes.
constexpr std::size_t kLongestKey = 255;
constexpr const char* kText = "tag:yaml.org,2002:str";

}  // namespace

Mark TreeBuilder::mark_of(const YAML::Mark& mark) const {
  if (mark.is_null()) return {file_, 1, 1};
  return {file_, static_cast<std::uint32_t>(mark.line + 1), static_cast<std::uint32_t>(mark.column + 1)};
}

void TreeBuilder::OnDocumentStart(const YAML::Mark&) {}

void TreeBuilder::OnNull(const YAML::Mark& mark, YAML::anchor_t) {
  if (key_expected()) stop(mark_of(mark), "a key is missing before the ':'");
  count(mark_of(mark));
  Node null;
  // An empty value stands nowhere: the parser's mark is the next token's, often on another line.
  bool value_of_key = !open_.empty() && open_.back().is_map;
  null.set_mark(value_of_key ? open_.back().key_mark : mark_of(mark));
  take_value(std::move(null));
}

void TreeBuilder::OnAlias(const YAML::Mark& mark, YAML::anchor_t) {
  stop(mark_of(mark), "aliases (*name) are not supported; write the value out");
}

void TreeBuilder::OnAnchor(const YAML::Mark& mark, const std::string& name) {
  problems_.error(mark_of(mark), path(),
                  "anchors (&" + name + ") are not supported; write the value out where it is needed");
}

void TreeBuilder::OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t, const std::string& value) {
  Mark here = mark_of(mark);
  count(here);
  check_tag(here, tag);
  // yaml-cpp 0.7 makes single bytes of these two escapes, which then stand for no character.
  if (!is_utf8(value)) stop(here, R"(the escapes \N and \_ are not supported; write \x85 or \xA0)");
  if (key_expected()) return take_key(value, std::move(here));
  Node scalar = Node::scalar(value, std::move(here));
  scalar.set_quoted(tag == kNotPlain || tag == kText);
  take_value(std::move(scalar));
}

void TreeBuilder::OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                                  YAML::EmitterStyle::value) {
  begin(false, mark, tag);
}

void TreeBuilder::OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                             YAML::EmitterStyle::value) {
  begin(true, mark, tag);
}

void TreeBuilder::OnSequenceEnd() {
  Collection done = std::move(open_.back());
  open_.pop_back();
  take_value(Node::list(std::move(done.items), std::move(done.mark)));
}

void TreeBuilder::OnMapEnd() {
  Collection done = std::move(open_.back());
  open_.pop_back();
  take_value(Node::map(std::move(done.entries), std::move(done.mark)));
}

void TreeBuilder::begin(bool is_map, const YAML::Mark& mark, const std::string& tag) {
  Mark here = mark_of(mark);
  if (key_expected()) stop(here, std::string("a key must be a word, found a ") + (is_map ? "map" : "list"));
  if (open_.size() >= limits_.depth) {
    stop(here, "nested deeper than " + std::to_string(limits_.depth) + " levels");
  }
  count(here);
  check_tag(here, tag);
  open_.push_back({is_map, std::move(here), {}, {}, {}, std::nullopt, {}});
}

void TreeBuilder::take_key(std::string key, Mark mark) {
  if (key.size() > kLongestKey) stop(mark, "a key longer than " + std::to_string(kLongestKey) + " bytes");
  Collection& map = open_.back();
  auto [first, added] = map.lines.emplace(key, mark.line);
  map.key = key;
  map.key_mark = mark;
  if (!added) {
    problems_.error(mark, path(),
                    "the key stands twice in one map; the first is on line " + std::to_string(first->second));
  }
}

void TreeBuilder::take_value(Node value) {
  if (open_.empty()) {
    root_ = std::move(value);
    return;
  }
  Collection& parent = open_.back();
  if (!parent.is_map) {
    parent.items.push_back(std::move(value));
    return;
  }
  parent.entries.push_back({*std::move(parent.key), std::move(value), std::move(parent.key_mark)});
  parent.key.reset();
}

void TreeBuilder::check_tag(const Mark& mark, const std::string& tag) {
  if (tag.empty() || tag == kPlain || tag == kNotPlain || tag == kText) return;
  problems_.error(mark, path(), "tags (" + tag + ") are not supported, but for !!str");
}

void TreeBuilder::count(const Mark& mark) {
  if (++nodes_ > limits_.nodes) stop(mark, "more than " + std::to_string(limits_.nodes) + " keys and values");
}

std::string TreeBuilder::path() const {
  std::string path;
  for (const Collection& collection : open_) {
    if (!collection.is_map) {
      path += "[" + std::to_string(collection.items.size()) + "]";
    } else if (collection.key) {
      path += (path.empty() ? "" : ".") + *collection.key;
    }
  }
  return path;
}

void TreeBuilder::stop(const Mark& mark, std::string what) {
  problems_.error(mark, path(), std::move(what));
  throw ParseStopped();
}

}  // namespace konduit::config
