#include "auth/name_list.hpp"

#include <algorithm>

namespace konduit::auth {

NameList::NameList(const config::Node& list, Rule rule, Host& host) : rule_(rule), given_(static_cast<bool>(list)) {
  if (given_ && list.items().empty()) {
    host.report(list, "an empty list allows nobody; leave it out to allow everybody");
  }
  for (const auto& item : list.items()) {
    auto name = spelled(item.text());
    if (name.empty()) {
      host.report(item, "an empty name matches nobody");
    } else if (rule == Rule::exact || name.find('*') == std::string::npos) {
      names_.push_back(std::move(name));
    } else if (name.size() > 2 && name.starts_with("*.") && name.find('*', 1) == std::string::npos) {
      suffixes_.push_back(name.substr(1));
    } else {
      host.report(item, "\"" + item.text() + "\": a \"*\" can only stand for the first labels: *.example.com");
    }
  }
}

bool NameList::holds(std::string_view name) const {
  const auto wanted = spelled(name);
  if (std::ranges::find(names_, wanted) != names_.end()) return true;
  return std::ranges::any_of(
      suffixes_, [&](const std::string& suffix) { return wanted.size() > suffix.size() && wanted.ends_with(suffix); });
}

bool NameList::holds_any(const std::vector<std::string>& names) const {
  return std::ranges::any_of(names, [this](const std::string& name) { return holds(name); });
}

std::string NameList::spelled(std::string_view name) const {
  std::string result(name);
  if (rule_ == Rule::dns) {
    std::ranges::transform(result, result.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  }
  return result;
}

}  // namespace konduit::auth
