#include "http2/session_memory.hpp"

#include <gtest/gtest.h>
#include <malloc.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "connected_pair.hpp"

namespace konduit::http2 {
namespace {

class SessionMemoryTest : public ::testing::Test {
 protected:
  void* allocate(std::size_t size) { return functions_.malloc(size, functions_.mem_user_data); }
  void free(void* bytes) { functions_.free(bytes, functions_.mem_user_data); }
  void* reallocate(void* bytes, std::size_t size) { return functions_.realloc(bytes, size, functions_.mem_user_data); }
  void* zeroed(std::size_t count, std::size_t size) { return functions_.calloc(count, size, functions_.mem_user_data); }

  SessionMemory memory_;
  nghttp2_mem functions_ = memory_.functions();
};

TEST_F(SessionMemoryTest, GivesAPieceAgainToWhoAsksForItsSize) {
  if (!SessionMemory::kKeeps) GTEST_SKIP() << "nothing is kept where a sanitizer watches";
  void* first = allocate(100);
  const std::size_t size = malloc_usable_size(first);
  free(first);
  EXPECT_EQ(memory_.kept(), size);
  EXPECT_EQ(allocate(size - 3), first);
  EXPECT_EQ(memory_.kept(), 0u);
  void* other = allocate(size);
  EXPECT_NE(other, first);
  EXPECT_EQ(memory_.fetched(), 2u);
  free(first);
  free(other);
}

TEST_F(SessionMemoryTest, KeepsNoMoreThanItsBound) {
  std::vector<void*> pieces;
  for (int i = 0; i < 1'000; ++i) pieces.push_back(allocate(200));
  for (void* piece : pieces) free(piece);
  EXPECT_LE(memory_.kept(), SessionMemory::kMostKept);
  void* large = allocate(1'000'000);
  ASSERT_NE(large, nullptr);
  std::memset(large, 1, 1'000'000);
  free(large);
  EXPECT_LE(memory_.kept(), SessionMemory::kMostKept);
}

TEST_F(SessionMemoryTest, KeepsWhatAGrowingPieceHolds) {
  auto* bytes = static_cast<char*>(reallocate(nullptr, 3));
  std::memcpy(bytes, "abc", 3);
  for (std::size_t size = 3; size < 5'000; size += 7) {
    bytes = static_cast<char*>(reallocate(bytes, size));
    ASSERT_NE(bytes, nullptr);
    ASSERT_EQ(std::string(bytes, 3), "abc");
    std::memset(bytes + 3, 'x', size - 3);
  }
  free(bytes);
}

TEST_F(SessionMemoryTest, ClearsWhatIsToBeZero) {
  void* used = allocate(64);
  std::memset(used, 0xff, 64);
  free(used);
  auto* bytes = static_cast<char*>(zeroed(8, 8));
  EXPECT_TRUE(std::all_of(bytes, bytes + 64, [](char c) { return c == 0; }));
  free(bytes);
}

TEST_F(SessionMemoryTest, HasNoneForSizesThatAreNone) {
  constexpr auto kMost = std::numeric_limits<std::size_t>::max();
  EXPECT_EQ(allocate(kMost), nullptr);
  EXPECT_EQ(allocate(kMost - 8), nullptr);
  EXPECT_EQ(zeroed(kMost / 2, 4), nullptr);
  free(nullptr);
  void* empty = allocate(0);
  EXPECT_NE(empty, nullptr);
  free(empty);
}

class SessionMemoryOfConnections : public testing::ConnectedPair {};

TEST_F(SessionMemoryOfConnections, AStreamThatRunsFetchesNone) {
  if (!SessionMemory::kKeeps) GTEST_SKIP() << "nothing is kept where a sanitizer watches";
  Settings settings;
  settings.memory = make_session_memory();
  connect(settings, settings);
  testing::StreamUser user(client_.connection);
  user.text_kept = false;
  user.to_send = std::size_t{8} << 20;
  server_.prepare = [](testing::StreamUser& serving) {
    serving.text_kept = false;
    serving.to_send = std::size_t{8} << 20;
  };
  const StreamId id = call(user);
  user.send(id);
  const auto received = [&](std::size_t bytes) {
    return run_until([&] { return user.received >= bytes && serving(id).received >= bytes; });
  };
  ASSERT_TRUE(run_until([&] { return server_.users.contains(id); }));
  ASSERT_TRUE(received(std::size_t{2} << 20));
  const auto before = settings.memory->fetched();
  ASSERT_TRUE(received(std::size_t{8} << 20));
  EXPECT_EQ(settings.memory->fetched(), before) << "more than 700 frames of DATA, and their windows";
}

TEST_F(SessionMemoryOfConnections, AConnectionThatGoesLeavesItsMemoryToTheNextOne) {
  if (!SessionMemory::kKeeps) GTEST_SKIP() << "nothing is kept where a sanitizer watches";
  Settings settings;
  settings.memory = make_session_memory();
  const auto serve = [&] {
    connect(settings, settings);
    testing::StreamUser user(client_.connection);
    call(user);
    ASSERT_TRUE(run_until([&] { return user.headers.size() > 0; }));
    client_.owned.reset();
    server_.owned.reset();
    server_.users.clear();
  };
  serve();
  const auto first = settings.memory->fetched();
  serve();
  const auto second = settings.memory->fetched() - first;
  EXPECT_LT(second, first / 2) << "what is larger than 1 KiB is asked for again, and no more";
}

}  // namespace
}  // namespace konduit::http2
