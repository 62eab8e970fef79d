#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace konduit::lb {

/// The url of a server that is written as "host", "host:port", "[v6]:port" or as a url with a scheme, which is taken as
/// it is. Empty if it is none of these; `error` then says why.
std::optional<std::string> server_url(std::string_view text, std::uint16_t default_port, std::string& error);

}  // namespace konduit::lb
