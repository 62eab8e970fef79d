#include <gtest/gtest.h>

#include <chrono>
#include <limits>

#include "konduit/config.hpp"

namespace konduit::config {
namespace {

using namespace std::chrono_literals;

TEST(Boolean, IsWrittenAsYamlWritesIt) {
  for (const char* text : {"true", "True", "TRUE"}) EXPECT_EQ(parse_boolean(text), true) << text;
  for (const char* text : {"false", "False", "FALSE"}) EXPECT_EQ(parse_boolean(text), false) << text;
  for (const char* text : {"", "yes", "no", "on", "1", "0", "t", "tRUE", "true "}) {
    EXPECT_EQ(parse_boolean(text), std::nullopt) << text;
  }
}

TEST(Integer, IsDecimal) {
  EXPECT_EQ(parse_integer("0"), 0);
  EXPECT_EQ(parse_integer("-0"), 0);
  EXPECT_EQ(parse_integer("42"), 42);
  EXPECT_EQ(parse_integer("+42"), 42);
  EXPECT_EQ(parse_integer("-42"), -42);
  EXPECT_EQ(parse_integer("9223372036854775807"), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(parse_integer("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
}

TEST(Integer, IsNothingElse) {
  for (const char* text : {"", "+", "-", "+-1", "--1", "1.0", "1e3", "0x10", "010", "-01", "1_000", " 1", "1 ", "one",
                           "9223372036854775808", "-9223372036854775809"}) {
    EXPECT_EQ(parse_integer(text), std::nullopt) << text;
  }
}

// What Go's time.ParseDuration answers.
TEST(DurationText, IsGos) {
  EXPECT_EQ(parse_duration("0"), Duration::zero());
  EXPECT_EQ(parse_duration("5s"), 5s);
  EXPECT_EQ(parse_duration("1478s"), 1478s);
  EXPECT_EQ(parse_duration("-5s"), -5s);
  EXPECT_EQ(parse_duration("+5s"), 5s);
  EXPECT_EQ(parse_duration("-0"), Duration::zero());
  EXPECT_EQ(parse_duration("5.6s"), 5600ms);
  EXPECT_EQ(parse_duration("5.s"), 5s);
  EXPECT_EQ(parse_duration(".5s"), 500ms);
  EXPECT_EQ(parse_duration("100.00100s"), 100001ms);
  EXPECT_EQ(parse_duration("10ns"), 10ns);
  EXPECT_EQ(parse_duration("11us"), 11us);
  EXPECT_EQ(parse_duration("12\xc2\xb5s"), 12us);
  EXPECT_EQ(parse_duration("12\xce\xbcs"), 12us);
  EXPECT_EQ(parse_duration("1m30s"), 90s);
  EXPECT_EQ(parse_duration("3h30m"), 210min);
  EXPECT_EQ(parse_duration("10.5s4m"), 4min + 10500ms);
  EXPECT_EQ(parse_duration("1h2m3s4ms5us6ns"), 1h + 2min + 3s + 4ms + 5us + 6ns);
  EXPECT_EQ(parse_duration("0.3333333333333333333h"), 20min);
  EXPECT_EQ(parse_duration("0.830103483285477580700h"), 49min + 48s + 372539827ns);
  EXPECT_EQ(parse_duration("0.100000000000000000000h"), 6min);
  EXPECT_EQ(parse_duration("2562047h47m16s854ms775us807ns"), Duration::max());
}

TEST(DurationText, IsNothingElse) {
  for (const char* text : {"", "3", "-", "s", ".", "-.", ".s", "+.s", "1d", "1 s", " 1s", "1s ", "1.1.1s", "1S",
                           "1h-5m", "9223372037s", "2562047h47m16s854ms775us808ns", "99999999999999999999s"}) {
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
  }
}

TEST(Size, HasBinaryAndDecimalUnits) {
  EXPECT_EQ(parse_size("0"), 0u);
  EXPECT_EQ(parse_size("4096"), 4096u);
  EXPECT_EQ(parse_size("7B"), 7u);
  EXPECT_EQ(parse_size("64KiB"), 65536u);
  EXPECT_EQ(parse_size("1MiB"), 1048576u);
  EXPECT_EQ(parse_size("2GiB"), 2147483648u);
  EXPECT_EQ(parse_size("1TiB"), 1099511627776u);
  EXPECT_EQ(parse_size("3kB"), 3000u);
  EXPECT_EQ(parse_size("3MB"), 3000000u);
  EXPECT_EQ(parse_size("18446744073709551615"), std::numeric_limits<std::uint64_t>::max());
}

TEST(Size, IsNothingElse) {
  for (const char* text :
       {"", "KiB", "-1", "+1", "1.5MiB", "1 MiB", "1K", "1mib", "18446744073709551616", "16777216TiB"}) {
    EXPECT_EQ(parse_size(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace konduit::config
