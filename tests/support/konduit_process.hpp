#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "support/program.hpp"
#include "support/temp_directory.hpp"

namespace konduit::test_support {

/// The program of this build.
std::string konduit_program();

/// What a program wrote and how it ended.
struct Outcome {
  int status = -1;
  std::string output;
};

/// Runs `konduit` with these arguments to its end, which is to come within kPatience.
Outcome outcome_of_konduit(std::vector<std::string> arguments);

/// A `konduit` that serves, with NAME.ready in `folder` as its ready file.
class KonduitProcess {
 public:
  /// `konduit run` on a document, which becomes NAME.yaml in `folder`.
  KonduitProcess(const TempDirectory& folder, const std::string& name, std::string_view document);

  /// `konduit` with these arguments, and --ready-file.
  KonduitProcess(const TempDirectory& folder, const std::string& name, std::vector<std::string> arguments);

  Program& program() noexcept { return program_; }
  /// Waits until everything listens. Throws std::runtime_error with what it wrote if that does not come.
  void await_ready();
  /// Where the listener of a component is bound. REQUIRES: await_ready(). Throws std::runtime_error if there is none.
  std::string url(std::string_view id) const;

 private:
  std::string ready_file_;
  socket::FileDescriptor watch_;  // of the folder, from before the start
  Program program_;
};

}  // namespace konduit::test_support
