#include "http2/headers.hpp"

namespace konduit::http2 {

namespace {

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

Headers::Headers(std::initializer_list<Header> fields) {
  for (const Header& field : fields) add(field.name, field.value);
}

void Headers::add(std::string_view name, std::string_view value) {
  Entry entry{static_cast<std::uint32_t>(text_.size()), 0, 0};
  for (const char c : name) text_.push_back(lower(c));
  entry.value = static_cast<std::uint32_t>(text_.size());
  text_.append(value);
  entry.end = static_cast<std::uint32_t>(text_.size());
  entries_.push_back(entry);
}

std::string_view Headers::get(std::string_view name) const noexcept {
  for (const Header field : *this) {
    if (field.name == name) return field.value;
  }
  return {};
}

std::size_t Headers::count(std::string_view name) const noexcept {
  std::size_t found = 0;
  for (const Header field : *this) found += field.name == name;
  return found;
}

Header Headers::operator[](std::size_t index) const noexcept {
  const Entry& entry = entries_[index];
  const std::string_view text(text_);
  return {text.substr(entry.name, entry.value - entry.name), text.substr(entry.value, entry.end - entry.value)};
}

void Headers::clear() noexcept {
  text_.clear();
  entries_.clear();
}

}  // namespace konduit::http2
