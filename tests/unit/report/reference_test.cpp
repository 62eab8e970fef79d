#include "report/reference.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/config/fake_catalog.hpp"

namespace konduit::report {
namespace {

using ::testing::HasSubstr;

TEST(Reference, TellsOfTheDocumentAndOfEveryComponent) {
  const config::testing::FakeCatalog catalog;
  const std::string text = reference(catalog);
  EXPECT_THAT(text, HasSubstr("| `runtime.shards` | integer, from 1 to 256 | `1` |"));
  for (const auto kind : {ComponentKind::frontend, ComponentKind::backend, ComponentKind::filter}) {
    for (const auto type : catalog.types(kind)) {
      EXPECT_THAT(text, HasSubstr("### " + std::string(to_string(kind)) + " `" + std::string(type) + "`"));
    }
  }
}

constexpr config::Field kFields[] = {
    {.name = "mode", .type = config::Type::choice, .summary = "How.", .default_value = "fast", .detail = "fast|slow"},
    {.name = "key", .summary = "The key.", .required = true, .secret = true},
};

TEST(Reference, TellsOfChoicesDefaultsAndSecrets) {
  const ComponentDescriptor component{ComponentKind::filter, "x",        1,      Stability::experimental, "A filter",
                                      {kFields, 2},          "key: a\n", nullptr};
  const std::string text = reference(component, "some");
  EXPECT_THAT(text, HasSubstr("A filter. From the plugin `some`. It is experimental: its settings may change.\n"));
  EXPECT_THAT(text, HasSubstr("| `mode` | `fast`, `slow` | `fast` | How. |\n"));
  EXPECT_THAT(text, HasSubstr("| `key` | text | required | The key. Never shown. |\n"));
  EXPECT_THAT(text, HasSubstr("```yaml\nkey: a\n```\n"));
}

}  // namespace
}  // namespace konduit::report
