#include "telemetry/profiling_routes.hpp"

#include <dlfcn.h>
#include <gmock/gmock.h>

#include <cstdio>
#include <fstream>
#include <iterator>

#include "konduit/error.hpp"
#include "konduit/shard.hpp"
#include "konduit/task_group.hpp"
#include "konduit/testkit/run.hpp"
#include "telemetry/symbols.hpp"

namespace konduit::telemetry {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

std::string hexadecimal(const void* address) {
  char text[32];
  std::snprintf(text, sizeof text, "%p", address);
  return text;
}

TEST(Symbols, AreNamedWhereTheyAreExported) {
  const void* address = ::dlsym(RTLD_DEFAULT, "malloc");
  EXPECT_THAT(symbol_at(reinterpret_cast<std::uintptr_t>(address)), HasSubstr("malloc"));
}

TEST(Symbols, AreAPlaceInAnObjectWhereTheyAreNot) {
  static const int hidden = 1;
  EXPECT_THAT(symbol_at(reinterpret_cast<std::uintptr_t>(&hidden)), MatchesRegex("telemetry_test\\+0x[0-9a-f]+"));
  EXPECT_EQ(symbol_at(1), "");
}

TEST(Symbols, PageAnswersEveryAddressThatItKnows) {
  EXPECT_EQ(symbol_page(""), "num_symbols: 1\n");
  const std::string malloc_text = hexadecimal(::dlsym(RTLD_DEFAULT, "malloc"));
  const std::string page = symbol_page("0x1+" + malloc_text + "+zz+0+" + malloc_text.substr(2));
  EXPECT_THAT(page, MatchesRegex("num_symbols: 1\n" + malloc_text + " [^\n]*malloc[^\n]*\n" + malloc_text +
                                 " [^\n]*malloc[^\n]*\n"));
}

std::unique_ptr<CpuProfiler> load() {
  try {
    return std::make_unique<CpuProfiler>();
  } catch (const StartError& error) {
    EXPECT_THAT(error.what(), StartsWith("profiling needs libprofiler.so.0 (Debian: libgoogle-perftools4)"));
    return nullptr;
  }
}

TEST(Profiling, IsNotLoadedBeforeItIsAskedFor) {
  std::ifstream maps("/proc/self/maps");
  const std::string mapped(std::istreambuf_iterator<char>(maps), {});
  EXPECT_THAT(mapped, ::testing::Not(HasSubstr("libprofiler")));
}

class ProfilingRoutes : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!profiler_) GTEST_SKIP() << "libprofiler is not installed";
    add_profiling_routes(router_, *profiler_, shard_);
  }

  Shard shard_;
  std::unique_ptr<CpuProfiler> profiler_ = load();
  Router router_;
};

TEST_F(ProfilingRoutes, ServeAProfileInTheBinaryFormat) {
  const auto* slow = router_.slow("GET", "/debug/pprof/profile?seconds=1");
  ASSERT_NE(slow, nullptr);
  const HttpResponse response = testkit::await(shard_, (*slow)(HttpRequest::parse("/debug/pprof/profile?seconds=1")));
  EXPECT_EQ(response.status, 200u);
  EXPECT_EQ(response.content_type, "application/octet-stream");
  // The header of the format: five words, of which the first is 0, the second 3, the third 0.
  ASSERT_GT(response.body.size(), 40u);
  EXPECT_EQ(response.body.substr(0, 24), std::string("\0\0\0\0\0\0\0\0\3\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 24));
  EXPECT_FALSE(profiler_->busy());
}

TEST_F(ProfilingRoutes, TakeOneProfileAtATime) {
  const auto* slow = router_.slow("GET", "/debug/pprof/profile");
  std::optional<HttpResponse> first;
  TaskGroup tasks(shard_);
  tasks.spawn([](const Router::SlowHandler* handler, std::optional<HttpResponse>* into) -> awaitable<void> {
    *into = co_await (*handler)(HttpRequest::parse("/debug/pprof/profile?seconds=300"));
  }(slow, &first));
  ASSERT_TRUE(testkit::run_until(shard_, [this] { return profiler_->busy(); }));
  const HttpResponse second = testkit::await(shard_, (*slow)(HttpRequest::parse("/debug/pprof/profile")));
  EXPECT_EQ(second.status, 500u);
  EXPECT_THAT(second.body, HasSubstr("already in use"));
  tasks.cancel();
  testkit::await(shard_, tasks.join());
  EXPECT_FALSE(profiler_->busy()) << "a profile that nobody waits for goes on";
}

TEST_F(ProfilingRoutes, AnswerSymbolsByGetAndPost) {
  EXPECT_EQ(router_.answer("GET", "/debug/pprof/symbol").body, "num_symbols: 1\n");
  const std::string address = hexadecimal(::dlsym(RTLD_DEFAULT, "malloc"));
  EXPECT_THAT(router_.answer("GET", "/debug/pprof/symbol?" + address).body, HasSubstr("malloc"));
  EXPECT_THAT(router_.answer("POST", "/debug/pprof/symbol", {}, address).body, HasSubstr("malloc"));
}

TEST_F(ProfilingRoutes, LeadToTheirContents) {
  EXPECT_EQ(router_.answer("GET", "/debug/pprof").status, 301u);
  EXPECT_THAT(router_.answer("GET", "/debug/pprof/").body, HasSubstr("profile"));
  EXPECT_THAT(router_.answer("GET", "/debug/pprof/cmdline").body, HasSubstr("telemetry_test"));
  EXPECT_EQ(router_.answer("POST", "/debug/pprof/profile").status, 405u);
}

}  // namespace
}  // namespace konduit::telemetry
