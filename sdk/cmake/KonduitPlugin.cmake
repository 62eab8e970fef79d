# Shipped with the SDK: the same function builds the bundled plugins and everybody else's.
include(GNUInstallDirs)

# konduit_add_plugin(NAME VERSION x.y.z SOURCES src... [DEPS target...] [OUTPUT_DIRECTORY dir])
#
# A loadable module NAME.so that links konduit::sdk. KONDUIT_PLUGIN_NAME and KONDUIT_PLUGIN_VERSION are defined, as
# strings, for its sources. It is put into <build>/lib/konduit/plugins, where the programs of the same build tree find
# it, and installed into <prefix>/lib/konduit/plugins. With OUTPUT_DIRECTORY it goes there and is not installed: plugins
# that only a test loads.
#
# A bundled plugin may link konduit::sdk, libs/ and system libraries; anything else fails the configuration.
function(konduit_add_plugin name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "VERSION;OUTPUT_DIRECTORY" "SOURCES;DEPS")
  if(NOT arg_VERSION OR NOT arg_SOURCES)
    message(FATAL_ERROR "konduit_add_plugin(${name}): VERSION and SOURCES are required")
  endif()
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "konduit_add_plugin(${name}): unknown arguments: ${arg_UNPARSED_ARGUMENTS}")
  endif()
  if(COMMAND konduit_check_dependencies)
    konduit_check_dependencies(${name} ${arg_DEPS})
  endif()

  set(target konduit-plugin-${name})
  add_library(${target} MODULE ${arg_SOURCES})
  target_compile_features(${target} PRIVATE cxx_std_20)
  target_compile_definitions(${target} PRIVATE
    KONDUIT_PLUGIN_NAME="${name}" KONDUIT_PLUGIN_VERSION="${arg_VERSION}")
  target_link_libraries(${target} PRIVATE konduit::sdk ${arg_DEPS})
  if(TARGET konduit_build_options)
    target_link_libraries(${target} PRIVATE konduit_build_options)
  endif()
  # A plugin stays for the life of the process: its code is on other threads' stacks and in thread-local destructors.
  target_link_options(${target} PRIVATE -Wl,-z,nodelete)
  # clang leaves the sanitizers' runtime to the program, so a sanitized module has undefined symbols by design.
  if(NOT KONDUIT_SANITIZE)
    target_link_options(${target} PRIVATE -Wl,-z,defs)
  endif()
  set_target_properties(${target} PROPERTIES
    PREFIX "" OUTPUT_NAME ${name} SUFFIX ".so"
    CXX_EXTENSIONS OFF CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON POSITION_INDEPENDENT_CODE ON
    INSTALL_RPATH "$ORIGIN/../..")

  if(arg_OUTPUT_DIRECTORY)
    set_target_properties(${target} PROPERTIES LIBRARY_OUTPUT_DIRECTORY "${arg_OUTPUT_DIRECTORY}")
  else()
    set_target_properties(${target} PROPERTIES LIBRARY_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/lib/konduit/plugins")
    install(TARGETS ${target} LIBRARY DESTINATION lib/konduit/plugins)
    if(TARGET konduit-sdk)
      # The build tree is laid out as the installed one.
      set_target_properties(${target} PROPERTIES BUILD_WITH_INSTALL_RPATH ON)
    endif()
    set_property(GLOBAL APPEND PROPERTY KONDUIT_RUNTIME_TARGETS ${target})
  endif()
endfunction()
