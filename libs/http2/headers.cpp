#include "http2/headers.hpp"

#include <algorithm>

namespace konduit::http2 {

namespace {

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// The head of a gRPC call with its metadata is seldom more: room for it at once, instead of by doubling.
constexpr std::size_t kUsualFields = 12;
constexpr std::size_t kUsualText = 320;

}  // namespace

Headers::Headers(std::initializer_list<Header> fields) {
  std::size_t text = 0;
  for (const Header& field : fields) text += field.name.size() + field.value.size();
  text_.reserve(text);
  entries_.reserve(fields.size());
  for (const Header& field : fields) add(field.name, field.value);
}

void Headers::add(std::string_view name, std::string_view value) {
  if (entries_.capacity() == 0) {
    entries_.reserve(kUsualFields);
    text_.reserve(kUsualText);
  }
  Entry entry{static_cast<std::uint32_t>(text_.size()), 0, 0};
  text_.append(name);
  std::transform(text_.begin() + entry.name, text_.end(), text_.begin() + entry.name, lower);
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
