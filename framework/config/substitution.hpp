#pragma once

#include <optional>
#include <string>

#include "config/problem.hpp"
#include "konduit/config.hpp"

namespace konduit::config {

/// Where `${env:X}` and `${file:X}` look. The process's own unless a test says otherwise.
class SubstitutionSource {
 public:
  virtual ~SubstitutionSource() = default;
  virtual std::optional<std::string> variable(const std::string& name) const = 0;
  /// The file's content; otherwise `error` says why not.
  virtual std::optional<std::string> file(const std::string& path, std::string& error) const = 0;

  static const SubstitutionSource& process();
};

/// Replaces in every scalar, keys excepted:
///   ${env:NAME}            the variable's value
///   ${env:NAME:-default}   the same, or `default` where it is unset or empty
///   ${file:PATH}           the file's content without one trailing line feed; regular files up to 64 KiB
///   $${                    a literal ${
/// What is put in is not looked at again. A scalar that holds a variable's value has Origin::environment, one that
/// holds a file's stays Origin::file; neither counts as quoted, so that numbers can come from outside.
void substitute(Node& root, Problems& problems, const SubstitutionSource& source = SubstitutionSource::process());

}  // namespace konduit::config
