#include "trial.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstring>

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
  if (RUN_ALL_TESTS() != 0) return kBroken;
  return findings->skipped ? kUntried : kKept;
}

Verdict in_a_process(const std::vector<std::string>& arguments, unsigned seconds) {
  std::array<int, 2> pipe_ends{};
  if (pipe(pipe_ends.data()) != 0) return {kBroken, std::string("pipe: ") + std::strerror(errno)};
  const pid_t child = fork();
  if (child == 0) {
    dup2(pipe_ends[1], 1);
    dup2(pipe_ends[1], 2);
    close(pipe_ends[0]);
    close(pipe_ends[1]);
    std::vector<char*> words;
    for (const auto& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
    words.push_back(nullptr);
    execv("/proc/self/exe", words.data());
    _exit(127);
  }
  close(pipe_ends[1]);
  Verdict verdict;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  bool hung = false;
  std::array<char, 4096> piece;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    pollfd readable{pipe_ends[0], POLLIN, 0};
    hung = left.count() <= 0 || poll(&readable, 1, static_cast<int>(left.count())) == 0;
    if (hung) break;
    const auto got = read(pipe_ends[0], piece.data(), piece.size());
    if (got <= 0) break;
    verdict.said.append(piece.data(), static_cast<std::size_t>(got));
  }
  close(pipe_ends[0]);
  if (hung) kill(child, SIGKILL);
  int status = 0;
  waitpid(child, &status, 0);
  if (hung) {
    verdict.said += "blocks the loop: a call into it did not come back in " + std::to_string(seconds) + " s\n";
  } else if (WIFSIGNALED(status)) {
    verdict.said += std::string("the process died: ") + strsignal(WTERMSIG(status)) + "\n";
  } else {
    verdict.status = WEXITSTATUS(status);
  }
  return verdict;
}

}  // namespace konduit::conformance
