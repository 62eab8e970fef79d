#include "report/reference.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/config/fake_catalog.hpp"

namespace konduit::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

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

TEST(Reference, HasALinkToEachOfItsSections) {
  const config::testing::FakeCatalog catalog;
  const std::string text = reference(catalog);
  EXPECT_THAT(text, HasSubstr("- [The document](#the-document)\n"));
  for (const auto kind : {ComponentKind::frontend, ComponentKind::transport}) {
    for (const auto type : catalog.types(kind)) {
      const std::string name(type);
      EXPECT_THAT(text, HasSubstr("[`" + name + "`](#" + std::string(to_string(kind)) + "-" + name + ")"));
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
  EXPECT_THAT(text, HasSubstr("```yaml\nfilters:\n  x/example:\n    key: a\n```\n"));
}

TEST(Reference, ShowsExamplesWhereTheyStandInADocument) {
  ComponentDescriptor component{
      ComponentKind::selector, "x", 1, Stability::stable, "", {kFields, 2}, "{key: a}", nullptr};
  EXPECT_THAT(reference(component, "some"), HasSubstr("```yaml\nselectors:\n  x/example: {key: a}\n```\n"));
  component.kind = ComponentKind::transport;
  EXPECT_THAT(reference(component, "some"), HasSubstr("```yaml\nlisten: {key: a}\n```\n"));
  component.example = "{}";
  EXPECT_THAT(reference(component, "some"), Not(HasSubstr("```")));
}

constexpr config::Field kLists[] = {
    {.name = "of", .type = config::Type::list, .detail = "backend", .element = config::Type::reference},
    {.name = "some", .type = config::Type::list, .element = config::Type::object, .fields = kFields, .field_count = 2},
};

TEST(Reference, SaysWhatListsHave) {
  const ComponentDescriptor component{ComponentKind::filter, "x", 1, Stability::stable, "", {kLists, 2}, "", nullptr};
  const std::string text = reference(component, "some");
  EXPECT_THAT(text, HasSubstr("| `of` | list of ids, each of a backend |"));
  EXPECT_THAT(text, HasSubstr("| `some` | list of maps |"));
  EXPECT_THAT(text, HasSubstr("| `some[].key` | text | required | The key. Never shown. |\n"));
}

}  // namespace
}  // namespace konduit::report
