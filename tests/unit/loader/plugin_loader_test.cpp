#include "loader/plugin_loader.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "temporary_folder.hpp"

namespace konduit::loader {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class PluginLoaderTest : public ::testing::Test {
 protected:
  /// A copy of a fixture in the test's own folder.
  fs::path fixture(const std::string& name, const std::string& as = {}) const {
    const fs::path file = folder_.path() / (as.empty() ? name + ".so" : as);
    fs::copy_file(fs::path(LOADER_FIXTURES) / ("fixture-" + name + ".so"), file);
    ::chmod(file.c_str(), 0644);
    return file;
  }

  static std::string bytes_of(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  /// Loads a file that must be refused, and returns the only error.
  std::string refusal(const fs::path& file, std::string_view sha256 = {}) {
    EXPECT_FALSE(loader_.load(file, sha256)) << file;
    EXPECT_THAT(loader_.plugins(), IsEmpty());
    EXPECT_EQ(loader_.errors().size(), 1u);
    return loader_.errors().empty() ? "" : loader_.errors().back().text();
  }

  /// The same for a file whose code must not run before it is refused.
  std::string refusal_unrun(const fs::path& file, std::string_view sha256 = {}) {
    ::unsetenv("KONDUIT_FIXTURE_RAN");
    std::string text = refusal(file, sha256);
    EXPECT_EQ(std::getenv("KONDUIT_FIXTURE_RAN"), nullptr) << "code of a refused plugin ran";
    return text;
  }

  TemporaryFolder folder_;
  PluginLoader loader_;
};

TEST_F(PluginLoaderTest, ASoundPluginLoadsAndIsInTheCatalog) {
  const fs::path file = fixture("good");
  ASSERT_TRUE(loader_.load(file)) << loader_.errors().front().text();
  EXPECT_STREQ(std::getenv("KONDUIT_FIXTURE_RAN"), "fixture-good");
  ASSERT_EQ(loader_.plugins().size(), 1u);
  EXPECT_EQ(loader_.plugins()[0].file, file);
  EXPECT_STREQ(loader_.plugins()[0].descriptor->version, "1.2.3");
  EXPECT_THAT(loader_.types(ComponentKind::filter), ElementsAre("pass"));
  EXPECT_THAT(loader_.types(ComponentKind::backend), IsEmpty());
  const ComponentDescriptor* component = loader_.find(ComponentKind::filter, "pass");
  ASSERT_NE(component, nullptr);
  EXPECT_STREQ(component->schema.fields[0].name, "limit");
  EXPECT_EQ(loader_.plugin(ComponentKind::filter, "pass"), "fixture-good");
  EXPECT_EQ(loader_.find(ComponentKind::backend, "pass"), nullptr);
  EXPECT_EQ(loader_.find(ComponentKind::filter, "pas"), nullptr);
  EXPECT_EQ(loader_.plugin(ComponentKind::filter, "pas"), "");
}

TEST_F(PluginLoaderTest, TheSameFileTwiceIsLoadedOnce) {
  const fs::path file = fixture("good");
  fs::create_symlink(file, folder_.path() / "link.so");
  EXPECT_TRUE(loader_.load(file));
  EXPECT_TRUE(loader_.load(file));
  EXPECT_TRUE(loader_.load(folder_.path() / "link.so"));
  EXPECT_EQ(loader_.plugins().size(), 1u);
}

TEST_F(PluginLoaderTest, PluginsOutliveTheirLoader) {
  const ComponentDescriptor* component = nullptr;
  {
    PluginLoader loader;
    ASSERT_TRUE(loader.load(fixture("good")));
    component = loader.find(ComponentKind::filter, "pass");
  }
  EXPECT_STREQ(component->name, "pass");
}

TEST_F(PluginLoaderTest, AMissingFileIsRefused) {
  EXPECT_EQ(refusal("/nowhere/plugin.so"),
            "/nowhere/plugin.so: error: cannot find the file: No such file or directory");
}

TEST_F(PluginLoaderTest, AFolderIsRefused) {
  EXPECT_THAT(refusal(folder_.path()), HasSubstr("it is a folder: name it under plugins.search"));
}

TEST_F(PluginLoaderTest, ADeviceIsRefused) { EXPECT_THAT(refusal("/dev/null"), HasSubstr("not a regular file")); }

TEST_F(PluginLoaderTest, AFileThatOthersMayWriteIsRefusedUnrun) {
  const fs::path file = fixture("good");
  ::chmod(file.c_str(), 0666);
  EXPECT_THAT(refusal_unrun(file), AllOf(StartsWith(file.string() + ": error: "), HasSubstr("can be written by others"),
                                         HasSubstr("chmod go-w " + file.string())));
}

TEST_F(PluginLoaderTest, AFolderThatOthersMayWriteIsRefusedUnrun) {
  const fs::path file = fixture("good");
  ::chmod(folder_.path().c_str(), 01777);
  EXPECT_THAT(refusal_unrun(file), HasSubstr("folder " + folder_.path().string() + " can be written by others"));
}

TEST_F(PluginLoaderTest, ATextFileIsRefused) {
  EXPECT_THAT(refusal(folder_.write("text.so", std::string(500, 'x'))), HasSubstr("not a shared library"));
}

TEST_F(PluginLoaderTest, AnEmptyFileIsRefused) {
  EXPECT_THAT(refusal(folder_.write("empty.so", "")), HasSubstr("too short for an ELF file"));
}

TEST_F(PluginLoaderTest, ATruncatedFileIsRefusedUnrun) {
  const std::string whole = bytes_of(fixture("good"));
  const fs::path headers = folder_.write("headers.so", std::string_view(whole).substr(0, 100));
  EXPECT_THAT(refusal_unrun(headers), HasSubstr("the file ends before its program headers do"));
}

TEST_F(PluginLoaderTest, AFileThatLostItsEndIsRefusedUnrun) {
  const std::string whole = bytes_of(fixture("good"));
  // Behind the headers and the note, within what the dynamic linker would map.
  const fs::path half = folder_.write("half.so", std::string_view(whole).substr(0, 4096));
  EXPECT_THAT(refusal_unrun(half), HasSubstr("damaged: the file ends before its segments do"));
}

TEST_F(PluginLoaderTest, ALibraryWithoutNoteIsRefusedUnrun) {
  EXPECT_THAT(refusal_unrun(fixture("no-note")), HasSubstr("not a konduit plugin: it has no konduit note"));
}

TEST_F(PluginLoaderTest, ANewerMajorIsRefusedUnrun) {
  EXPECT_THAT(refusal_unrun(fixture("newer-major")),
              AllOf(HasSubstr("sdk is 99.0 in the plugin and 1.0 here"), HasSubstr("major numbers must be equal")));
}

TEST_F(PluginLoaderTest, ANewerMinorIsRefusedUnrun) {
  EXPECT_THAT(refusal_unrun(fixture("newer-minor")),
              AllOf(HasSubstr("sdk is 1.99 in the plugin and 1.0 here"), HasSubstr("upgrade konduit")));
}

TEST_F(PluginLoaderTest, ADifferentFingerprintIsRefusedUnrunAndTheKeyIsNamed) {
  EXPECT_THAT(refusal_unrun(fixture("other-fingerprint")),
              HasSubstr("boost is 9_99 in the plugin and " BOOST_LIB_VERSION " here"));
}

TEST_F(PluginLoaderTest, AnotherDigestIsRefusedUnrun) {
  const std::string wanted(64, '0');
  EXPECT_THAT(refusal_unrun(fixture("good"), wanted),
              AllOf(HasSubstr("its sha256 is "), HasSubstr("the configuration asks for " + wanted)));
}

TEST_F(PluginLoaderTest, TheRightDigestIsAccepted) {
  const fs::path file = fixture("good");
  EXPECT_FALSE(loader_.load(file, "?"));
  const std::string text = loader_.errors().back().text();
  const std::string digest = text.substr(text.find("its sha256 is ") + 14, 64);
  EXPECT_TRUE(loader_.load(file, digest));
}

TEST_F(PluginLoaderTest, AnUndefinedSymbolIsNamed) {
  EXPECT_THAT(refusal_unrun(fixture("undefined-symbol")),
              AllOf(HasSubstr("cannot be loaded: "), HasSubstr("konduit_symbol_that_nobody_defines")));
}

TEST_F(PluginLoaderTest, ALibraryWithoutDescriptorIsRefused) {
  EXPECT_THAT(refusal(fixture("no-descriptor")), HasSubstr("it does not export konduit_plugin"));
}

TEST_F(PluginLoaderTest, ANullDescriptorIsRefused) {
  EXPECT_THAT(refusal(fixture("null-descriptor")), HasSubstr("konduit_plugin returned nothing"));
}

TEST_F(PluginLoaderTest, AnEntryThatThrowsIsRefused) {
  EXPECT_THAT(refusal(fixture("throwing-entry")), HasSubstr("konduit_plugin threw an exception"));
}

TEST_F(PluginLoaderTest, AWrongMagicNumberIsRefused) {
  EXPECT_THAT(refusal(fixture("wrong-magic")), HasSubstr("the magic number differs"));
}

TEST_F(PluginLoaderTest, ADescriptorThatContradictsItsNoteIsRefused) {
  EXPECT_THAT(refusal(fixture("lying-note")),
              HasSubstr("boost is " BOOST_LIB_VERSION " in its konduit note and 9_99 in its descriptor"));
}

TEST_F(PluginLoaderTest, ANullFactoryIsRefused) {
  EXPECT_THAT(refusal(fixture("null-factory")), HasSubstr("component pass has no factory"));
}

TEST_F(PluginLoaderTest, AnUnknownKindIsRefused) {
  EXPECT_THAT(refusal(fixture("unknown-kind")), HasSubstr("component pass is of kind 77, which does not exist"));
}

TEST_F(PluginLoaderTest, ANewerInterfaceIsRefused) {
  EXPECT_THAT(refusal(fixture("newer-interface")),
              HasSubstr("component pass has version 2 of the filter interface, this konduit has version 1"));
}

TEST_F(PluginLoaderTest, AComponentOfTwoPluginsIsRefusedAndBothFilesAreNamed) {
  const fs::path first = fixture("good");
  const fs::path second = fixture("same-component");
  EXPECT_TRUE(loader_.load(first));
  EXPECT_FALSE(loader_.load(second));
  EXPECT_EQ(loader_.errors().back().text(),
            second.string() + ": error: filter pass is also in " + first.string() + ": load only one of the two");
}

TEST_F(PluginLoaderTest, APluginInTwoFilesIsRefusedAndBothFilesAreNamed) {
  const fs::path first = fixture("good");
  const fs::path second = fixture("good", "copy.so");
  EXPECT_TRUE(loader_.load(first));
  EXPECT_FALSE(loader_.load(second));
  EXPECT_THAT(loader_.errors().back().text(),
              AllOf(StartsWith(second.string()), HasSubstr("fixture-good is loaded already, from " + first.string())));
}

TEST_F(PluginLoaderTest, AFolderIsLoadedInTheOrderOfNamesAndOtherFilesAreLeftAlone) {
  fixture("other-component", "b.so");
  fixture("good", "a.so");
  folder_.write("README.md", "not a plugin");
  ASSERT_TRUE(loader_.search(folder_.path()));
  ASSERT_EQ(loader_.plugins().size(), 2u);
  EXPECT_EQ(loader_.plugins()[0].file.filename(), "a.so");
  EXPECT_EQ(loader_.plugins()[1].file.filename(), "b.so");
  EXPECT_THAT(loader_.types(ComponentKind::filter), ElementsAre("other", "pass"));
}

TEST_F(PluginLoaderTest, AllErrorsOfAFolderAreCollected) {
  fixture("newer-major", "a.so");
  fixture("good", "b.so");
  folder_.write("c.so", "text");
  EXPECT_FALSE(loader_.search(folder_.path()));
  ASSERT_EQ(loader_.errors().size(), 2u);
  EXPECT_EQ(loader_.errors()[0].file.filename(), "a.so");
  EXPECT_EQ(loader_.errors()[1].file.filename(), "c.so");
  EXPECT_EQ(loader_.plugins().size(), 1u);
}

TEST_F(PluginLoaderTest, AFolderWithoutPluginsIsRefused) {
  EXPECT_FALSE(loader_.search(folder_.path()));
  EXPECT_THAT(loader_.errors().back().text(), HasSubstr("there is no plugin (*.so) in this folder"));
  EXPECT_FALSE(loader_.search("/nowhere"));
  EXPECT_THAT(loader_.errors().back().text(), HasSubstr("/nowhere: error: cannot read the folder of plugins"));
}

TEST(DefaultPluginFolder, IsBesideTheProgramsFolder) {
  const fs::path program = fs::read_symlink("/proc/self/exe");
  EXPECT_EQ(default_plugin_folder(), program.parent_path().parent_path() / "lib/konduit/plugins");
}

}  // namespace
}  // namespace konduit::loader
