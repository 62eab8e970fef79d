#include "trial.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <utility>

#include "child.hpp"
#include "progress.hpp"

namespace konduit::conformance {
namespace {

/// Says what fails at once: the process may not live until the end.
class Findings final : public testing::EmptyTestEventListener {
 public:
  void OnTestStart(const testing::TestInfo& info) override {
    // GoogleTest is locked while it tells of a failure, so that it cannot be asked then.
    name_ = std::string_view(info.name()) == "rule" ? std::string() : std::string(info.name()) + ": ";
  }
  void OnTestPartResult(const testing::TestPartResult& result) override {
    // Cases of a suite that do not concern a stream skip themselves: that is no part of the rule left out.
    if (result.skipped() && name_.empty()) skipped = true;
    if (!result.failed() && !(result.skipped() && name_.empty())) return;
    std::printf("%s%s\n", name_.c_str(), result.message());
    std::fflush(stdout);
  }
  bool skipped = false;

 private:
  std::string name_;
};

class Trial final : public testing::Test {
 public:
  Trial(const Subject& subject, const Rule& rule) : subject_(subject), rule_(rule) {}
  void TestBody() override { rule_.check(subject_); }

 private:
  const Subject& subject_;
  const Rule& rule_;
};

}  // namespace

int try_rule(const Subject& subject, const Rule& rule) {
  // A rule about streams adds a suite instead of checking, which must happen before GoogleTest begins.
  const bool of_streams = std::string_view(rule.text).starts_with("its streams");
  if (of_streams) {
    rule.check(subject);
  } else {
    testing::RegisterTest("judged", "rule", nullptr, nullptr, __FILE__, __LINE__,
                          [&]() -> testing::Test* { return new Trial(subject, rule); });
  }
  int count = 1;
  std::array<char*, 2> words{const_cast<char*>("konduit-conformance"), nullptr};
  testing::InitGoogleTest(&count, words.data());
  if (!of_streams) testing::GTEST_FLAG(filter) = "judged.rule";
  auto& listeners = testing::UnitTest::GetInstance()->listeners();
  delete listeners.Release(listeners.default_result_printer());
  auto* findings = new Findings;
  listeners.Append(findings);
  const int status = RUN_ALL_TESTS() != 0 ? kBroken : findings->skipped ? kUntried : kKept;
  Progress::concluded(status);
  return status;
}

Verdict in_a_process(std::vector<std::string> arguments, std::chrono::seconds patience) {
  Child child(std::move(arguments), patience);
  child.watch();
  if (!child.overdue().empty()) return {kBroken, child.said() + child.overdue() + "\n"};
  if (WIFSIGNALED(child.status())) {
    return {kBroken, child.said() + "the process died: " + strsignal(WTERMSIG(child.status())) + "\n"};
  }
  const int status = WEXITSTATUS(child.status());
  if (child.conclusion() == status) return {status, child.said()};
  return {kBroken, child.said() + "it ended the process, with " + std::to_string(status) + "\n"};
}

}  // namespace konduit::conformance
