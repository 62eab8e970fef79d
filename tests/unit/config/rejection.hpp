#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace konduit::config::testing {

/// One wrong document and all that is to be said about it.
struct WrongDocument {
  const char* name;
  const char* document;
  const char* expected;  ///< Without "f.yaml:".
};

inline void PrintTo(const WrongDocument& wrong, std::ostream* stream) { *stream << wrong.name; }

inline std::string name_of(const ::testing::TestParamInfo<WrongDocument>& info) { return info.param.name; }

/// What is reported of the text, as it is; "f.yaml:" is cut from every line. Fails the test if a configuration came
/// out.
std::string rejection_of(std::string_view text);

/// Appends the sections that a document lacks, so that a row of a table shows its own mistake alone: apiVersion, a
/// pipeline from grpc/z to direct/z, these two.
std::string completed(std::string_view document);

}  // namespace konduit::config::testing
