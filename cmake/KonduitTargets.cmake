# How the project's own libraries and programs are declared. Plugins: sdk/cmake/KonduitPlugin.cmake.

function(konduit_add_subdirectory_if_present dir)
  if(EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/${dir}/CMakeLists.txt")
    add_subdirectory(${dir})
  endif()
endfunction()

# konduit_add_library(NAME SOURCES src... [DEPS target...] [PRIVATE_DEPS target...])
#
# A static library `konduit-<name>` with alias `konduit::<name>`; NAME may be given with or without the prefix. The
# folder above the module is on its PUBLIC include path: framework/config is included as "config/document.hpp",
# libs/http2 as "http2/session.hpp"; so is the module's own include/ folder where there is one.
function(konduit_add_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;DEPS;PRIVATE_DEPS")
  string(REGEX REPLACE "^konduit-" "" short "${name}")
  set(target konduit-${short})
  konduit_check_dependencies(${target} ${arg_DEPS} ${arg_PRIVATE_DEPS})
  cmake_path(GET CMAKE_CURRENT_SOURCE_DIR PARENT_PATH include_root)

  add_library(${target} STATIC ${arg_SOURCES})
  add_library(konduit::${short} ALIAS ${target})
  target_include_directories(${target} PUBLIC "${include_root}")
  if(IS_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}/include")
    target_include_directories(${target} PUBLIC "${CMAKE_CURRENT_SOURCE_DIR}/include")
  endif()
  target_link_libraries(${target} PUBLIC ${arg_DEPS} PRIVATE konduit_build_options ${arg_PRIVATE_DEPS})
endfunction()

# konduit_add_program(NAME SOURCES src... [DEPS target...]): a program in bin/, part of `konduit-product`, installed.
# KONDUIT_VERSION is defined for its sources.
function(konduit_add_program name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;DEPS")
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE konduit_build_options ${arg_DEPS})
  target_compile_definitions(${name} PRIVATE KONDUIT_VERSION="${PROJECT_VERSION}")
  set_target_properties(${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin"
    BUILD_WITH_INSTALL_RPATH ON INSTALL_RPATH "$ORIGIN/../lib")
  install(TARGETS ${name} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  set_property(GLOBAL APPEND PROPERTY KONDUIT_RUNTIME_TARGETS ${name})
endfunction()

# konduit_add_shared_library(NAME SOURCES src... [DEPS target...] [PRIVATE_DEPS target...])
#
# As konduit_add_library, but shared and installed: for what must exist once in a process, as generated protobuf code.
function(konduit_add_shared_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;DEPS;PRIVATE_DEPS")
  string(REGEX REPLACE "^konduit-" "" short "${name}")
  set(target konduit-${short})
  konduit_check_dependencies(${target} ${arg_DEPS} ${arg_PRIVATE_DEPS})
  cmake_path(GET CMAKE_CURRENT_SOURCE_DIR PARENT_PATH include_root)

  add_library(${target} SHARED ${arg_SOURCES})
  add_library(konduit::${short} ALIAS ${target})
  target_include_directories(${target} PUBLIC "${include_root}")
  target_link_libraries(${target} PUBLIC ${arg_DEPS} PRIVATE konduit_build_options ${arg_PRIVATE_DEPS})
  set_target_properties(${target} PROPERTIES BUILD_WITH_INSTALL_RPATH ON INSTALL_RPATH "$ORIGIN")
  install(TARGETS ${target} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
  set_property(GLOBAL APPEND PROPERTY KONDUIT_RUNTIME_TARGETS ${target})
endfunction()
