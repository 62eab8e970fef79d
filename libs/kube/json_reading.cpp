#include "kube/json.hpp"

namespace konduit::kube {
namespace {

/// Lists of texts become JSON of one level; nobody nests deeper than this.
constexpr std::size_t kDeepest = 64;

const json::value* find(const json::object& from, std::string_view key) { return from.if_contains(key); }

}  // namespace

std::optional<json::object> parse_object(std::string_view text) {
  json::parse_options options;
  options.max_depth = kDeepest;
  json::error_code error;
  json::value value = json::parse(text, error, {}, options);
  if (error || !value.is_object()) return std::nullopt;
  return std::move(value.get_object());
}

const json::object& object_in(const json::object& from, std::string_view key) {
  static const json::object kEmpty;
  const json::value* found = find(from, key);
  return found && found->is_object() ? found->get_object() : kEmpty;
}

std::string text_in(const json::object& from, std::string_view key) {
  const json::value* found = find(from, key);
  return found && found->is_string() ? std::string(found->get_string()) : std::string();
}

std::vector<std::string> texts_in(const json::object& from, std::string_view key) {
  std::vector<std::string> texts;
  const json::value* found = find(from, key);
  if (!found || !found->is_array()) return texts;
  for (const json::value& item : found->get_array()) {
    if (item.is_string()) texts.emplace_back(item.get_string());
  }
  return texts;
}

}  // namespace konduit::kube
