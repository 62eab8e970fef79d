# Configures and builds one preset into build/PRESET. Sourced; needs console.sh.

# build_preset PRESET TARGETS [CMAKE_OPTION...]: TARGETS is one word-separated list.
build_preset() {
  local preset=$1 targets=$2
  shift 2
  run_logged "configuring $preset" "configure-$preset" env -C "$root" cmake --preset "$preset" "$@" || return
  # shellcheck disable=SC2086
  run_logged "building $preset" "build-$preset" env -C "$root" cmake --build "build/$preset" --target $targets
}
