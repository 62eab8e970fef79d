#include "http2/message_rules.hpp"

#include <gtest/gtest.h>

#include "http2/grpc.hpp"

namespace konduit::http2 {
namespace {

Headers with(Headers headers, std::string_view name, std::string_view value) {
  headers.add(name, value);
  return headers;
}

Headers request() { return grpc_request("http", "localhost", "/ProxyService/Proxy"); }

TEST(HeadersTest, NamesAreFoundInLowerCase) {
  const Headers headers{{"agentID", "a"}, {"x", "1"}, {"X", "2"}};
  EXPECT_EQ(headers.get("agentid"), "a");
  EXPECT_EQ(headers.get("x"), "1");
  EXPECT_EQ(headers.count("x"), 2u);
  EXPECT_FALSE(headers.has("y"));
  EXPECT_EQ(headers.list_size(), 7u + 1 + 1 + 1 + 1 + 1 + 3 * 32);
}

TEST(MessageRulesTest, AGrpcRequestIsSound) { EXPECT_EQ(request_fault(request()), ""); }

TEST(MessageRulesTest, RequestsWithFaultsAreNamed) {
  EXPECT_NE(request_fault({}), "");
  EXPECT_NE(request_fault({{":method", "GET"}, {":scheme", "http"}}), "");
  EXPECT_NE(request_fault({{":method", "GET"}, {":path", "/"}}), "");
  EXPECT_NE(request_fault({{":method", "CONNECT"}}), "");
  EXPECT_EQ(request_fault({{":method", "CONNECT"}, {":authority", "a:1"}}), "");
  EXPECT_NE(request_fault(with(request(), ":path", "/again")), "");
  EXPECT_NE(request_fault(with(request(), ":status", "200")), "");
  EXPECT_NE(request_fault(with(request(), "connection", "close")), "");
  EXPECT_NE(request_fault(with(request(), "te", "gzip")), "");
  EXPECT_NE(request_fault({{":method", "GET"}, {"a", "b"}, {":scheme", "http"}, {":path", "/"}}), "");
}

TEST(MessageRulesTest, ResponsesNeedAStatus) {
  EXPECT_EQ(response_fault({{":status", "200"}}), "");
  for (const char* status : {"", "20", "2000", "2x0", "000"}) EXPECT_NE(response_fault({{":status", status}}), "");
  EXPECT_NE(response_fault({{":status", "200"}, {":path", "/"}}), "");
  EXPECT_TRUE(informational({{":status", "103"}}));
  EXPECT_FALSE(informational({{":status", "200"}}));
}

TEST(MessageRulesTest, TrailersHaveNoPseudoFields) {
  EXPECT_EQ(trailers_fault({{"grpc-status", "0"}}), "");
  EXPECT_NE(trailers_fault({{":status", "200"}}), "");
}

TEST(MessageRulesTest, NamesAndValuesAreCheckedAsTheyCame) {
  EXPECT_TRUE(valid_field_name("grpc-status"));
  EXPECT_TRUE(valid_field_name(":path"));
  for (const char* name : {"", ":", "Upper", "a b", "a:b", "\x7f", "a\n"}) EXPECT_FALSE(valid_field_name(name)) << name;
  EXPECT_TRUE(valid_field_value("/a/path with \xc3\xa4"));
  EXPECT_FALSE(valid_field_value("a\r\nb"));
  EXPECT_FALSE(valid_field_value(std::string_view("\0", 1)));
}

}  // namespace
}  // namespace konduit::http2
