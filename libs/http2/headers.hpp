#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace konduit::http2 {

/// A field. Views into a Headers.
struct Header {
  std::string_view name;
  std::string_view value;
};

/// The fields of one block (request, response, trailers) in order, pseudo-fields (":path") among them. Names are kept
/// in lower case, which is how gRPC metadata is spelt on the wire. One piece of memory, kept by clear().
class Headers {
 public:
  Headers() = default;
  Headers(std::initializer_list<Header> fields);

  /// Appends a field; the name is lower-cased.
  void add(std::string_view name, std::string_view value);

  /// The value of the first field of that name (to be given in lower case); empty without one.
  std::string_view get(std::string_view name) const noexcept;
  bool has(std::string_view name) const noexcept { return count(name) > 0; }
  /// How many fields have that name.
  std::size_t count(std::string_view name) const noexcept;

  std::size_t size() const noexcept { return entries_.size(); }
  bool empty() const noexcept { return entries_.empty(); }
  Header operator[](std::size_t index) const noexcept;

  /// The size that RFC 9113 6.5.2 defines for SETTINGS_MAX_HEADER_LIST_SIZE.
  std::size_t list_size() const noexcept { return text_.size() + 32 * entries_.size(); }

  void clear() noexcept;

  class Iterator {
   public:
    Iterator(const Headers& owner, std::size_t index) noexcept : owner_(&owner), index_(index) {}
    Header operator*() const noexcept { return (*owner_)[index_]; }
    Iterator& operator++() noexcept {
      ++index_;
      return *this;
    }
    bool operator==(const Iterator& other) const noexcept { return index_ == other.index_; }

   private:
    const Headers* owner_;
    std::size_t index_;
  };
  Iterator begin() const noexcept { return {*this, 0}; }
  Iterator end() const noexcept { return {*this, size()}; }

 private:
  struct Entry {
    std::uint32_t name;
    std::uint32_t value;
    std::uint32_t end;
  };
  std::string text_;
  std::vector<Entry> entries_;
};

}  // namespace konduit::http2
