#include "config/substitution.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <map>

#include "config/document.hpp"
#include "support/temp_directory.hpp"

namespace konduit::config {
namespace {

class FakeSource final : public SubstitutionSource {
 public:
  std::map<std::string, std::string> variables, files;

  std::optional<std::string> variable(const std::string& name) const override { return find(variables, name); }
  std::optional<std::string> file(const std::string& path, std::string& error) const override {
    auto content = find(files, path);
    if (!content) error = "No such file or directory";
    return content;
  }

 private:
  static std::optional<std::string> find(const std::map<std::string, std::string>& map, const std::string& key) {
    auto found = map.find(key);
    return found == map.end() ? std::nullopt : std::optional(found->second);
  }
};

class Substitution : public ::testing::Test {
 protected:
  /// The value of `a` in the document after substitution.
  Node value_of(const std::string& text) {
    document_ = parse(text, "f.yaml", problems_);
    if (!document_) return {};
    substitute(*document_, problems_, source_);
    return (*document_)["a"];
  }

  FakeSource source_{};
  Problems problems_;
  std::optional<Node> document_;
};

TEST_F(Substitution, PutsAVariablesValueIn) {
  source_.variables["HOST_IP"] = "10.0.0.1";
  Node node = value_of("a: \"${env:HOST_IP}\"\n");
  EXPECT_EQ(node.text(), "10.0.0.1");
  EXPECT_EQ(node.origin(), Origin::environment);
  EXPECT_EQ(node.mark().line, 1u);
  EXPECT_EQ(node.mark().column, 4u);
  EXPECT_TRUE(problems_.empty());
}

TEST_F(Substitution, KeepsTheTextAround) {
  source_.variables = {{"A", "1"}, {"B", "2"}};
  EXPECT_EQ(value_of("a: x${env:A}y${env:B}z$\n").text(), "x1y2z$");
}

TEST_F(Substitution, WorksInListsAndDeepDown) {
  source_.variables["A"] = "1";
  value_of("b: {c: [\"${env:A}\"]}\n");
  EXPECT_EQ((*document_)["b"]["c"].items()[0].text(), "1");
}

TEST_F(Substitution, LeavesKeysAlone) {
  value_of("\"${env:A}\": 1\n");
  EXPECT_EQ(document_->entries()[0].key, "${env:A}");
  EXPECT_TRUE(problems_.empty());
}

TEST_F(Substitution, PutsAFileInWithoutItsLastLineFeed) {
  source_.files["/run/token"] = "secret\n\n";
  Node node = value_of("a: ${file:/run/token}\n");
  EXPECT_EQ(node.text(), "secret\n");
  EXPECT_EQ(node.origin(), Origin::file);
}

TEST_F(Substitution, TakesTheDefaultWhereAVariableIsUnsetOrEmpty) {
  source_.variables["EMPTY"] = "";
  EXPECT_EQ(value_of("a: ${env:UNSET:-3}\n").text(), "3");
  EXPECT_EQ(value_of("a: ${env:EMPTY:-3}\n").text(), "3");
  EXPECT_EQ(value_of("a: ${env:UNSET:-}\n").text(), "");
  EXPECT_EQ(value_of("a: ${env:EMPTY}\n").text(), "");
  source_.variables["SET"] = "4";
  EXPECT_EQ(value_of("a: ${env:SET:-3}\n").text(), "4");
  EXPECT_TRUE(problems_.empty());
}

TEST_F(Substitution, DoesNotLookAtWhatItPutIn) {
  source_.variables["A"] = "${env:B}";
  EXPECT_EQ(value_of("a: ${env:A}\n").text(), "${env:B}");
  EXPECT_TRUE(problems_.empty());
}

TEST_F(Substitution, LeavesAnEscapedOneAsText) {
  Node node = value_of("a: $${env:A}\n");
  EXPECT_EQ(node.text(), "${env:A}");
  EXPECT_EQ(node.origin(), Origin::file);
}

TEST_F(Substitution, MakesNumbersOfQuotedExpressions) {
  source_.variables["COUNT"] = "3";
  EXPECT_FALSE(value_of("a: \"${env:COUNT}\"\n").quoted());
  EXPECT_TRUE(value_of("a: \"$${env:COUNT}\"\n").quoted());
}

TEST_F(Substitution, ReportsAllThatCannotBeFound) {
  value_of("a: ${env:A}\nb: [\"${file:/x}\"]\n");
  EXPECT_EQ(problems_.text(),
            "f.yaml:1:4: error: a: the environment has no variable A; set it, or give a default as in ${env:A:-value}\n"
            "f.yaml:2:5: error: b[0]: cannot read the file \"/x\": No such file or directory\n");
}

TEST_F(Substitution, ReportsWhatItDoesNotUnderstand) {
  value_of("a: ${HOME}\nb: ${env:X\nc: ${env:}\n");
  EXPECT_EQ(
      problems_.text(),
      "f.yaml:1:4: error: a: \"${HOME}\" is neither ${env:NAME} nor ${file:PATH}; write \"$${\" for the two characters\n"
      "f.yaml:2:4: error: b: \"${\" is not closed by '}'; write \"$${\" for the two characters\n"
      "f.yaml:3:4: error: c: ${env:} needs the name of a variable\n");
}

TEST_F(Substitution, RefusesWhatIsNotText) {
  source_.files["/x"] = std::string("\xFF", 1);
  source_.variables["A"] = "\x01";
  value_of("a: ${file:/x}\nb: ${env:A}\n");
  EXPECT_EQ(problems_.text(),
            "f.yaml:1:4: error: a: the file \"/x\": the byte 0xFF is not UTF-8 here\n"
            "f.yaml:2:4: error: b: the variable A: the control character 0x01 is not allowed\n");
}

class ProcessSource : public ::testing::Test {
 protected:
  const SubstitutionSource& source_ = SubstitutionSource::process();
  const test_support::TempDirectory folder_;
  std::string error_;
};

TEST_F(ProcessSource, ReadsTheEnvironment) {
  ::setenv("KONDUIT_CONFIG_TEST", "here", 1);
  EXPECT_EQ(source_.variable("KONDUIT_CONFIG_TEST"), "here");
  ::unsetenv("KONDUIT_CONFIG_TEST");
  EXPECT_EQ(source_.variable("KONDUIT_CONFIG_TEST"), std::nullopt);
}

TEST_F(ProcessSource, ReadsFilesUpToItsLimit) {
  EXPECT_EQ(source_.file(folder_.write("small", "content\n"), error_), "content\n");
  EXPECT_EQ(source_.file(folder_.write("large", std::string(64 * 1024 + 1, 'x')), error_), std::nullopt);
  EXPECT_EQ(error_, "larger than 64 KiB");
}

TEST_F(ProcessSource, RefusesWhatIsNoFile) {
  EXPECT_EQ(source_.file(folder_.path(), error_), std::nullopt);
  EXPECT_EQ(error_, "not a regular file");
  EXPECT_EQ(source_.file(folder_.file("none"), error_), std::nullopt);
  EXPECT_EQ(error_, "No such file or directory");
}

}  // namespace
}  // namespace konduit::config
