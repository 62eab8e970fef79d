#pragma once

#include <cstddef>

namespace konduit::test_support {

/// How often C++ code of this process has allocated so far, on any thread; what libraries take from malloc is not
/// counted. Linking konduit::counted-allocations replaces operator new for the whole program.
std::size_t allocations() noexcept;

}  // namespace konduit::test_support
