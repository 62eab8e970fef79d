#pragma once

#include <gtest/gtest.h>

#include <string_view>
#include <utility>

#include "config/configuration.hpp"
#include "unit/config/fake_catalog.hpp"

namespace konduit::config::testing {

/// A document of the fake catalog's components, checked: "f.yaml". Fails the test where anything is said of it.
inline Configuration configured(std::string_view text) {
  static const FakeCatalog catalog;
  Problems problems;
  auto document = read_text(text, "f.yaml", problems);
  auto configuration = document ? configure(*document, catalog, &catalog, problems) : std::nullopt;
  EXPECT_EQ(problems.text(), "");
  return configuration ? std::move(*configuration) : Configuration{};
}

}  // namespace konduit::config::testing
