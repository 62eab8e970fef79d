// The table of the reference's flags (reference_flags.txt) against the help that ours print.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "flags/profile.hpp"

namespace konduit::flags {
namespace {

struct Row {
  std::string program;
  std::string flag;
  std::string type;
  std::string default_value;
  std::string note;
};

void PrintTo(const Row& row, std::ostream* out) { *out << row.program << " --" << row.flag; }

std::vector<Row> table() {
  std::ifstream file(KONDUIT_REFERENCE_FLAGS);
  std::vector<Row> rows;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.front() == '#') continue;
    std::istringstream words(line);
    Row row;
    words >> row.program >> row.flag >> row.type >> row.default_value >> row.note;
    rows.push_back(std::move(row));
  }
  return rows;
}

/// "type default" by flag, as the help says them.
std::map<std::string, std::string> shown(const std::string& help) {
  const std::regex form(R"(^ +(?:-\w, )?--([a-z-]+)(?: (\w+))?  .*?(?: \(default (\S+)\))?$)");
  std::map<std::string, std::string> flags;
  std::istringstream lines(help);
  for (std::string line; std::getline(lines, line);) {
    std::smatch found;
    if (!std::regex_match(line, found, form)) continue;
    flags[found[1]] = (found[2].matched ? found[2].str() : "bool") + " " + (found[3].matched ? found[3].str() : "-");
  }
  return flags;
}

class ReferenceFlag : public ::testing::TestWithParam<Row> {};

TEST_P(ReferenceFlag, IsTakenWithItsTypeAndDefault) {
  const Row& row = GetParam();
  const auto flags = shown(row.program == "server" ? server_help() : agent_help());
  if (row.note == "deprecated") {
    EXPECT_FALSE(flags.contains(row.flag));
    config::Problems problems;
    const std::vector<std::string> arguments{"--" + row.flag, "--help"};
    if (row.program == "server") {
      server_profile(arguments, problems);
    } else {
      agent_profile(arguments, problems);
    }
    EXPECT_TRUE(problems.ok()) << problems.text();
    return;
  }
  ASSERT_TRUE(flags.contains(row.flag));
  // Who is called by a random name makes it when it starts.
  EXPECT_EQ(flags.at(row.flag), row.type + " " + (row.default_value == "<id>" ? "-" : row.default_value));
}

INSTANTIATE_TEST_SUITE_P(Table, ReferenceFlag, ::testing::ValuesIn(table()), [](const auto& one) {
  std::string name = one.param.program + "_" + one.param.flag;
  for (char& c : name) c = c == '-' ? '_' : c;
  return name;
});

TEST(ReferenceFlags, AreAllInTheTable) {
  std::size_t server = 0;
  std::size_t agent = 0;
  for (const Row& row : table()) ++(row.program == "server" ? server : agent);
  EXPECT_EQ(server, 56U);
  EXPECT_EQ(agent, 44U);
}

}  // namespace
}  // namespace konduit::flags
