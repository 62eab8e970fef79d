#pragma once

namespace konduit::app {

/// Exit statuses, as in sysexits.h where it has one.
enum ExitStatus : int {
  kOk = 0,
  kFailed = 1,          ///< It could not start: a port in use, an unreadable key. Of `diff`: there are differences.
                        ///< Of `test`: a dial came otherwise than expected.
  kUsage = 64,          ///< The command line is wrong.
  kConfiguration = 78,  ///< The document or a plugin is wrong; nothing was started.
};

}  // namespace konduit::app
