#include "config/document.hpp"

#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <sstream>

#include "config/encoding.hpp"
#include "config/tree_builder.hpp"

namespace konduit::config {
namespace {

struct Hint {
  std::string_view said;
  std::string_view meant;
};

std::string_view line_at(std::string_view text, std::uint32_t line) {
  for (; line > 1; --line) {
    std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  return text.substr(0, text.find('\n'));
}

/// yaml-cpp says something else of most tabs.
bool is_tab_indented(std::string_view line) {
  std::size_t text = line.find_first_not_of(" \t");
  return line.substr(0, text).find('\t') != std::string_view::npos;
}

std::string explanation(const std::string& said, std::string_view line) {
  static const Hint hints[] = {
      {YAML::ErrorMsg::END_OF_MAP, "the map ends unexpectedly; is this line indented as its neighbours are?"},
      {YAML::ErrorMsg::END_OF_SEQ, "the list ends unexpectedly; is this line indented as its neighbours are?"},
      {YAML::ErrorMsg::END_OF_MAP_FLOW, "a '{' is not closed, or a ',' is missing"},
      {YAML::ErrorMsg::END_OF_SEQ_FLOW, "a '[' is not closed, or a ',' is missing"},
      {YAML::ErrorMsg::FLOW_END, "a '}' or ']' that nothing opened"},
      {YAML::ErrorMsg::MAP_VALUE, "a ':' too many, or a value that needs quotes"},
      {YAML::ErrorMsg::EOF_IN_SCALAR, "a quote is not closed"},
      {YAML::ErrorMsg::UNKNOWN_ANCHOR, "aliases (*name) are not supported; write the value out"},
      {YAML::ErrorMsg::UNKNOWN_TOKEN, "a value cannot begin with this character; put it in quotes"},
  };
  if (is_tab_indented(line)) return "not valid YAML: a tab indents this line; use spaces";
  for (const Hint& hint : hints) {
    if (hint.said == said) return "not valid YAML: " + std::string(hint.meant);
  }
  return "not valid YAML: " + said;
}

/// Refuses whatever comes after the first document. It stops at the first event, because yaml-cpp 0.7 makes endless
/// documents of a stray comma.
class Remainder final : public YAML::EventHandler {
 public:
  Remainder(std::string_view text, const TreeBuilder& builder, Problems& problems)
      : text_(text), builder_(builder), problems_(problems) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    Mark here = builder_.mark_of(mark);
    bool marker = here.column == 1 && line_at(text_, here.line).starts_with("---");
    problems_.error(here, "",
                    marker ? "a second document begins; a file holds one" : "text is left over after the document");
    throw ParseStopped();
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}

 private:
  std::string_view text_;
  const TreeBuilder& builder_;
  Problems& problems_;
};

}  // namespace

std::optional<Node> parse(std::string_view text, std::string file, Problems& problems, const DocumentLimits& limits) {
  auto name = std::make_shared<const std::string>(std::move(file));
  if (text.size() > limits.bytes) {
    problems.error(Mark{name}, "", "larger than " + std::to_string(limits.bytes) + " bytes");
    return std::nullopt;
  }
  if (auto illegal = find_illegal_text(text)) {
    problems.error(Mark{name, illegal->line, illegal->column}, "", illegal->what);
    return std::nullopt;
  }

  TreeBuilder builder(name, limits, problems);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    bool found = parser.HandleNextDocument(builder);
    Remainder remainder(text, builder, problems);
    if (found) parser.HandleNextDocument(remainder);
  } catch (const ParseStopped&) {
    return std::nullopt;
  } catch (const YAML::Exception& error) {
    Mark mark = builder.mark_of(error.mark);
    problems.error(mark, "", explanation(error.msg, line_at(text, mark.line)));
    return std::nullopt;
  }

  std::optional<Node> root = builder.take_root();
  if (!root || root->is_null()) {
    problems.error(Mark{name, 1, 1}, "", "the document is empty");
    return std::nullopt;
  }
  root->set_path("");
  return root;
}

}  // namespace konduit::config
