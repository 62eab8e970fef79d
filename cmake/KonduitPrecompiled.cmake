# Half of a test's compilation is reading the headers of Asio, GoogleMock and the standard library, so g++ reads them once. Only
# headers of others are in here: what a source needs of ours it includes, as ever. What is shipped is compiled without, so that
# it carries nothing that its own sources do not ask for. Off: -DKONDUIT_PRECOMPILE=OFF.
set(konduit_precompile_default OFF)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  set(konduit_precompile_default ON)
endif()
option(KONDUIT_PRECOMPILE "Compile the headers of libraries once for all tests" ${konduit_precompile_default})

# konduit_precompile(TARGET): TARGET, a test that links konduit::sdk, uses the precompiled headers.
function(konduit_precompile target)
  if(NOT KONDUIT_PRECOMPILE)
    return()
  endif()
  if(NOT TARGET konduit-precompiled)
    set(source "${PROJECT_BINARY_DIR}/konduit-precompiled.cpp")
    file(CONFIGURE OUTPUT "${source}" CONTENT "int main() {}\n")
    add_executable(konduit-precompiled EXCLUDE_FROM_ALL "${source}")
    target_link_libraries(konduit-precompiled PRIVATE konduit_build_options konduit::sdk GTest::gmock)
    target_precompile_headers(konduit-precompiled PRIVATE
      <algorithm> <array> <atomic> <chrono> <cstdint> <functional> <map> <memory> <mutex> <optional> <span> <string>
      <string_view> <system_error> <thread> <unordered_map> <utility> <variant> <vector>
      <boost/asio/as_tuple.hpp> <boost/asio/awaitable.hpp> <boost/asio/co_spawn.hpp> <boost/asio/io_context.hpp>
      <boost/asio/ip/address.hpp> <boost/asio/ip/tcp.hpp> <boost/asio/local/stream_protocol.hpp> <boost/asio/post.hpp>
      <boost/asio/steady_timer.hpp> <boost/asio/this_coro.hpp> <boost/asio/use_awaitable.hpp>
      <gmock/gmock.h> <gtest/gtest.h>)
    target_compile_options(konduit-precompiled PRIVATE -fpch-preprocess)
  endif()
  # What must be the same for all who share it: the macros that change Asio, and that ccache sees the header by its name.
  target_compile_definitions(${target} PRIVATE $<TARGET_PROPERTY:konduit-sdk,INTERFACE_COMPILE_DEFINITIONS>)
  target_compile_options(${target} PRIVATE -fpch-preprocess)
  target_precompile_headers(${target} REUSE_FROM konduit-precompiled)
endfunction()
