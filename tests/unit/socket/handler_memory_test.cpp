#include "socket/handler_memory.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include <set>
#include <vector>

namespace konduit::socket {
namespace {

class HandlerMemoryTest : public ::testing::Test {
 protected:
  boost::asio::io_context context_;
  HandlerMemory& memory_ = boost::asio::use_service<HandlerMemory>(context_);
};

TEST_F(HandlerMemoryTest, WhatWasGivenBackIsTakenAgain) {
  void* first = memory_.take(HandlerMemory::kRoom);
  memory_.give(first, HandlerMemory::kRoom);
  void* second = memory_.take(1);
  EXPECT_EQ(second, first);
  memory_.give(second, 1);
}

TEST_F(HandlerMemoryTest, PiecesInUseAreDistinct) {
  std::set<void*> pieces;
  for (int i = 0; i < 10; ++i) pieces.insert(memory_.take(HandlerMemory::kRoom));
  EXPECT_EQ(pieces.size(), 10u);
  for (void* piece : pieces) memory_.give(piece, HandlerMemory::kRoom);
}

TEST_F(HandlerMemoryTest, WhatIsLargerIsNotMixedWithPieces) {
  void* large = memory_.take(HandlerMemory::kRoom + 1);
  memory_.give(large, HandlerMemory::kRoom + 1);
  void* piece = memory_.take(HandlerMemory::kRoom);
  memory_.give(piece, HandlerMemory::kRoom);
  EXPECT_EQ(memory_.take(HandlerMemory::kRoom), piece);
  memory_.give(piece, HandlerMemory::kRoom);
}

// Whatever is beyond what is kept goes back to the system; a sanitizer would tell of what is lost or freed twice.
TEST_F(HandlerMemoryTest, MoreThanIsKeptMayBeGivenBack) {
  std::vector<void*> pieces;
  for (std::size_t i = 0; i < HandlerMemory::kKept + 10; ++i) pieces.push_back(memory_.take(HandlerMemory::kRoom));
  for (void* piece : pieces) memory_.give(piece, HandlerMemory::kRoom);
  void* again = memory_.take(HandlerMemory::kRoom);
  memory_.give(again, HandlerMemory::kRoom);
}

}  // namespace
}  // namespace konduit::socket
