#pragma once

#include <cstdio>
#include <cstdlib>

namespace konduit::fuzz {

/// Ends the program with a report unless what must always be so is so.
inline void hold(bool so, const char* rule) {
  if (so) return;
  std::fprintf(stderr, "not so: %s\n", rule);
  std::abort();
}

}  // namespace konduit::fuzz
