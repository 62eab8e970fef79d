#pragma once

#include <string>
#include <vector>

#include "support/program.hpp"
#include "support/temp_directory.hpp"

namespace konduit::programs {

/// Whether Debian's package prometheus is installed, for what is below.
bool has_prometheus();

/// A Prometheus on a free port, with a storage of its own, that scrapes what the test says.
class Prometheus {
 public:
  /// `targets` as "ADDRESS:PORT".
  Prometheus(const test_support::TempDirectory& folder, const std::vector<std::string>& targets);

  test_support::Program& program() noexcept { return program_; }
  /// Asks until the one value of `query` is `wanted`; false where that does not come within kPatience.
  bool comes_to(const std::string& query, const std::string& wanted);
  /// What it said to the last query.
  const std::string& answer() const noexcept { return answer_; }

 private:
  std::string place();

  test_support::Program program_;
  std::string answer_;
};

/// What `promtool check metrics` finds in a page, a line each; throws std::runtime_error where it cannot read it.
std::vector<std::string> findings_of_promtool(const test_support::TempDirectory& folder, const std::string& page);

}  // namespace konduit::programs
