#include "config/substitution.hpp"

#include <sys/stat.h>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "config/encoding.hpp"

namespace konduit::config {
namespace {

constexpr std::size_t kMaxFile = 64 * 1024;

class Process final : public SubstitutionSource {
 public:
  std::optional<std::string> variable(const std::string& name) const override {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return std::string(value);
  }

  std::optional<std::string> file(const std::string& path, std::string& error) const override {
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0) return failed(error, std::strerror(errno));
    if (!S_ISREG(status.st_mode)) return failed(error, "not a regular file");
    std::ifstream stream(path, std::ios::binary);
    if (!stream) return failed(error, std::strerror(errno));
    std::string content(kMaxFile + 1, '\0');
    stream.read(content.data(), static_cast<std::streamsize>(content.size()));
    content.resize(static_cast<std::size_t>(stream.gcount()));
    if (content.size() > kMaxFile) return failed(error, "larger than 64 KiB");
    return content;
  }

 private:
  static std::optional<std::string> failed(std::string& error, const char* why) {
    error = why;
    return std::nullopt;
  }
};

/// Rewrites one scalar.
class Scalar {
 public:
  Scalar(Node& node, const SubstitutionSource& source, Problems& problems)
      : node_(node), source_(source), problems_(problems) {}

  void rewrite() {
    std::string_view rest = node_.text();
    if (rest.find("${") == std::string_view::npos) return;
    std::string text;
    while (!rest.empty()) {
      if (rest.starts_with("$${")) {
        text += "${";
        rest.remove_prefix(3);
      } else if (rest.starts_with("${")) {
        std::size_t end = rest.find('}');
        if (end == std::string_view::npos)
          return fail("\"${\" is not closed by '}'; write \"$${\" for the two characters");
        auto value = expression(rest.substr(2, end - 2));
        if (!value) return;
        text += *value;
        rest.remove_prefix(end + 1);
      } else {
        text += rest.front();
        rest.remove_prefix(1);
      }
    }
    node_.set_text(std::move(text), origin_);
    if (replaced_) node_.set_quoted(false);
  }

 private:
  std::optional<std::string> expression(std::string_view expression) {
    replaced_ = true;
    if (expression.starts_with("env:")) return variable(expression.substr(4));
    if (expression.starts_with("file:")) return file(std::string(expression.substr(5)));
    fail("\"${" + std::string(expression) +
         "}\" is neither ${env:NAME} nor ${file:PATH}; write \"$${\" for the two characters");
    return std::nullopt;
  }

  std::optional<std::string> variable(std::string_view expression) {
    std::size_t dash = expression.find(":-");
    std::string name(expression.substr(0, dash));
    if (name.empty()) {
      fail("${env:} needs the name of a variable");
      return std::nullopt;
    }
    origin_ = Origin::environment;
    std::optional<std::string> value = source_.variable(name);
    bool has_default = dash != std::string_view::npos;
    if (has_default && (!value || value->empty())) return std::string(expression.substr(dash + 2));
    if (!value) {
      fail("the environment has no variable " + name + "; set it, or give a default as in ${env:" + name + ":-value}");
      return std::nullopt;
    }
    return legal(std::move(*value), "the variable " + name);
  }

  std::optional<std::string> file(const std::string& path) {
    std::string error;
    std::optional<std::string> content = source_.file(path, error);
    if (!content) {
      fail("cannot read the file \"" + path + "\": " + error);
      return std::nullopt;
    }
    if (content->ends_with('\n')) content->pop_back();
    if (content->ends_with('\r')) content->pop_back();
    return legal(std::move(*content), "the file \"" + path + "\"");
  }

  std::optional<std::string> legal(std::string value, const std::string& whose) {
    if (auto illegal = find_illegal_text(value)) {
      fail(whose + ": " + illegal->what);
      return std::nullopt;
    }
    return value;
  }

  void fail(std::string what) { problems_.error(node_, std::move(what)); }

  Node& node_;
  const SubstitutionSource& source_;
  Problems& problems_;
  Origin origin_ = Origin::file;
  bool replaced_ = false;
};

}  // namespace

const SubstitutionSource& SubstitutionSource::process() {
  static const Process process;
  return process;
}

void substitute(Node& root, Problems& problems, const SubstitutionSource& source) {
  switch (root.kind()) {
    case Kind::null: return;
    case Kind::scalar: return Scalar(root, source, problems).rewrite();
    case Kind::list:
      for (Node& item : root.items()) substitute(item, problems, source);
      return;
    case Kind::map:
      for (Node::Entry& entry : root.entries()) substitute(entry.value, problems, source);
      return;
  }
}

}  // namespace konduit::config
