#pragma once

#include <filesystem>
#include <string>

namespace konduit::loader {

/// Why code in `file` must not be run because somebody else could have put it there; empty if it may.
///
/// Trusted are root, the user that this process runs as, and the owner of the running program (who could replace the
/// program itself). The file and its folder must belong to one of them and be writable by nobody else: no group or
/// other write bit, and the sticky bit does not help, because it still lets anybody add files. Folders further up may
/// be writable by others only with the sticky bit. REQUIRES: `file` is canonical (no symbolic links).
std::string distrust(const std::filesystem::path& file);

/// The SHA-256 of an open file, as 64 lower-case hexadecimal digits; empty if it cannot be read.
std::string sha256_of(int descriptor);

}  // namespace konduit::loader
