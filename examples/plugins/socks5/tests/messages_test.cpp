#include "messages.hpp"

#include <gtest/gtest.h>

#include <string>

namespace socks5 {
namespace {

Bytes bytes(const std::string& text) { return {reinterpret_cast<const std::byte*>(text.data()), text.size()}; }

std::string with_zeros(const char* text, std::size_t size) { return {text, size}; }

TEST(Greeting, SaysTheMethodsOfTheClient) {
  const auto both = parse_greeting(bytes(with_zeros("\x05\x02\x00\x02", 4)));
  EXPECT_EQ(both.fault, Fault::none);
  EXPECT_EQ(both.size, 4U);
  EXPECT_TRUE(both.nobody && both.password);
  const auto none = parse_greeting(bytes(with_zeros("\x05\x00", 2)));
  EXPECT_EQ(none.fault, Fault::none);
  EXPECT_FALSE(none.nobody || none.password);
}

TEST(Greeting, IsCompleteWithItsLastMethod) {
  EXPECT_EQ(parse_greeting({}).fault, Fault::incomplete);
  EXPECT_EQ(parse_greeting(bytes("\x05")).fault, Fault::incomplete);
  EXPECT_EQ(parse_greeting(bytes(with_zeros("\x05\x02\x00", 3))).fault, Fault::incomplete);
}

TEST(Greeting, IsOfVersion5) {
  EXPECT_EQ(parse_greeting(bytes("\x04\x01")).fault, Fault::version);
  EXPECT_EQ(parse_greeting(bytes("G")).fault, Fault::version);
}

TEST(Login, HoldsNameAndPassword) {
  const std::string text =
      "\x01\x05"
      "alice"
      "\x06"
      "secret"
      "rest";
  const auto login = parse_login(bytes(text));
  EXPECT_EQ(login.fault, Fault::none);
  EXPECT_EQ(login.size, text.size() - 4);
  EXPECT_EQ(login.username, "alice");
  EXPECT_EQ(login.password, "secret");
  for (std::size_t length = 0; length < login.size; ++length) {
    EXPECT_EQ(parse_login(bytes(text).first(length)).fault, Fault::incomplete) << length;
  }
  EXPECT_EQ(parse_login(bytes("\x05\x01")).fault, Fault::version);
}

Request request(std::string text) { return parse_request(bytes(text)); }

TEST(Requests, NameAddressesOfBothFamiliesAndNames) {
  const auto v4 = request(with_zeros("\x05\x01\x00\x01\x7f\x00\x00\x01\x00\x50", 10));
  EXPECT_EQ(v4.fault, Fault::none);
  EXPECT_EQ(v4.target.text(), "127.0.0.1:80");
  const auto v6 = request(
      with_zeros("\x05\x01\x00\x04\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x01\xbb", 22));
  EXPECT_EQ(v6.target.text(), "[2001:db8::1]:443");
  const auto name = request(with_zeros("\x05\x01\x00\x03\x0chost.example\x01\xbb", 19));
  EXPECT_EQ(name.fault, Fault::none);
  EXPECT_EQ(name.size, 19U);
  EXPECT_EQ(name.target.text(), "host.example:443");
}

TEST(Requests, SayWhatIsWrongWithThem) {
  EXPECT_EQ(request(with_zeros("\x05\x02\x00\x01\x7f\x00\x00\x01\x00\x50", 10)).fault, Fault::command);
  EXPECT_EQ(request(with_zeros("\x05\x01\x00\x05", 4)).fault, Fault::address_type);
  EXPECT_EQ(request(with_zeros("\x05\x01\x00\x03\x00\x01\xbb", 7)).fault, Fault::name);
  EXPECT_EQ(request(with_zeros("\x05\x01\x00\x03\x03"
                               "a\nb\x01\xbb",
                               10))
                .fault,
            Fault::name);
  EXPECT_EQ(request("\x04").fault, Fault::version);
  EXPECT_EQ(request(with_zeros("\x05\x01\x00\x03\x0chost.exampl", 16)).fault, Fault::incomplete);
}

TEST(Replies, FollowTheClassOfTheFailure) {
  using konduit::DialErrc;
  EXPECT_EQ(reply_to(DialErrc::refused), Reply::connection_refused);
  EXPECT_EQ(reply_to(DialErrc::timeout), Reply::ttl_expired);
  EXPECT_EQ(reply_to(DialErrc::unresolvable), Reply::host_unreachable);
  EXPECT_EQ(reply_to(DialErrc::no_route), Reply::network_unreachable);
  EXPECT_EQ(reply_to(DialErrc::denied), Reply::not_allowed);
  EXPECT_EQ(reply_to(DialErrc::overloaded), Reply::general_failure);
  EXPECT_EQ(reply_to(Fault::command), Reply::command_not_supported);
  EXPECT_EQ(reply_to(Fault::address_type), Reply::address_type_not_supported);
  EXPECT_EQ(reply_message(Reply::not_allowed), with_zeros("\x05\x02\x00\x01\x00\x00\x00\x00\x00\x00", 10));
}

}  // namespace
}  // namespace socks5
