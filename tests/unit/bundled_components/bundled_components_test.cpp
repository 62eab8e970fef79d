#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "config/configuration.hpp"
#include "konduit/testkit/test_host.hpp"
#include "loader/plugin_loader.hpp"

namespace konduit {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string indented(std::string text) {
  for (auto at = text.find('\n'); at != std::string::npos && at + 1 < text.size(); at = text.find('\n', at + 5)) {
    text.insert(at + 1, "    ");
  }
  return "    " + text;
}

/// A document that holds one component, and nothing else that is right.
std::string document_with(const ComponentDescriptor& component, const std::string& text) {
  return std::string("apiVersion: konduit/v1\n") + std::string(config::section_of(component.kind)) + ":\n  " +
         component.name + "/example:\n" + indented(text);
}

void keep(void* context, const char* text) { *static_cast<std::string*>(context) = text; }

class BundledComponents : public ::testing::TestWithParam<const char*> {
 protected:
  BundledComponents() {
    EXPECT_TRUE(loader_.load(std::string(KONDUIT_BINARY_DIR "/lib/konduit/plugins/") + GetParam() + ".so"))
        << (loader_.errors().empty() ? "" : loader_.errors().front().text());
  }
  /// What is said of a component's text; what concerns the rest of the document, which lacks what an example may refer
  /// to, is left out.
  std::string said_of(const ComponentDescriptor& component, const std::string& text) {
    config::Problems problems;
    const auto document = config::read_text(document_with(component, text), "f.yaml", problems);
    if (document) config::configure(*document, loader_, nullptr, problems);
    std::string said;
    for (const auto& problem : problems.sorted()) {
      const bool elsewhere = problem.path.find(component.name) == std::string::npos ||
                             problem.what.find("the document has no ") != std::string::npos;
      if (!elsewhere && problem.severity == config::Severity::error) {
        said += problem.text() + "\n";
      }
    }
    return said;
  }

  loader::PluginLoader loader_;
};

TEST_P(BundledComponents, DescribeEveryFieldInOneLine) {
  for (const auto& component : loader_.plugins().front().components()) {
    EXPECT_STRNE(component.summary, "") << component.name;
    for (std::uint32_t i = 0; i < component.schema.field_count; ++i) {
      const std::string summary = component.schema.fields[i].summary;
      EXPECT_FALSE(summary.empty()) << component.name << "." << component.schema.fields[i].name;
      EXPECT_EQ(summary.find('\n'), std::string::npos);
    }
  }
}

TEST_P(BundledComponents, HaveValidExamples) {
  for (const auto& component : loader_.plugins().front().components()) {
    EXPECT_EQ(said_of(component, component.example), "") << component.name;
  }
}

TEST_P(BundledComponents, RefuseAKeyThatTheyDoNotKnowOnItsLine) {
  for (const auto& component : loader_.plugins().front().components()) {
    EXPECT_THAT(said_of(component, "unheard_of: 1\n"), HasSubstr("f.yaml:4:5: error: ")) << component.name;
  }
}

TEST_P(BundledComponents, AreMadeTwiceFromTheirExamples) {
  Shard shard;
  for (const auto& component : loader_.plugins().front().components()) {
    testkit::TestHost host(shard, std::string(component.name) + "/example");
    config::Problems problems;
    auto node = config::read_text(component.example, "f.yaml", problems);
    ASSERT_TRUE(node) << problems.text();
    for (std::uint32_t i = 0; i < component.schema.field_count; ++i) {
      const auto& field = component.schema.fields[i];
      if (field.default_value && !node->has(field.name))
        node->add(field.name, config::Node::scalar(field.default_value));
    }
    std::string failure;
    std::unique_ptr<Component> first(component.create(*node, host, &failure, &keep));
    std::unique_ptr<Component> second(component.create(*node, host, &failure, &keep));
    EXPECT_TRUE(first && second) << component.name << ": " << failure;
    EXPECT_THAT(host.reports(), IsEmpty()) << component.name;
  }
}

INSTANTIATE_TEST_SUITE_P(Small, BundledComponents, ::testing::Values("filters", "auth", "lb-discovery", "routing"),
                         [](const auto& plugin) {
                           std::string name = plugin.param;
                           std::erase(name, '-');
                           return name;
                         });

}  // namespace
}  // namespace konduit
