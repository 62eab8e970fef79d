#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "konduit/component.hpp"

namespace konduit::auth {

/// Names that are allowed. Where there is no list, everything is.
class NameList {
 public:
  /// How names of a list are compared.
  enum class Rule {
    exact,  ///< Byte by byte; a "*" stands for itself.
    text,   ///< Byte by byte; "*.x" means everything that ends in ".x".
    dns,    ///< As text, without regard to case.
  };

  /// From an optional list of texts. Reports what is no name of this rule, and a list without names.
  NameList(const config::Node& list, Rule rule, Host& host);

  /// True if the document has the list.
  bool given() const noexcept { return given_; }
  bool holds(std::string_view name) const;
  bool holds_any(const std::vector<std::string>& names) const;

 private:
  std::string spelled(std::string_view name) const;

  Rule rule_;
  bool given_;
  std::vector<std::string> names_;
  std::vector<std::string> suffixes_;  // with their leading dot
};

}  // namespace konduit::auth
