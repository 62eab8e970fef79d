#pragma once

/// Symbols that cross the boundary between the core library, the programs and plugins.
#define KONDUIT_API __attribute__((visibility("default")))

/// The version of the plugin interface. A plugin runs only in a core with the same major number and a minor number
/// that is not smaller (docs/plugin-abi.md says what counts as which).
#define KONDUIT_SDK_MAJOR 1
#define KONDUIT_SDK_MINOR 0
