#pragma once

#include <string>

#include "isolation.hpp"
#include "load.hpp"

namespace konduit::bench {

/// One line of JSON, for programs. What a scenario does not measure is 0.
std::string json(const LoadSettings& settings, const LoadResult& result);
std::string json(const IsolationSettings& settings, const IsolationResult& result);

/// A few lines, for people.
std::string table(const LoadSettings& settings, const LoadResult& result);

/// "crr".
const char* to_string(Scenario scenario);
const char* to_string(Frontend frontend);

}  // namespace konduit::bench
