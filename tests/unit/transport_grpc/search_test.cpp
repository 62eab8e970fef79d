#include <gtest/gtest.h>

#include <chrono>

#include "transport-grpc/futile_search.hpp"
#include "transport-grpc/sync_pace.hpp"

namespace konduit::transport_grpc {
namespace {

using namespace std::chrono_literals;

TEST(SyncPace, BeginsAsAtFirstWhenSomethingHasChanged) {
  SyncPace pace(1s, 3s);
  EXPECT_EQ(pace.after_failure(0), 1s);
  EXPECT_EQ(pace.after_failure(0), 1500ms);
  pace.restart();
  EXPECT_EQ(pace.after_failure(0), 1s);
}

TEST(SyncPace, GrowsSlowlyWhileOnlyKnownServersAreReached) {
  SyncPace pace(1s, 1200ms);
  EXPECT_EQ(pace.after_duplicate(0), 1s);
  EXPECT_EQ(pace.after_duplicate(1), 1210ms);
  EXPECT_EQ(pace.after_duplicate(0), 1200ms);
  EXPECT_EQ(pace.after_success(0), 1s);
}

TEST(FutileSearch, IsToldWhenItIsNoAccidentAndThenRarely) {
  FutileSearch search;
  TimePoint now{};
  for (int i = 0; i != 15; ++i) EXPECT_FALSE(search.met_again(2, now));
  EXPECT_TRUE(search.met_again(2, now));
  EXPECT_FALSE(search.met_again(2, now + 59min));
  EXPECT_TRUE(search.met_again(2, now + 61min));
  search.found();
  EXPECT_FALSE(search.met_again(2, now + 3h));
  EXPECT_EQ(search.met(), 1U);
}

}  // namespace
}  // namespace konduit::transport_grpc
