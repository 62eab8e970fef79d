// Asio's statics, services and error categories, and the SDK's, exist once in a process, however many libraries use
// them: two plugins (and one of another compiler) share a shard, timers and TLS with the program.
#include <sys/stat.h>

#include <gmock/gmock.h>
#include <boost/dll/shared_library.hpp>

#include <cstdio>
#include <filesystem>

#include "konduit/stream_pair.hpp"
#include "konduit/testkit/run.hpp"
#include "loader/plugin_loader.hpp"
#include "probe.inl"
#include "support/certificates.hpp"
#include "support/temp_directory.hpp"

namespace konduit::shared_runtime {
namespace {

namespace fs = std::filesystem;
using ::testing::Values;

fs::path built(const std::string& plugin) { return fs::path(SHARED_RUNTIME_PLUGINS) / (plugin + ".so"); }

/// The standard output of a command without quoting needs.
std::string output_of(const std::string& command) {
  std::string text;
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
  for (int c; pipe && (c = std::fgetc(pipe.get())) != EOF;) text += static_cast<char>(c);
  return text;
}

class SharedRuntime : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (!fs::exists(built(GetParam()))) GTEST_SKIP() << "no clang 16 or newer (or a sanitized build): not built";
    one_ = load("shared-runtime-one");
    other_ = load(GetParam());
  }

  /// Loads as the program does, then asks for the probe.
  const Probe* load(const std::string& name) {
    const fs::path file = fs::path(fs::canonical(folder_.path())) / (name + ".so");
    fs::copy_file(built(name), file);
    ::chmod(file.c_str(), 0644);
    EXPECT_TRUE(loader_.load(file)) << loader_.errors().back().text();
    boost::dll::fs::error_code code;
    const boost::dll::shared_library library(file, boost::dll::load_mode::rtld_now, code);
    EXPECT_FALSE(code);
    return library.get<const Probe*()>("shared_runtime_probe")();
  }

  std::shared_ptr<TlsContext> server_context() const {
    const test_support::Identity identity = authority_.issue_server();
    TlsSettings settings;
    settings.cert = folder_.write("cert.pem", identity.certificate);
    settings.key = folder_.write("key.pem", identity.key);
    return TlsContext::server(settings);
  }
  std::shared_ptr<TlsContext> client_context() const {
    TlsSettings settings;
    settings.ca = folder_.write("ca.pem", authority_.certificate());
    return TlsContext::client(settings);
  }

  /// Two libraries talk TLS to each other on the shard.
  void expect_conversation(const Probe& server, const Probe& client) {
    StreamPair pair = make_stream_pair(shard_, shard_);
    Report at_server;
    Report at_client;
    TaskGroup tasks(shard_);
    tasks.spawn(server.converse(&shard_, std::move(pair.first), server_context(), true, "from the server", &at_server));
    tasks.spawn(
        client.converse(&shard_, std::move(pair.second), client_context(), false, "from the client", &at_client));
    EXPECT_TRUE(testkit::run_until(shard_, [&] { return at_server.done && at_client.done; }));
    testkit::await(shard_, tasks.join());
    for (const Report* report : {&at_server, &at_client}) {
      EXPECT_FALSE(report->own_timer) << report->own_timer.message();
      EXPECT_FALSE(report->deadline) << report->deadline.message();
      EXPECT_FALSE(report->handshake) << report->handshake.message() << ": " << report->text;
      EXPECT_TRUE(report->on_the_loop);
      EXPECT_EQ(report->current, &shard_);
    }
    EXPECT_EQ(at_server.received, "from the client");
    EXPECT_EQ(at_client.received, "from the server");
  }

  const test_support::TempDirectory folder_;
  const test_support::Authority authority_;
  loader::PluginLoader loader_;
  Shard shard_;
  const Probe* one_ = nullptr;
  const Probe* other_ = nullptr;
};

TEST_P(SharedRuntime, EveryLibraryFindsTheSameServices) {
  EXPECT_EQ(one_->services(shard_.context()), probe().services(shard_.context()));
  EXPECT_EQ(other_->services(shard_.context()), probe().services(shard_.context()));
  // The other way round: what a plugin made first is what the program finds.
  asio::io_context fresh;
  const auto made_by_plugin = other_->services(fresh);
  EXPECT_EQ(probe().services(fresh), made_by_plugin);
  EXPECT_EQ(one_->services(fresh), made_by_plugin);
}

TEST_P(SharedRuntime, EveryLibraryKnowsWhetherTheLoopRunsOnThisThread) {
  for (const Probe* library : {&probe(), one_, other_}) EXPECT_FALSE(library->on_the_loop(shard_));
  int seen = 0;
  shard_.post([&] {
    for (const Probe* library : {&probe(), one_, other_}) seen += library->on_the_loop(shard_);
  });
  EXPECT_TRUE(testkit::run_until(shard_, [&] { return seen > 0; }));
  EXPECT_EQ(seen, 3);
}

TEST_P(SharedRuntime, ErrorCategoriesAreOne) {
  const auto ours = probe().categories();
  for (const Probe* library : {one_, other_}) {
    const auto theirs = library->categories();
    for (std::size_t i = 0; i < ours.size(); ++i) {
      EXPECT_TRUE(*ours[i] == *theirs[i]) << ours[i]->name();
      // The system's is Boost.System's own, header-only and compared by its id.
      if (i > 0) {
        EXPECT_EQ(ours[i], theirs[i]) << ours[i]->name();
      }
    }
    EXPECT_TRUE(end_of_stream(library->end_of_stream()));
    EXPECT_TRUE(library->recognizes_end_of_stream(StreamErrc::end_of_stream));
    EXPECT_FALSE(library->recognizes_end_of_stream(StreamErrc::would_block));
  }
}

TEST_P(SharedRuntime, TimersAndTlsWorkBetweenLibraries) {
  expect_conversation(*one_, *other_);
  expect_conversation(*other_, *one_);
  expect_conversation(probe(), *other_);
  expect_conversation(*other_, probe());
}

TEST_P(SharedRuntime, APluginDefinesNoStaticsOfAsioThatMustBeOne) {
  // What a thread is running, the thread-local keys and the table of signals. Needs binutils.
  const std::string pattern = "'(call_stack<|thread_context::|tss_ptr|signal_state)'";
  const std::string plugin = built(GetParam()).string();
  const auto statics_of = [&pattern](const std::string& file) {
    return output_of("nm -C --defined-only '" + file + "' | grep -E '^[0-9a-f]* [BbDdVvuSs] .*boost::asio' | grep -E " +
                     pattern);
  };
  ASSERT_NE(output_of("nm -D --defined-only '" + plugin + "'").find("shared_runtime_probe"), std::string::npos) << "nm";
  EXPECT_EQ(statics_of(plugin), "");
  EXPECT_NE(statics_of(KONDUIT_BINARY_DIR "/lib/libkonduit-sdk.so"), "") << "the pattern finds nothing any more";
}

INSTANTIATE_TEST_SUITE_P(Plugins, SharedRuntime, Values("shared-runtime-two", "shared-runtime-clang"),
                         [](const auto& plugin) {
                           return plugin.param == "shared-runtime-two" ? "SameCompiler" : "Clang";
                         });

}  // namespace
}  // namespace konduit::shared_runtime
