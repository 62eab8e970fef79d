# How tests, fuzz targets and the checks of public headers are declared.

# g++ 12's TSan cannot map its shadow where the kernel randomizes addresses by more than 28 bits.
set(konduit_test_launcher "")
if(KONDUIT_SANITIZE MATCHES "thread" AND EXISTS /proc/sys/vm/mmap_rnd_bits)
  file(READ /proc/sys/vm/mmap_rnd_bits konduit_random_bits)
  if(konduit_random_bits GREATER 28)
    set(konduit_test_launcher setarch -R)
  endif()
endif()

# konduit_add_test(NAME SOURCES src... [DEPS target...] [LABELS label...] [TIMEOUT seconds] [NOT_PRECOMPILED])
#
# One GoogleTest program in <build>/tests; each of its cases is a ctest. LABELS: unit (the default), conformance or
# integration. tests/ is on the include path: "support/memory_stream.hpp". NOT_PRECOMPILED: it links no konduit::sdk, or a library
# whose macros change the headers that the others share.
function(konduit_add_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "NOT_PRECOMPILED" "TIMEOUT" "SOURCES;DEPS;LABELS")
  if(NOT arg_LABELS)
    set(arg_LABELS unit)
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 60)
  endif()
  add_executable(${name} ${arg_SOURCES})
  target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}/tests")
  target_link_libraries(${name} PRIVATE konduit_build_options ${arg_DEPS} GTest::gmock GTest::gtest_main)
  if(NOT arg_NOT_PRECOMPILED)
    konduit_precompile(${name})
  endif()
  set_target_properties(${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests/bin"
    CROSSCOMPILING_EMULATOR "${konduit_test_launcher}")
  gtest_discover_tests(${name} TEST_PREFIX "${name}." DISCOVERY_TIMEOUT 60
                       PROPERTIES LABELS "${arg_LABELS}" TIMEOUT ${arg_TIMEOUT})
endfunction()

# konduit_add_fuzzer(NAME LONGEST bytes SOURCES src... [DEPS target...]): a libFuzzer program in <build>/fuzz; its corpus
# is the folder corpus/NAME beside the CMakeLists.txt. ctest replays the corpus. LONGEST: of the inputs that are made up;
# scripts/lib/fuzz.sh reads it here.
function(konduit_add_fuzzer name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "LONGEST" "SOURCES;DEPS")
  if(NOT arg_LONGEST)
    message(FATAL_ERROR "konduit_add_fuzzer(${name}): LONGEST is required")
  endif()
  add_executable(${name} ${arg_SOURCES})
  if(KONDUIT_SANITIZE MATCHES "address")
    target_sources(${name} PRIVATE "${PROJECT_SOURCE_DIR}/tests/fuzz/sanitizer_options.cpp")
  endif()
  target_link_libraries(${name} PRIVATE konduit_build_options ${arg_DEPS})
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/fuzz")
  set(corpus "${CMAKE_CURRENT_SOURCE_DIR}/corpus/${name}")
  if(NOT IS_DIRECTORY "${corpus}")
    message(FATAL_ERROR "konduit_add_fuzzer(${name}): no corpus at ${corpus}")
  endif()
  add_test(NAME "fuzz corpus: ${name}" COMMAND ${name} -runs=0 "${corpus}")
  set_tests_properties("fuzz corpus: ${name}" PROPERTIES LABELS fuzz TIMEOUT 60)
  set_property(GLOBAL APPEND PROPERTY KONDUIT_FUZZERS ${name})
endfunction()

# konduit_add_header_check(TARGET LIBRARY INCLUDE_DIR): an object library, built on demand, that compiles every header
# below INCLUDE_DIR alone.
function(konduit_add_header_check target library include_dir)
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS RELATIVE "${include_dir}" "${include_dir}/*.hpp")
  set(sources "")
  foreach(header IN LISTS headers)
    set(source "${CMAKE_CURRENT_BINARY_DIR}/${target}/${header}.cpp")
    file(CONFIGURE OUTPUT "${source}" CONTENT "#include <${header}>\n#include <${header}>\n")
    list(APPEND sources "${source}")
  endforeach()
  if(NOT sources)
    add_custom_target(${target})
    return()
  endif()
  add_library(${target} OBJECT EXCLUDE_FROM_ALL ${sources})
  set_target_properties(${target} PROPERTIES INTERPROCEDURAL_OPTIMIZATION OFF)  # nobody links it
  target_link_libraries(${target} PRIVATE konduit_build_options ${library})
  if(TARGET GTest::gmock)
    target_link_libraries(${target} PRIVATE GTest::gmock)
  endif()
endfunction()
