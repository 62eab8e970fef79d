#include "filters/audit_line.hpp"

#include <gtest/gtest.h>

#include "text/json.hpp"

namespace konduit::filters {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::system_clock::time_point kNow{std::chrono::milliseconds(1'700'000'000'042)};

DialRequest request() {
  DialRequest made;
  made.target = {"api.example", 443};
  made.peer = {.address = "tcp://192.0.2.7:40312", .certificate = nullptr, .identity = "ops"};
  made.frontend = "http-connect/ops";
  return made;
}

text::json::object parsed(const std::string& line) {
  EXPECT_EQ(line.find('\n'), line.size() - 1) << line;
  return text::json::parse(line).as_object();
}

TEST(AuditLine, TellsWhoWhatWhereHowMuchAndHowLong) {
  const auto dialled = request();
  EXPECT_EQ(audit_line({.request = &dialled,
                        .bytes_to_target = 5,
                        .bytes_to_client = 7,
                        .dial_time = 1500us,
                        .open_time = 3s,
                        .end = "closed",
                        .remote = "agent node-1",
                        .pipeline = "cluster"},
                       kNow),
            R"({"time":"2023-11-14T22:13:20.042Z","event":"tunnel ended","pipeline":"cluster",)"
            R"("frontend":"http-connect/ops","protocol":"http-connect","client":"tcp://192.0.2.7:40312",)"
            R"("identity":"ops","target":"api.example:443","served_by":"agent node-1","bytes_to_target":5,)"
            R"("bytes_to_client":7,"dial_us":1500,"open_us":3000000,"end":"closed"})"
            "\n");
}

TEST(AuditLine, TellsWhyADialCameToNothing) {
  const auto dialled = request();
  const DialError error{DialErrc::denied, false, "api.example:443 is denied by acl/cluster"};
  const auto line = parsed(audit_line({.request = &dialled, .error = &error, .end = "denied"}, kNow));
  EXPECT_EQ(line.at("event"), "dial failed");
  EXPECT_EQ(line.at("end"), "denied");
  EXPECT_EQ(line.at("error"), "api.example:443 is denied by acl/cluster");
}

TEST(AuditLine, StaysOneLineOfJsonWhateverPeersSay) {
  auto dialled = request();
  dialled.target.host = "a\"b\\c\n\x01\xff";
  dialled.peer.identity = "CN=\xc3\xa4\r\n{}";
  const auto line = parsed(audit_line({.request = &dialled, .end = "closed"}, kNow));
  EXPECT_EQ(line.at("target"), "a\"b\\c\n\x01\xef\xbf\xbd:443");
  EXPECT_EQ(line.at("identity"), "CN=\xc3\xa4\r\n{}");
}

TEST(AuditLine, SaysWhatIsMissing) {
  EXPECT_EQ(audit_gap(12, kNow), "{\"time\":\"2023-11-14T22:13:20.042Z\",\"event\":\"lines lost\",\"lines\":12}\n");
}

}  // namespace
}  // namespace konduit::filters
