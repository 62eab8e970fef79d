#include "http2/grpc.hpp"

#include <gtest/gtest.h>

namespace konduit::http2 {
namespace {

TEST(GrpcTest, OnlyPostOfGrpcIsACall) {
  EXPECT_FALSE(refuse_grpc_request(grpc_request("https", "h", "/s/m")));
  const auto refused = [](std::string_view method, std::string_view type) {
    const auto answer = refuse_grpc_request({{":method", method}, {"content-type", type}});
    return answer ? std::string(answer->get(":status")) : std::string();
  };
  EXPECT_EQ(refused("GET", "application/grpc"), "405");
  EXPECT_EQ(refused("POST", ""), "415");
  EXPECT_EQ(refused("POST", "application/json"), "415");
  EXPECT_EQ(refused("POST", "application/grpcx"), "415");
  EXPECT_EQ(refused("POST", "application/grpc+proto"), "");
  EXPECT_EQ(refused("POST", "application/grpc;v=1"), "");
}

TEST(GrpcTest, AnEndSurvivesItsTrailers) {
  const GrpcEnd end{GrpcStatus::unauthenticated, "no \"token\", 100%\nof \xc3\xa4"};
  for (const Headers& headers : {grpc_trailers(end), grpc_trailers_only(end)}) {
    const GrpcEnd read = grpc_end(headers);
    EXPECT_EQ(read.status, end.status);
    EXPECT_EQ(read.message, end.message);
  }
  EXPECT_EQ(grpc_trailers({}).get("grpc-status"), "0");
  EXPECT_FALSE(grpc_trailers({}).has("grpc-message"));
}

TEST(GrpcTest, AnEndWithoutStatusIsUnknownOrWhatHttpSays) {
  EXPECT_EQ(grpc_end(Headers{}).status, GrpcStatus::unknown);
  EXPECT_EQ(grpc_end(Headers{{":status", "200"}}).status, GrpcStatus::unknown);
  EXPECT_EQ(grpc_end(Headers{{":status", "503"}}).status, GrpcStatus::unavailable);
  EXPECT_EQ(grpc_end(Headers{{":status", "404"}}).status, GrpcStatus::unimplemented);
  EXPECT_EQ(grpc_end(Headers{{"grpc-status", "99"}}).status, GrpcStatus::unknown);
  EXPECT_EQ(grpc_end(Headers{{"grpc-status", "1x"}}).status, GrpcStatus::unknown);
}

TEST(GrpcTest, AResetHasAStatus) {
  EXPECT_EQ(grpc_end(ErrorCode::refused_stream).status, GrpcStatus::unavailable);
  EXPECT_EQ(grpc_end(ErrorCode::cancel).status, GrpcStatus::cancelled);
  EXPECT_EQ(grpc_end(ErrorCode::protocol_error).status, GrpcStatus::internal);
}

TEST(GrpcTest, PercentDecodingLeavesWhatIsNoEscape) {
  EXPECT_EQ(percent_encode("a%\n"), "a%25%0A");
  EXPECT_EQ(percent_decode("a%25%0a"), "a%\n");
  EXPECT_EQ(percent_decode("%"), "%");
  EXPECT_EQ(percent_decode("%4"), "%4");
  EXPECT_EQ(percent_decode("%zz%41"), "%zzA");
}

TEST(GrpcTest, MetadataIsPrintableAscii) {
  EXPECT_TRUE(valid_metadata("ipv4=10.0.0.1&host=a b"));
  EXPECT_FALSE(valid_metadata("token\n"));
  EXPECT_FALSE(valid_metadata("\xc3\xa4"));
}

TEST(GrpcTest, StatusesHaveNames) {
  EXPECT_EQ(to_string(GrpcStatus::ok), "OK");
  EXPECT_EQ(to_string(GrpcStatus::unauthenticated), "UNAUTHENTICATED");
  EXPECT_EQ(to_string(ErrorCode::http_1_1_required), "HTTP_1_1_REQUIRED");
  EXPECT_EQ(to_string(static_cast<ErrorCode>(77)), "UNKNOWN");
}

}  // namespace
}  // namespace konduit::http2
