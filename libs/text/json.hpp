#pragma once

#include <boost/json.hpp>

#include <string_view>

#include "text/utf8.hpp"

namespace konduit::text {

namespace json = boost::json;

/// A text that somebody else wrote, as JSON can hold it: what is not UTF-8 becomes U+FFFD.
inline json::string json_text(std::string_view words) { return json::string(repaired_utf8(words)); }

}  // namespace konduit::text
