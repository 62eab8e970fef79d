#include "scaffold/plugin_project.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <stdexcept>

#include "support/temp_directory.hpp"

namespace konduit::scaffold {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::string content(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string refusal(const PluginProject& project, const std::filesystem::path& plugins = {}) {
  try {
    write_project(project, TEMPLATES, plugins);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return {};
}

TEST(PluginProject, LeavesNoPlaceholderBehindInAnyKind) {
  test_support::TempDirectory directory;
  const auto kinds = template_kinds(TEMPLATES);
  EXPECT_THAT(kinds,
              ElementsAre("authenticator", "backend", "discovery", "filter", "frontend", "selector", "transport"));
  for (const auto& kind : kinds) {
    const auto folder = std::filesystem::path(directory.path()) / kind;
    const auto files = write_project({"hello-world", kind, folder}, TEMPLATES, {});
    EXPECT_THAT(files, Contains("CMakeLists.txt"));
    EXPECT_THAT(files, Contains("example.yaml"));
    EXPECT_THAT(files, Contains("hello_world.cpp"));
    for (const auto& file : files) {
      const auto text = file.string() + "\n" + content(folder / file);
      EXPECT_THAT(text, Not(HasSubstr("my-plugin"))) << kind;
      EXPECT_THAT(text, Not(HasSubstr("my_plugin"))) << kind;
      EXPECT_THAT(text, Not(HasSubstr("MyPlugin"))) << kind;
    }
  }
}

TEST(PluginProject, SpellsTheNameAsEachPlaceWantsIt) {
  EXPECT_EQ(rendered("my-plugin my_plugin MyPluginTest", "hello-2-you"), "hello-2-you hello_2_you Hello2YouTest");
}

TEST(PluginProject, RefusesNamesThatTheSourcesCouldNotUse) {
  for (const char* name :
       {"", "Hello", "2hello", "-hello", "hello-", "a--b", "he_llo", "a b", "../x", "konduit", "plugin"}) {
    EXPECT_THAT(name_objection(name), Not(IsEmpty())) << name;
  }
  EXPECT_THAT(name_objection(std::string(300, 'a')), HasSubstr("too long"));
  EXPECT_THAT(refusal({"client", "frontend", {}}), HasSubstr("have a Client of their own"));
  EXPECT_THAT(name_objection("hello-world-2"), IsEmpty());
}

// `namespace random` would be the C library's function declared anew.
TEST(PluginProject, GivesItsNamespaceANameOfItsOwn) {
  test_support::TempDirectory directory;
  const auto folder = std::filesystem::path(directory.path()) / "project";
  for (const auto& file : write_project({"random", "selector", folder}, TEMPLATES, {})) {
    EXPECT_THAT(content(folder / file), Not(HasSubstr("namespace random "))) << file;
    EXPECT_THAT(content(folder / file), Not(HasSubstr("random::"))) << file;
  }
}

TEST(PluginProject, WritesNoneThatWouldReplaceAnInstalledOne) {
  test_support::TempDirectory plugins;
  plugins.write("auth.so", "");
  EXPECT_THAT(refusal({"auth", "authenticator", {}}, plugins.path()), HasSubstr("would replace it"));
}

TEST(PluginProject, NamesTheKindsThereAre) {
  EXPECT_THAT(refusal({"hello", "flter", {}}), HasSubstr("there is no kind \"flter\"; kinds are: "));
  EXPECT_THAT(refusal({"hello", "common", {}}), HasSubstr("there is no kind"));
}

TEST(PluginProject, WritesOverNothing) {
  test_support::TempDirectory directory;
  directory.write("mine", "x");
  EXPECT_THAT(refusal({"hello", "filter", directory.path()}), HasSubstr("is there already"));
}

}  // namespace
}  // namespace konduit::scaffold
