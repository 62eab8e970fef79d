#pragma once

#include <string>
#include <string_view>

namespace konduit::kube {

/// The whole file. Throws StartError ("cannot read KIND file PATH: …"), also for one that is larger than 1 MiB.
std::string read_file(const std::string& path, std::string_view kind);

std::string_view trimmed(std::string_view text) noexcept;

/// The bytes of base64 text (RFC 4648, 4), in which white space is ignored. Throws StartError that names `source`.
std::string decoded_base64(std::string_view text, const std::string& source);

}  // namespace konduit::kube
