#include "config/emitter.hpp"

#include <algorithm>
#include <cstdio>

namespace konduit::config {
namespace {

constexpr std::size_t kLongestFlowList = 100;

bool is_word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '/' || c == '.';
}

bool is_null_word(std::string_view text) { return text == "null" || text == "Null" || text == "NULL"; }

/// Narrower than YAML allows: what is plain here is plain in every context and to every reader.
bool is_plain(std::string_view text) {
  if (text.empty() || is_null_word(text)) return false;
  if (!is_word_character(text.front()) && !(text.front() == '-' && text.size() > 1 && is_word_character(text[1])))
    return false;
  if (text.starts_with("...")) return false;
  for (std::size_t i = 1; i < text.size(); ++i) {
    bool joint = text[i] == '-' || text[i] == '+' || text[i] == ':';
    bool inner = i + 1 < text.size() && is_word_character(text[i + 1]);
    if (!is_word_character(text[i]) && !(joint && inner)) return false;
  }
  return true;
}

std::string in_quotes(std::string_view text) {
  std::string quoted = "\"";
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (c == '\n') {
      quoted += "\\n";
    } else if (c == '\t') {
      quoted += "\\t";
    } else if (byte < 0x20 || byte == 0x7F) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\x%02X", byte);
      quoted += escape;
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
}

/// "${" is what substitution looks for, so a literal one is written "$${".
std::string without_substitution(std::string_view text) {
  std::string escaped;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i).starts_with("${")) escaped += '$';
    escaped += text[i];
  }
  return escaped;
}

std::string word(std::string_view text, bool quoted) {
  return !quoted && is_plain(text) ? std::string(text) : in_quotes(text);
}

class Writer {
 public:
  explicit Writer(const EmitOptions& options) : options_(options) {}

  std::string document(const Node& node) {
    if (is_inline(node)) return inline_text(node) + comment(node) + "\n";
    return block(node, 0);
  }

 private:
  bool shown(const Node& node) const { return !(options_.omit_nulls && node.is_null()); }
  bool is_hidden(const Node& node) const { return node.secret() && !options_.show_secrets && !node.is_null(); }

  std::string block(const Node& node, std::size_t indent) {
    return node.kind() == Kind::map ? block_map(node, indent) : block_list(node, indent);
  }

  std::string block_map(const Node& node, std::size_t indent) {
    std::string text;
    for (const Node::Entry& entry : node.entries()) {
      if (!shown(entry.value)) continue;
      text += std::string(indent, ' ') + word(entry.key, false) + ":";
      if (is_inline(entry.value)) {
        text += " " + inline_text(entry.value) + comment(entry.value) + "\n";
      } else {
        text += "\n" + block(entry.value, indent + 2);
      }
    }
    return text;
  }

  std::string block_list(const Node& node, std::size_t indent) {
    std::string text;
    for (const Node& item : node.items()) {
      if (is_inline(item)) {
        text += std::string(indent, ' ') + "- " + inline_text(item) + comment(item) + "\n";
        continue;
      }
      std::string nested = block(item, indent + 2);
      nested[indent] = '-';
      text += nested;
    }
    return text;
  }

  /// True for what stands on one line behind its key.
  bool is_inline(const Node& node) const {
    if (is_hidden(node)) return true;
    switch (node.kind()) {
      case Kind::map:
        return std::none_of(node.entries().begin(), node.entries().end(),
                            [&](const Node::Entry& entry) { return shown(entry.value); });
      case Kind::list: return is_flow_list(node);
      default: return true;
    }
  }

  bool is_flow_list(const Node& node) const {
    std::size_t length = 0;
    for (const Node& item : node.items()) {
      if (item.kind() == Kind::list || item.kind() == Kind::map) return false;
      length += item.text().size() + 4;
    }
    return length <= kLongestFlowList;
  }

  std::string inline_text(const Node& node) const {
    if (is_hidden(node)) return "\"(hidden)\"";
    switch (node.kind()) {
      case Kind::null: return "null";
      case Kind::map: return "{}";
      case Kind::scalar: return word(without_substitution(node.text()), node.quoted());
      case Kind::list: break;
    }
    std::string text = "[";
    for (const Node& item : node.items()) text += (text.size() > 1 ? ", " : "") + inline_text(item);
    return text + "]";
  }

  std::string comment(const Node& node) const {
    if (!options_.origins || node.kind() == Kind::map) return {};
    const Node& source = node.kind() == Kind::list && !node.items().empty() ? node.items().front() : node;
    switch (source.origin()) {
      case Origin::component_default: return "  # default";
      case Origin::environment: return "  # environment";
      case Origin::flag: return "  # " + (source.mark().file ? *source.mark().file : std::string("flag"));
      case Origin::file: break;
    }
    return {};
  }

  const EmitOptions& options_;
};

}  // namespace

std::string emit(const Node& node, const EmitOptions& options) { return Writer(options).document(node); }

}  // namespace konduit::config
