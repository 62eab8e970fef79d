#include "config/scalar_rules.hpp"

#include <vector>

#include "config/suggestion.hpp"

namespace konduit::config {
namespace {

constexpr std::size_t kLongestShown = 60;

std::string quoted(std::string_view text) {
  std::string shown = "\"";
  shown += text.substr(0, kLongestShown);
  if (text.size() > kLongestShown) shown += "...";
  return shown + "\"";
}

struct Range {
  std::string_view low;
  std::string_view high;
};

Range range_of(std::string_view detail) {
  std::size_t dots = detail.find("..");
  if (dots == std::string_view::npos) return {};
  return {detail.substr(0, dots), detail.substr(dots + 2)};
}

template <class Value>
bool within(Value value, Range range, std::optional<Value> (*parse)(std::string_view) noexcept) {
  auto low = parse(range.low);
  auto high = parse(range.high);
  return !(low && value < *low) && !(high && value > *high);
}

template <class Value>
std::string number_fault(const Node& node, const Field& field, std::string_view wanted,
                         std::optional<Value> (*parse)(std::string_view) noexcept) {
  auto value = parse(node.text());
  if (!value) return "must be " + std::string(wanted) + ", found " + found(node, field.secret);
  if (field.detail == nullptr || within(*value, range_of(field.detail), parse)) return {};
  return "must be " + range_in_words(field.detail) + ", found " + (field.secret ? "another value" : node.text());
}

std::vector<std::string_view> split_choices(std::string_view detail) {
  std::vector<std::string_view> choices;
  while (true) {
    std::size_t bar = detail.find('|');
    choices.push_back(detail.substr(0, bar));
    if (bar == std::string_view::npos) return choices;
    detail.remove_prefix(bar + 1);
  }
}

std::string choice_fault(const Node& node, const Field& field) {
  std::vector<std::string_view> choices = split_choices(field.detail ? field.detail : "");
  std::string listed;
  for (std::string_view choice : choices) {
    if (choice == node.text()) return {};
    listed += (listed.empty() ? "" : ", ") + std::string(choice);
  }
  std::string fault =
      "must be " + std::string(choices.size() > 1 ? "one of " : "") + listed + ", found " + found(node, field.secret);
  std::string_view near = field.secret ? std::string_view() : nearest(node.text(), choices);
  if (!near.empty()) fault += "; did you mean \"" + std::string(near) + "\"?";
  return fault;
}

/// Quotes make text of what looks like a number.
std::string quotes_fault(const Node& node, const Field& field, std::string_view wanted) {
  if (!node.quoted()) return {};
  return "must be " + std::string(wanted) + ", found the quoted text " + (field.secret ? "..." : quoted(node.text())) +
         "; remove the quotes";
}

std::string integer_fault(const Node& node, const Field& field) {
  if (std::string fault = quotes_fault(node, field, "an integer"); !fault.empty()) return fault;
  return number_fault<std::int64_t>(node, field, "an integer", parse_integer);
}

std::string boolean_fault(const Node& node, const Field& field) {
  if (std::string fault = quotes_fault(node, field, "true or false"); !fault.empty()) return fault;
  if (parse_boolean(node.text())) return {};
  return "must be true or false, found " + found(node, field.secret);
}

}  // namespace

std::string found(const Node& node, bool secret) {
  switch (node.kind()) {
    case Kind::null: return "nothing";
    case Kind::list: return "a list";
    case Kind::map: return "a map";
    case Kind::scalar: break;
  }
  return secret ? "another value" : quoted(node.text());
}

bool is_scalar_type(Type type) noexcept {
  switch (type) {
    case Type::text:
    case Type::boolean:
    case Type::integer:
    case Type::duration:
    case Type::size:
    case Type::path:
    case Type::choice:
    case Type::reference: return true;
    default: return false;
  }
}

std::string range_in_words(std::string_view detail) {
  Range range = range_of(detail);
  std::string low(range.low), high(range.high);
  if (high.empty()) return low + " or more";
  if (low.empty()) return "at most " + high;
  return "from " + low + " to " + high;
}

std::string scalar_fault(const Node& node, const Field& field) {
  switch (field.type) {
    case Type::boolean: return boolean_fault(node, field);
    case Type::integer: return integer_fault(node, field);
    case Type::duration:
      return number_fault<Duration>(node, field, "a duration as in \"1h\", \"1m30s\" or \"100ms\"", parse_duration);
    case Type::size:
      return number_fault<std::uint64_t>(node, field, "a size as in \"64KiB\", \"1MiB\" or \"4096\"", parse_size);
    case Type::choice: return choice_fault(node, field);
    case Type::path: return node.text().empty() ? "must be the name of a file, found \"\"" : "";
    default: return {};
  }
}

}  // namespace konduit::config
