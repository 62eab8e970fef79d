#pragma once

/// Symbols of the shared library with the generated code. It exists once per process: two copies of protobuf's
/// descriptors would collide.
#define KONDUIT_PROTO_API __attribute__((visibility("default")))
