# The language level and where things are put; all else hangs on konduit_build_options, which targets link by name.
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 16)
  message(FATAL_ERROR "clang ${CMAKE_CXX_COMPILER_VERSION} cannot build konduit: its coroutines crash with Asio 1.81. "
                      "Use g++ 12 or newer, or clang 16 or newer.")
endif()

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/lib")
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/lib")

# Programs find lib/ and lib/konduit/plugins from where they themselves are, so the installed tree may be moved;
# Debian's multiarch libdir would break that distance.
set(CMAKE_INSTALL_LIBDIR lib CACHE STRING "Libraries, below the prefix")
include(GNUInstallDirs)
set(CMAKE_BUILD_RPATH_USE_ORIGIN ON)

find_program(KONDUIT_CCACHE ccache)
if(KONDUIT_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Relative paths and no working directory in the key: every clone and work tree finds what another has compiled. The
  # sloppiness is what ccache asks for before it keeps anything that uses a precompiled header.
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CMAKE_COMMAND}" -E env "CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}" CCACHE_NOHASHDIR=1
                                  CCACHE_SLOPPINESS=pch_defines,time_macros)
  if(KONDUIT_FUZZ)
    # ccache does not know of what clang reads here.
    list(APPEND CMAKE_CXX_COMPILER_LAUNCHER "CCACHE_EXTRAFILES=${PROJECT_SOURCE_DIR}/tests/fuzz/untraced.txt")
  endif()
  list(APPEND CMAKE_CXX_COMPILER_LAUNCHER "${KONDUIT_CCACHE}")
endif()

add_library(konduit_build_options INTERFACE)
target_compile_options(konduit_build_options INTERFACE
  -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Wno-missing-field-initializers
  $<$<BOOL:${KONDUIT_WERROR}>:-Werror>
  # g++ 12 reports what is not there: uninitialized members and mismatched operators of coroutine frames, bounds in libstdc++.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized -Wno-array-bounds -Wno-stringop-overflow -Wno-restrict -Wno-mismatched-new-delete>)

# What is shipped may be optimized as it is linked: CMAKE_INTERPROCEDURAL_OPTIMIZATION, as the release preset has it for g++.
set(konduit_optimized_link "$<BOOL:$<TARGET_PROPERTY:INTERPROCEDURAL_OPTIMIZATION>>")
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Objects that hold machine code as well: tests link that, in a fraction of the time.
  set(CMAKE_CXX_COMPILE_OPTIONS_IPO -flto=auto -ffat-lto-objects)
  # g++ 12 takes frames of coroutines that are instances of one template for violations of the one-definition rule.
  target_link_options(konduit_build_options INTERFACE $<IF:${konduit_optimized_link},-Wno-odr,-fno-lto>)
else()
  # Nobody has looked at what other compilers make of it.
  set(CMAKE_INTERPROCEDURAL_OPTIMIZATION OFF)
endif()
find_program(KONDUIT_MOLD mold)
if(KONDUIT_MOLD)
  # mold 1.10 crashes where g++ optimizes as it links: there the linker is GNU's.
  target_link_options(konduit_build_options INTERFACE $<$<NOT:${konduit_optimized_link}>:-fuse-ld=mold>)
endif()

if(KONDUIT_SANITIZE)
  set(konduit_sanitize_flags -fsanitize=${KONDUIT_SANITIZE} -fno-omit-frame-pointer)
  if(KONDUIT_SANITIZE MATCHES "undefined")
    # vptr compares type_info by address, and every plugin has hidden type_info of its own for the SDK's interfaces.
    list(APPEND konduit_sanitize_flags -fno-sanitize-recover=all -fno-sanitize=vptr)
  endif()
  if(KONDUIT_FUZZ)
    list(APPEND konduit_sanitize_flags -fsanitize=fuzzer-no-link
      "-fsanitize-coverage-ignorelist=${PROJECT_SOURCE_DIR}/tests/fuzz/untraced.txt")
  endif()
  target_compile_options(konduit_build_options INTERFACE ${konduit_sanitize_flags})
  target_link_options(konduit_build_options INTERFACE ${konduit_sanitize_flags})
  if(KONDUIT_SANITIZE MATCHES "thread")
    # TSan does not know fences: without this it reports races in Asio that are not there.
    target_compile_definitions(konduit_build_options INTERFACE BOOST_ASIO_DISABLE_FENCED_BLOCK)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      target_compile_options(konduit_build_options INTERFACE -Wno-tsan)
    endif()
  endif()
endif()

if(KONDUIT_COVERAGE)
  target_compile_options(konduit_build_options INTERFACE --coverage)
  target_link_options(konduit_build_options INTERFACE --coverage)
endif()
