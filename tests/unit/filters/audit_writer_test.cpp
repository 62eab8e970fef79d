#include "filters/audit_writer.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <sstream>
#include <utility>

#include "konduit/testkit/recording_logger.hpp"
#include "konduit/testkit/recording_metrics.hpp"
#include "support/temp_directory.hpp"

namespace konduit::filters {
namespace {

using namespace std::chrono_literals;

std::string content(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

/// Opens the reading end of a pipe that nobody writes yet.
int open_reader(const std::string& path) { return ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC); }

/// Where a file lies. It does not answer before the test says so.
struct Server {
  std::promise<void> answers;
  const std::shared_future<void> answered = answers.get_future().share();
  std::promise<void> left;
  const std::shared_future<void> deserted = left.get_future().share();  ///< Nobody has the file any more.
};

enum class Call { open, append, close };

/// One of its calls waits for the server.
class DistantFile final : public AuditFile {
 public:
  DistantFile(const std::string& path, std::shared_ptr<Server> server, Call waits)
      : AuditFile(path), server_(std::move(server)), waits_(waits) {}
  ~DistantFile() override {
    if (waits_ == Call::close) server_->answered.wait();
    server_->left.set_value();
  }

  error_code open() override {
    if (waits_ == Call::open) server_->answered.wait();
    return AuditFile::open();
  }
  Result<std::size_t> append(std::string_view bytes) override {
    if (waits_ == Call::append) server_->answered.wait();
    return AuditFile::append(bytes);
  }

 private:
  const std::shared_ptr<Server> server_;  // shared with the test
  const Call waits_;
};

/// Takes a line at a time, and a while for each.
class SlowFile final : public AuditFile {
 public:
  using AuditFile::AuditFile;

  Result<std::size_t> append(std::string_view bytes) override {
    never_.wait_for(40ms);
    return AuditFile::append(bytes.substr(0, bytes.find('\n') + 1));
  }

 private:
  std::promise<void> answers_;
  const std::future<void> never_ = answers_.get_future();
};

class AuditWriterTest : public ::testing::Test {
 protected:
  void start(std::size_t capacity = 100) {
    start(std::make_unique<AuditFile>(path_), {.capacity = capacity, .pause = 5ms, .patience = 10s});
  }
  void start(std::unique_ptr<AuditFile> file, AuditWriter::Settings settings) {
    // Shared with the writer, which may be about to let go of it when the test has the answer.
    auto opened = std::make_shared<std::promise<error_code>>();
    auto outcome = opened->get_future();
    writer_ = std::make_unique<AuditWriter>(std::move(file), settings, log_, metrics_,
                                            [opened](const error_code& failure) { opened->set_value(failure); });
    ASSERT_FALSE(outcome.get());
  }
  /// False if what was pushed is not written in time.
  bool written() {
    // Shared with the writer, which may call when the test has given up.
    auto done = std::make_shared<std::promise<void>>();
    auto future = done->get_future();
    writer_->when_written([done] { done->set_value(); });
    return future.wait_for(10s) == std::future_status::ready;
  }
  bool until(const std::function<bool()>& done) {
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    while (!done() && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
    return done();
  }
  std::uint64_t counted(std::string_view result) {
    return metrics_.counted("konduit_audit_lines_total", {{"result", result}});
  }
  std::uint64_t failures() { return metrics_.counted("konduit_audit_write_failures_total"); }

  test_support::TempDirectory folder_;
  const std::string path_ = folder_.file("audit.jsonl");
  testkit::RecordingLogger log_;
  testkit::RecordingMetrics metrics_;
  std::unique_ptr<AuditWriter> writer_;
};

TEST_F(AuditWriterTest, AppendsLinesInOrder) {
  folder_.write("audit.jsonl", "from before\n");
  start(2000);
  std::string expected = "from before\n";
  for (int i = 0; i < 1000; ++i) {
    writer_->push(std::to_string(i) + "\n");
    expected += std::to_string(i) + "\n";
  }
  ASSERT_TRUE(written());
  EXPECT_EQ(content(path_), expected);
  EXPECT_EQ(counted("written"), 1000U);
}

TEST_F(AuditWriterTest, WritesWhatWaitsWhenItEnds) {
  start();
  writer_->push("the last line\n");
  writer_.reset();
  EXPECT_EQ(content(path_), "the last line\n");
}

TEST_F(AuditWriterTest, OpensTheFileAnewWhenItHasBeenRotated) {
  start();
  writer_->push("old\n");
  ASSERT_TRUE(written());
  std::filesystem::rename(path_, path_ + ".1");
  writer_->push("new\n");
  ASSERT_TRUE(written());
  EXPECT_EQ(content(path_ + ".1"), "old\n");
  EXPECT_EQ(content(path_), "new\n");
  struct stat status{};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0137, 0U);
}

TEST_F(AuditWriterTest, KeepsLinesWhileTheDiskIsFullAndWritesThemLater) {
  std::filesystem::create_symlink("/dev/full", path_);
  start();
  writer_->push("kept\n");
  ASSERT_TRUE(until([this] { return failures() >= 3; }));
  writer_->push("kept as well\n");
  EXPECT_EQ(counted("written"), 0U);
  EXPECT_TRUE(log_.has("the audit cannot be written"));
  EXPECT_NE(log_.text().find("No space left on device"), std::string::npos);
  std::filesystem::remove(path_);
  ASSERT_TRUE(written());
  EXPECT_EQ(content(path_), "kept\nkept as well\n");
  EXPECT_EQ(counted("dropped"), 0U);
  EXPECT_TRUE(log_.has("can be written again"));
}

TEST_F(AuditWriterTest, DropsAndSaysWhatComesBeyondItsCapacity) {
  std::filesystem::create_symlink("/dev/full", path_);
  start(10);
  for (int i = 0; i < 25; ++i) writer_->push("line\n");
  EXPECT_EQ(counted("dropped"), 15U);
  std::filesystem::remove(path_);
  ASSERT_TRUE(
      until([this] { return content(path_).find("\"event\":\"lines lost\",\"lines\":15}\n") != std::string::npos; }));
  ASSERT_TRUE(written());
  EXPECT_EQ(counted("written"), 10U);
  EXPECT_TRUE(log_.has("lines of the audit were dropped"));
}

TEST_F(AuditWriterTest, EndsWhileTheDiskIsFullAndSaysWhatIsLost) {
  std::filesystem::create_symlink("/dev/full", path_);
  start();
  writer_->push("never written\n");
  writer_.reset();
  EXPECT_EQ(counted("dropped"), 1U);
  EXPECT_TRUE(log_.has("lost at the end"));
}

TEST_F(AuditWriterTest, WritesATornLineAnewAsAWhole) {
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  const int reader = open_reader(path_);
  ASSERT_GE(reader, 0);
  start();
  // Longer than a pipe holds: only a part of it goes.
  const std::string line = std::string(1024 * 1024, 'x') + "\n";
  writer_->push(line);
  ASSERT_TRUE(until([this] { return failures() >= 2; }));
  std::filesystem::rename(path_, path_ + ".1");
  ASSERT_TRUE(written());
  EXPECT_EQ(content(path_), line);
  ::close(reader);
}

TEST_F(AuditWriterTest, WaitsForNoReaderOfAPipe) {
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  EXPECT_TRUE(AuditFile(path_).open());
}

TEST_F(AuditWriterTest, EndsWhileItsFileDoesNotAnswer) {
  const auto server = std::make_shared<Server>();
  start(std::make_unique<DistantFile>(path_, server, Call::append), {.patience = 5ms});
  writer_->push("late\n");
  bool told = false;
  writer_->when_written([&told] { told = true; });
  writer_.reset();
  EXPECT_TRUE(told);
  EXPECT_TRUE(log_.has("does not answer"));
  EXPECT_TRUE(log_.has("lost at the end"));
  EXPECT_EQ(counted("dropped"), 1U);
  const std::size_t lines = log_.lines().size();
  server->answers.set_value();
  ASSERT_EQ(server->deserted.wait_for(10s), std::future_status::ready) << "its thread has not ended";
  EXPECT_EQ(content(path_), "late\n");
  EXPECT_EQ(counted("written"), 0U) << "who counts is gone";
  EXPECT_EQ(log_.lines().size(), lines) << "who logs is gone";
}

TEST_F(AuditWriterTest, EndsWhileItsFileDoesNotOpen) {
  const auto server = std::make_shared<Server>();
  writer_ = std::make_unique<AuditWriter>(std::make_unique<DistantFile>(path_, server, Call::open),
                                          AuditWriter::Settings{.patience = 5ms}, log_, metrics_,
                                          [](const error_code&) { ADD_FAILURE() << "who is told is gone"; });
  writer_.reset();
  EXPECT_TRUE(log_.has("does not answer"));
  server->answers.set_value();
  EXPECT_EQ(server->deserted.wait_for(10s), std::future_status::ready) << "its thread has not ended";
}

TEST_F(AuditWriterTest, EndsWhileItsFileDoesNotClose) {
  const auto server = std::make_shared<Server>();
  start(std::make_unique<DistantFile>(path_, server, Call::close), {.patience = 5ms});
  writer_->push("in time\n");
  ASSERT_TRUE(written());
  writer_.reset();
  EXPECT_TRUE(log_.has("does not answer"));
  EXPECT_FALSE(log_.has("lost at the end"));
  EXPECT_EQ(counted("written"), 1U);
  EXPECT_EQ(counted("dropped"), 0U);
  server->answers.set_value();
  EXPECT_EQ(server->deserted.wait_for(10s), std::future_status::ready) << "its thread has not ended";
}

TEST_F(AuditWriterTest, WritesEverythingToASlowFileWhenItEnds) {
  // All the calls together take twice as long as one of them may.
  start(std::make_unique<SlowFile>(path_), {.patience = 400ms});
  std::string expected;
  for (int i = 0; i < 20; ++i) {
    writer_->push(std::to_string(i) + "\n");
    expected += std::to_string(i) + "\n";
  }
  writer_.reset();
  EXPECT_EQ(content(path_), expected);
  EXPECT_EQ(counted("written"), 20U);
  EXPECT_EQ(counted("dropped"), 0U);
  EXPECT_EQ(log_.text(), "");
}

TEST_F(AuditWriterTest, SaysWhyItsFileCannotBeOpened) {
  auto opened = std::make_shared<std::promise<error_code>>();
  auto outcome = opened->get_future();
  writer_ = std::make_unique<AuditWriter>(std::make_unique<AuditFile>(folder_.file("missing/audit.jsonl")),
                                          AuditWriter::Settings{}, log_, metrics_,
                                          [opened](const error_code& failure) { opened->set_value(failure); });
  EXPECT_EQ(outcome.get().value(), ENOENT);
  writer_->push("nowhere\n");
  bool told = false;
  writer_->when_written([&told] { told = true; });
  writer_.reset();
  EXPECT_TRUE(told);
  EXPECT_EQ(counted("written"), 0U);
  EXPECT_EQ(counted("dropped"), 1U);
  EXPECT_TRUE(log_.has("lost at the end"));
}

TEST_F(AuditWriterTest, TakesLinesOfManyThreads) {
  start(100000);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([this] {
      for (int line = 0; line < 1000; ++line) writer_->push("0123456789\n");
    });
  }
  for (auto& thread : threads) thread.join();
  ASSERT_TRUE(written());
  EXPECT_EQ(content(path_).size(), 4000U * 11);
}

}  // namespace
}  // namespace konduit::filters
