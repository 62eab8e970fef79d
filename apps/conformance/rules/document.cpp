// What a descriptor says, held against the core's own check of documents.
#include <gtest/gtest.h>

#include <string>

#include "config/configuration.hpp"
#include "config/validation.hpp"
#include "plugin_under_test.hpp"
#include "rule.hpp"

namespace konduit::conformance {
namespace {

/// What the check says of `text` as the component's configuration.
std::string said_of(const Subject& subject, const std::string& text) {
  config::Problems problems;
  const auto node = config::read_text(text, "example", problems);
  if (!node) return problems.text();
  check_node(*node, *subject.descriptor, problems);
  return problems.text();
}

void expect_described(std::span<const config::Field> fields, const std::string& path) {
  for (const auto& field : fields) {
    const std::string name = path + field.name;
    EXPECT_STRNE(field.summary, "") << name << " has no summary";
    EXPECT_EQ(std::string_view(field.summary).find('\n'), std::string_view::npos) << name << ": one line, please";
    expect_described({field.fields, field.field_count}, name + ".");
  }
}

void fields_are_described(const Subject& subject) {
  EXPECT_STRNE(subject.descriptor->summary, "") << "the component has no summary";
  expect_described({subject.descriptor->schema.fields, subject.descriptor->schema.field_count}, "");
}

void example_is_valid(const Subject& subject) { EXPECT_EQ(said_of(subject, subject.descriptor->example), ""); }

void expect_valid_defaults(std::span<const config::Field> fields, const std::string& path) {
  for (const auto& field : fields) {
    const std::string name = path + field.name;
    expect_valid_defaults({field.fields, field.field_count}, name + ".");
    if (!field.default_value) continue;
    config::Problems problems;
    const auto node =
        config::read_text(std::string(field.name) + ": " + field.default_value + "\n", "default", problems);
    config::Field alone = field;
    alone.required = false;
    if (node) check_node(*node, {&alone, 1}, problems);
    EXPECT_EQ(problems.text(), "") << "of the default of " << name;
  }
}

void defaults_are_valid(const Subject& subject) {
  expect_valid_defaults({subject.descriptor->schema.fields, subject.descriptor->schema.field_count}, "");
}

void typo_is_reported(const Subject& subject) {
  std::string text = subject.descriptor->example;
  config::Problems none;
  const auto example = config::read_text(text, "example", none);
  ASSERT_TRUE(example) << none.text();
  const bool block = example->kind() == config::Kind::map && !text.starts_with('{');
  if (!block) text.clear();
  if (!text.empty() && !text.ends_with('\n')) text += '\n';
  const auto line = std::count(text.begin(), text.end(), '\n') + 1;
  const auto said = said_of(subject, text + "unheard-of: 1\n");
  EXPECT_NE(said.find("example:" + std::to_string(line) + ":1: error: "), std::string::npos)
      << "line " << line << " has a key that the schema does not know, and what was said is: " << said;
}

constexpr Rule kRules[] = {
    {"every field says in one line what it is", fields_are_described},
    {"the example is valid by the schema", example_is_valid},
    {"every default is valid by the schema", defaults_are_valid},
    {"a misspelt key is reported on its line", typo_is_reported},
};

}  // namespace

std::span<const Rule> document_rules() { return kRules; }

}  // namespace konduit::conformance
