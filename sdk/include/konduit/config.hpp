#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "konduit/api.hpp"
#include "konduit/asio.hpp"

/// The configuration as components see it: a tree in which every node knows where it came from.
namespace konduit::config {

/// Where a node stands. Lines and columns count from 1; 0 where there is no text (a default).
struct Mark {
  std::shared_ptr<const std::string> file;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

/// Which of the four sources gave a value. There is no other merging.
enum class Origin : std::uint8_t { component_default, file, flag, environment };

enum class Kind : std::uint8_t { null, scalar, list, map };

/// A node of the document. A component gets its own part after validation: every field of its schema is there (given or
/// by default; optional ones without a default are null), with a value of the declared type, so the typed getters do
/// not fail.
class KONDUIT_API Node {
 public:
  struct Entry;

  Node() = default;
  static Node scalar(std::string text, Mark mark = {}, Origin origin = Origin::file);
  static Node list(std::vector<Node> items, Mark mark = {});
  static Node map(std::vector<Entry> entries, Mark mark = {});

  Kind kind() const noexcept { return kind_; }
  bool is_null() const noexcept { return kind_ == Kind::null; }
  explicit operator bool() const noexcept { return kind_ != Kind::null; }
  const Mark& mark() const noexcept { return mark_; }
  Origin origin() const noexcept { return origin_; }
  /// True if the text stood in quotes: such a scalar is never null, a number or a boolean.
  bool quoted() const noexcept { return quoted_; }
  /// True if the schema says so: never shown.
  bool secret() const noexcept { return secret_; }
  /// "frontends.grpc/kas.listen.url": the keys that lead here.
  const std::string& path() const noexcept { return path_; }

  /// A map's value for `key`, or a null node that carries this node's mark and the full path.
  const Node& operator[](std::string_view key) const noexcept;
  bool has(std::string_view key) const noexcept;
  std::span<const Entry> entries() const noexcept;
  std::span<const Node> items() const noexcept;

  // Typed values. REQUIRES: the schema said so, or the matching parse_ function below accepted the text.
  const std::string& text() const noexcept { return text_; }
  bool boolean() const noexcept;
  std::int64_t integer() const noexcept;
  Duration duration() const noexcept;      ///< Go's notation: "1h", "1m30s", "100ms".
  std::uint64_t size() const noexcept;     ///< Bytes: "64KiB", "1MiB", "4096".
  std::vector<std::string> texts() const;  ///< A list of scalars.

  // For the parser, substitution and defaults.
  void set_path(std::string path);
  void set_quoted(bool quoted) noexcept { quoted_ = quoted; }
  void set_secret(bool secret) noexcept { secret_ = secret; }
  void set_origin(Origin origin) noexcept { origin_ = origin; }
  void set_text(std::string text, Origin origin);
  void set_mark(Mark mark) noexcept { mark_ = std::move(mark); }
  void add(std::string key, Node value, Mark key_mark = {});
  void add(Node item);
  std::span<Entry> entries() noexcept;
  std::span<Node> items() noexcept;

 private:
  Kind kind_ = Kind::null;
  Origin origin_ = Origin::file;
  bool quoted_ = false;
  bool secret_ = false;
  Mark mark_;
  std::string text_;
  std::string path_;
  std::vector<Entry> entries_;
  std::vector<Node> items_;
};

struct Node::Entry {
  std::string key;
  Node value;
  Mark key_mark;
};

KONDUIT_API std::optional<bool> parse_boolean(std::string_view text) noexcept;
KONDUIT_API std::optional<std::int64_t> parse_integer(std::string_view text) noexcept;
KONDUIT_API std::optional<Duration> parse_duration(std::string_view text) noexcept;
KONDUIT_API std::optional<std::uint64_t> parse_size(std::string_view text) noexcept;

/// What a field holds.
enum class Type : std::uint8_t {
  text,
  boolean,
  integer,
  duration,
  size,
  path,        ///< A file's name. Existence is checked where it is read, in prepare.
  choice,      ///< One of `detail`, separated by '|'.
  list,        ///< Of `element`.
  map,         ///< Free keys to `element`.
  object,      ///< Of `fields`.
  reference,   ///< "type/name" of a component whose kind is named by `detail`; a dependency.
  listen,      ///< {url, tls, options of the url's transport}.
  connect,     ///< {url, tls, via}.
  tls_server,  ///< What TlsSettings::from reads for an accepting end.
  tls_client,  ///< What TlsSettings::from reads for a connecting end.
};

/// One key of a component's configuration. Constant plain data, in the plugin's read-only memory. Write it with
/// designated initialisers; leave out what does not apply.
struct Field {
  const char* name;
  Type type = Type::text;
  const char* summary = "";  ///< One line, for `konduit docs` and editors.
  bool required = false;
  bool secret = false;                  ///< Never shown.
  const char* default_value = nullptr;  ///< As YAML text; null: the node is null when not given.
  const char* detail = nullptr;         ///< choice: "a|b"; reference: kind; integer: "1..65535"; duration: "0s..".
                                        ///< Of a list or map it belongs to the elements.
  Type element = Type::text;            ///< list, map.
  const Field* fields = nullptr;        ///< object, and list or map of object.
  std::uint32_t field_count = 0;
};

struct Schema {
  const Field* fields = nullptr;
  std::uint32_t field_count = 0;
};

}  // namespace konduit::config
