#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "config/document.hpp"
#include "config/emitter.hpp"
#include "config/encoding.hpp"
#include "config/substitution.hpp"
#include "fuzz/invariant.hpp"
#include "fuzz/lines.hpp"

namespace {

using namespace konduit::config;
using konduit::fuzz::hold;

class Source final : public SubstitutionSource {
 public:
  Source(std::string_view variable, std::string_view file) : variable_(variable), file_(file) {}
  std::optional<std::string> variable(const std::string& name) const override {
    if (name == "unset") return std::nullopt;
    return std::string(variable_);
  }
  std::optional<std::string> file(const std::string& path, std::string& error) const override {
    if (path != "missing") return std::string(file_);
    error = "none";
    return std::nullopt;
  }

 private:
  std::string_view variable_;
  std::string_view file_;
};

/// The text of a document's one value once the document was printed and read; nothing where it cannot be read.
std::string read_back(const Node& scalar, const SubstitutionSource& source) {
  Problems problems;
  const std::string text = emit(Node::map({{"key", scalar, {}}}), {.omit_nulls = false});
  auto document = parse(text, "printed", problems);
  hold(document.has_value() && problems.ok(), "what is printed can be read");
  substitute(*document, problems, source);
  hold(problems.ok(), "nothing is left to be put into what is printed");
  return (*document)["key"].text();
}

}  // namespace

// A variable's value, a file's content and a scalar that may name them, a line each (the scalar has the rest).
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 2000) return 0;
  konduit::fuzz::InputLines lines(data, size);
  const std::string_view variable = lines.next();
  const std::string_view file = lines.next();
  const std::string_view text = lines.rest();
  if (!is_utf8(text)) return 0;
  const Source source(variable, file);

  Node scalar = Node::scalar(std::string(text));
  Problems problems;
  substitute(scalar, problems, source);
  if (!problems.ok()) return 0;
  if (text.find("${") == std::string_view::npos) hold(scalar.text() == text, "text without \"${\" stays as it is");
  hold(is_utf8(scalar.text()), "what is put in is text");
  hold(read_back(scalar, source) == scalar.text(), "a value is read as it was printed");
  return 0;
}
