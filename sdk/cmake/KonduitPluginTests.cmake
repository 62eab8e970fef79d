# Shipped with the test kit: find_package(konduit-sdk COMPONENTS testkit). What runs is the installed konduit's:
# KONDUIT_PROGRAM and KONDUIT_CONFORMANCE, which the package sets.
include(GoogleTest)

# konduit_add_plugin_test(NAME PLUGIN plugin SOURCES src... [DEPS target...])
#
# A GoogleTest program over the plugin's own objects, with the test kit. Its sources include the plugin's headers as the
# plugin's own sources do. Each of its cases is a ctest.
function(konduit_add_plugin_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "PLUGIN" "SOURCES;DEPS")
  if(NOT arg_PLUGIN OR NOT arg_SOURCES)
    message(FATAL_ERROR "konduit_add_plugin_test(${name}): PLUGIN and SOURCES are required")
  endif()
  set(plugin konduit-plugin-${arg_PLUGIN})
  add_executable(${name} ${arg_SOURCES} $<TARGET_OBJECTS:${plugin}>)
  target_compile_features(${name} PRIVATE cxx_std_20)
  set_target_properties(${name} PROPERTIES CXX_EXTENSIONS OFF CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  target_include_directories(${name} PRIVATE
    ${CMAKE_CURRENT_SOURCE_DIR} $<TARGET_PROPERTY:${plugin},INCLUDE_DIRECTORIES>)
  target_link_libraries(${name} PRIVATE
    konduit::testkit GTest::gtest_main ${arg_DEPS} $<TARGET_PROPERTY:${plugin},LINK_LIBRARIES>)
  gtest_discover_tests(${name} TEST_PREFIX "${name}." PROPERTIES TIMEOUT 60)
endfunction()

# konduit_add_document_test(PLUGIN FILE...): `konduit validate` finds nothing wrong with the documents. It runs in the
# folder of the CMakeLists.txt, which is where relative paths in them begin.
function(konduit_add_document_test plugin)
  foreach(file IN LISTS ARGN)
    set(name "${plugin}: ${file} is valid")
    add_test(NAME "${name}" COMMAND "${KONDUIT_PROGRAM}" validate "${file}"
      WORKING_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}")
    set_tests_properties("${name}" PROPERTIES TIMEOUT 60)
  endforeach()
endfunction()

# konduit_add_conformance_test(PLUGIN [COMPONENTS kind/type...] [SETTINGS file])
#
# Every rule of the suite, over every component of the plugin or over those that are named, each in a process of its own.
# SETTINGS says what the suite cannot know by itself (docs/write-a-plugin.md).
function(konduit_add_conformance_test plugin)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "SETTINGS" "COMPONENTS")
  set(options "")
  if(arg_SETTINGS)
    cmake_path(ABSOLUTE_PATH arg_SETTINGS)
    list(APPEND options --settings "${arg_SETTINGS}")
  endif()
  if(NOT arg_COMPONENTS)
    add_test(NAME "${plugin}: keeps the rules of its kinds"
      COMMAND "${KONDUIT_CONFORMANCE}" $<TARGET_FILE:konduit-plugin-${plugin}> ${options}
      WORKING_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}")
    set_tests_properties("${plugin}: keeps the rules of its kinds" PROPERTIES LABELS conformance TIMEOUT 300)
  endif()
  foreach(component IN LISTS arg_COMPONENTS)
    set(name "${plugin}: ${component} keeps the rules of its kind")
    add_test(NAME "${name}"
      COMMAND "${KONDUIT_CONFORMANCE}" $<TARGET_FILE:konduit-plugin-${plugin}> --component ${component} ${options}
      WORKING_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}")
    set_tests_properties("${name}" PROPERTIES LABELS conformance TIMEOUT 300)
  endforeach()
endfunction()
