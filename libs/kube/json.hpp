#pragma once

#include <boost/json.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Reading JSON that another program wrote: what is missing or of another type is empty.
namespace konduit::kube {

namespace json = boost::json;

/// An object from a text; empty if it is none.
std::optional<json::object> parse_object(std::string_view text);

/// The member `key`, if it is an object; else an empty one.
const json::object& object_in(const json::object& from, std::string_view key);
std::string text_in(const json::object& from, std::string_view key);
std::vector<std::string> texts_in(const json::object& from, std::string_view key);

}  // namespace konduit::kube
