#pragma once

#include <filesystem>

namespace konduit::conformance {

/// A folder for what components write here: ${env:KONDUIT_SCRATCH} in the settings. Gone when the judge is; the
/// processes that try its rules share it.
class Scratch {
 public:
  Scratch();
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

 private:
  std::filesystem::path folder_;  ///< Empty where it is another process's.
};

}  // namespace konduit::conformance
