#include <gtest/gtest.h>

#include <array>
#include <random>
#include <span>
#include <string>

#include "konduit/buffer.hpp"

namespace konduit {
namespace {

class BufferQueueTest : public testing::Test {
 protected:
  void push(std::string_view text) { queue_.push_back(pool_.copy(text)); }
  std::string text() const {
    std::string all(queue_.size(), '\0');
    EXPECT_EQ(queue_.peek(std::as_writable_bytes(std::span(all))), all.size());
    return all;
  }

  BlockPool pool_{nullptr};
  BufferQueue queue_;
};

TEST_F(BufferQueueTest, KeepsSlicesInOrder) {
  push("b");
  push("c");
  queue_.push_front(pool_.copy("a"));
  EXPECT_EQ(queue_.count(), 3u);
  EXPECT_EQ(text(), "abc");
  EXPECT_EQ(queue_.pop_front().text(), "a");
  EXPECT_EQ(queue_.at(1).text(), "c");
  EXPECT_EQ(queue_.size(), 2u);
}

TEST_F(BufferQueueTest, EmptySlicesAreDropped) {
  push("");
  queue_.push_front(Buffer());
  EXPECT_EQ(queue_.count(), 0u);
  EXPECT_TRUE(queue_.empty());
}

TEST_F(BufferQueueTest, SmallCopiesShareBlocks) {
  std::string all;
  for (int i = 0; i < 10'000; ++i) {
    const std::string piece(static_cast<std::size_t>(i % 7), static_cast<char>('a' + i % 26));
    queue_.push_back_copy(std::as_bytes(std::span(piece)), pool_);
    all += piece;
  }
  EXPECT_EQ(text(), all);
  EXPECT_LT(pool_.in_use(), all.size() + 8 * 1024);
}

TEST_F(BufferQueueTest, ACopyWritesIntoNoBlockThatIsShared) {
  const Buffer whole = pool_.copy("ab rest");
  queue_.push_back(whole.slice(0, 2));
  queue_.push_back_copy(std::as_bytes(std::span("c", 1)), pool_);
  EXPECT_EQ(text(), "abc");
  EXPECT_EQ(whole.text(), "ab rest");
}

TEST_F(BufferQueueTest, KeepsInMemoryWhatItsSlicesDo) {
  EXPECT_EQ(queue_.pinned(), 0u);
  queue_.push_back(pool_.allocate(3'000));
  queue_.push_back(pool_.allocate(100));
  EXPECT_EQ(queue_.pinned(), pool_.in_use());
  EXPECT_FALSE(wastes_memory(queue_));
  queue_.consume(3'050);
  EXPECT_EQ(queue_.pinned(), pool_.in_use());
  for (int i = 0; i < 100; ++i) push("a");
  EXPECT_TRUE(wastes_memory(queue_)) << "a block for each byte";
}

TEST_F(BufferQueueTest, ConsumesAcrossSlices) {
  push("one");
  push("two");
  push("three");
  queue_.consume(4);
  EXPECT_EQ(text(), "wothree");
  queue_.consume(7);
  EXPECT_TRUE(queue_.empty());
  EXPECT_EQ(queue_.count(), 0u);
}

TEST_F(BufferQueueTest, MovesAPrefixToAnotherQueue) {
  push("one");
  push("two");
  BufferQueue other;
  other.push_back(pool_.copy("zero"));
  queue_.move_to(other, 5);
  EXPECT_EQ(text(), "o");
  EXPECT_EQ(other.size(), 9u);
  EXPECT_EQ(other.at(2).text(), "tw");
  queue_.move_to(other);
  EXPECT_EQ(other.size(), 10u);
  EXPECT_TRUE(queue_.empty());
}

TEST_F(BufferQueueTest, GathersWhatFitsIntoTheVectors) {
  push("one");
  push("two");
  push("three");
  std::array<iovec, 2> vectors;
  ASSERT_EQ(queue_.gather(vectors), 2u);
  EXPECT_EQ(std::string(static_cast<char*>(vectors[1].iov_base), vectors[1].iov_len), "two");
}

TEST_F(BufferQueueTest, MovingLeavesAnEmptyQueueThatWorks) {
  push("old");
  BufferQueue moved(std::move(queue_));
  EXPECT_EQ(moved.size(), 3u);
  EXPECT_EQ(queue_.count(), 0u);
  push("new");
  EXPECT_EQ(text(), "new");
}

TEST_F(BufferQueueTest, ShrinkGivesBackTheRingOfAnEmptyQueueOnly) {
  push("kept");
  queue_.shrink();
  EXPECT_EQ(text(), "kept");
  queue_.clear();
  queue_.shrink();
  push("again");
  EXPECT_EQ(text(), "again");
}

TEST_F(BufferQueueTest, BehavesLikeAStringUnderRandomOperations) {
  std::minstd_rand random(3);
  std::string model;
  BufferQueue other;
  std::string other_model;
  for (int i = 0; i < 20'000; ++i) {
    const auto amount = model.empty() ? 0 : random() % (model.size() + 1);
    switch (random() % 5) {
      case 0:
      case 1: {
        const std::string piece(random() % 50, static_cast<char>('a' + random() % 26));
        push(piece);
        model += piece;
        break;
      }
      case 2:
        queue_.consume(amount);
        model.erase(0, amount);
        break;
      case 3:
        queue_.move_to(other, amount);
        other_model += model.substr(0, amount);
        model.erase(0, amount);
        break;
      case 4:
        if (other_model.size() < 500) break;
        other.clear();
        other_model.clear();
        break;
    }
    ASSERT_EQ(queue_.size(), model.size());
    ASSERT_EQ(other.size(), other_model.size());
    if (i % 100 == 0) {
      ASSERT_EQ(text(), model);
    }
  }
  while (other.count() > 0) {
    const Buffer piece = other.pop_front();
    ASSERT_EQ(piece.text(), other_model.substr(0, piece.size()));
    other_model.erase(0, piece.size());
  }
  EXPECT_TRUE(other_model.empty());
}

}  // namespace
}  // namespace konduit
