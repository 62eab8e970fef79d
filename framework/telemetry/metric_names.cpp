#include "telemetry/metric_names.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <set>

#include "telemetry/escape.hpp"

namespace konduit::telemetry {
namespace {

bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool digit(char c) { return c >= '0' && c <= '9'; }

bool spelled(std::string_view name, bool colons) {
  const auto first = [colons](char c) { return letter(c) || (colons && c == ':'); };
  return !name.empty() && first(name.front()) &&
         std::all_of(name.begin(), name.end(), [first](char c) { return first(c) || digit(c); });
}

}  // namespace

std::string name_objection(std::string_view name) {
  if (spelled(name, true)) return {};
  std::string text = "metric \"";
  append_escaped(text, name);
  return text + "\": a name is made of letters, digits, _ and :, and does not begin with a digit";
}

std::string label_objection(const Labels& labels) {
  std::set<std::string_view> names;
  for (const auto& [name, value] : labels) {
    std::string text = "label \"";
    append_escaped(text, name);
    text += "\" ";
    if (!spelled(name, false)) return text + "is not made of letters, digits and _";
    if (name.starts_with("__")) return text + "begins with __, which Prometheus keeps for itself";
    if (name == "component" || name == "le") return text + "is set by the core";
    if (!names.insert(name).second) return text + "is there twice";
  }
  return {};
}

std::string bucket_objection(std::initializer_list<double> bounds) {
  if (bounds.size() == 0) return "it has no buckets";
  const bool finite = std::all_of(bounds.begin(), bounds.end(), [](double bound) { return std::isfinite(bound); });
  if (!finite) return "its buckets must be finite; the last one, +Inf, is added by itself";
  const auto disorder = std::adjacent_find(bounds.begin(), bounds.end(), [](double a, double b) { return a >= b; });
  return disorder == bounds.end() ? std::string() : std::string("its buckets must ascend");
}

bool tells_expiry(std::string_view name) { return name.ends_with("_expiry_seconds"); }

LabelSet label_set(const Labels& labels, std::string_view component) {
  LabelSet set;
  set.reserve(labels.size() + 1);
  if (!component.empty()) set.push_back({"component", valid_utf8(component)});
  for (const auto& [name, value] : labels) set.push_back({std::string(name), valid_utf8(value)});
  std::sort(set.begin(), set.end());
  return set;
}

std::string help_text(std::string_view text) {
  std::string out;
  for (const char c : valid_utf8(text)) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace konduit::telemetry
