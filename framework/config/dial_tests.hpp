#pragma once

#include <iterator>
#include <vector>

#include "config/configuration.hpp"
#include "config/inventory.hpp"

/// The section `tests` of the document: dials, and what is to come of them.
namespace konduit::config {

inline constexpr Field kDialTest[] = {
    {.name = "frontend",
     .type = Type::reference,
     .summary = "Where the dial comes from.",
     .required = true,
     .detail = "frontend"},
    {.name = "dial", .type = Type::text, .summary = "What is dialled, as host:port.", .required = true},
    {.name = "identity",
     .type = Type::text,
     .summary = "Who dials, as an authenticator would say.",
     .default_value = "\"\""},
    {.name = "from",
     .type = Type::text,
     .summary = "The address that the client connects from, as in tcp://192.0.2.7:40312.",
     .default_value = "tcp://127.0.0.1:1"},
    {.name = "resolves",
     .type = Type::list,
     .summary = "The addresses that the dialled name has; filters judge them as well.",
     .default_value = "[]"},
    {.name = "expect",
     .type = Type::text,
     .summary = "The backend that is to serve it, or how it is to fail: denied, no_route, overloaded, ...",
     .required = true},
    {.name = "says", .type = Type::text, .summary = "What the error's text is to contain.", .default_value = "\"\""},
};

/// From the validated section. What a schema cannot express goes to `problems`.
std::vector<DialTest> dial_tests_of(const Node& section, const Inventory& inventory, Problems& problems);

}  // namespace konduit::config
