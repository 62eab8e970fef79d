#include "telemetry/http_exchange.hpp"

#include <gmock/gmock.h>

namespace konduit::telemetry {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kGet = "GET /readyz?verbose HTTP/1.1\r\nHost: a\r\n\r\n";

TEST(ParseHead, ReadsMethodTargetAndPersistence) {
  const ParsedHead parsed = parse_head(kGet);
  ASSERT_EQ(parsed.state, HeadState::complete);
  EXPECT_EQ(parsed.head.method, "GET");
  EXPECT_EQ(parsed.head.target, "/readyz?verbose");
  EXPECT_TRUE(parsed.head.keep_alive);
  EXPECT_EQ(parsed.size, kGet.size());
  EXPECT_FALSE(parse_head("GET / HTTP/1.1\r\nConnection: close\r\n\r\n").head.keep_alive);
  EXPECT_FALSE(parse_head("GET / HTTP/1.0\r\n\r\n").head.keep_alive);
  EXPECT_EQ(parse_head("GET / HTTP/1.0\r\n\r\n").head.version, 10u);
}

TEST(ParseHead, WaitsForTheLastByte) {
  for (std::size_t size = 0; size < kGet.size(); ++size) {
    EXPECT_EQ(parse_head(kGet.substr(0, size)).state, HeadState::incomplete) << size;
  }
}

TEST(ParseHead, LeavesTheNextRequestAlone) {
  const std::string two = std::string(kGet) + "GET /second";
  EXPECT_EQ(parse_head(two).state, HeadState::complete);
  EXPECT_EQ(parse_head(two).size, kGet.size());
}

TEST(ParseHead, RefusesALongHead) {
  const std::string start = "GET / HTTP/1.1\r\nX: ";
  EXPECT_EQ(parse_head(start + std::string(kMostHeadBytes, 'a')).state, HeadState::too_large);
  EXPECT_EQ(parse_head(start + std::string(kMostHeadBytes, 'a') + "\r\n\r\n").state, HeadState::too_large);
  EXPECT_EQ(parse_head(start + std::string(kMostHeadBytes - 40, 'a') + "\r\n\r\n").state, HeadState::complete);
}

TEST(ParseHead, RefusesWhatIsNotARequest) {
  for (const char* text : {"\x16\x03\x01 hello\r\n\r\n", "GET /\r\n\r\n", "GET / HTTP/2.0\r\n\r\n",
                           "G(T / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nno colon\r\n\r\n", "\r\n\r\n\r\n\r\n"}) {
    EXPECT_EQ(parse_head(text).state, HeadState::malformed) << text;
  }
}

TEST(ParseHead, RefusesABody) {
  EXPECT_EQ(parse_head("POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\n").state, HeadState::has_body);
  EXPECT_EQ(parse_head("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n").state, HeadState::has_body);
  EXPECT_EQ(parse_head("GET / HTTP/1.1\r\nContent-Length: 0\r\n\r\n").state, HeadState::complete);
}

TEST(ResponseBytes, AreExact) {
  const RequestHead get{"GET", "/", 11, true};
  EXPECT_EQ(response_bytes(get, {.body = "ok"}, true),
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nCache-Control: no-store\r\n"
            "Content-Length: 2\r\n\r\nok");
  EXPECT_EQ(response_bytes(get, {.status = 503, .body = "x\n", .headers = {{"Retry-After", "1"}}}, false),
            "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\nCache-Control: no-store\r\n"
            "Retry-After: 1\r\nConnection: close\r\nContent-Length: 2\r\n\r\nx\n");
}

TEST(ResponseBytes, ForHeadTellTheLengthAndNoBody) {
  const std::string text = response_bytes({"HEAD", "/", 11, true}, {.body = "some text"}, true);
  EXPECT_THAT(text, HasSubstr("Content-Length: 9\r\n"));
  EXPECT_TRUE(text.ends_with("\r\n\r\n"));
}

TEST(ResponseBytes, ForHttp10SayWhetherTheConnectionStays) {
  const std::string text = response_bytes({"GET", "/", 10, true}, {}, true);
  EXPECT_THAT(text, HasSubstr("HTTP/1.0 200 OK\r\n"));
  EXPECT_THAT(text, HasSubstr("Connection: keep-alive\r\n"));
  EXPECT_THAT(response_bytes({"GET", "/", 10, false}, {}, false), Not(HasSubstr("keep-alive")));
}

}  // namespace
}  // namespace konduit::telemetry
