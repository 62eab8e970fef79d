#include "konduit/client_name.hpp"

#include <gtest/gtest.h>

namespace konduit {
namespace {

std::string_view of_address(std::string address) {
  static Peer peer;
  peer = {.address = std::move(address), .certificate = nullptr, .identity = {}};
  return client_name(peer);
}

TEST(ClientName, IsTheHostThatAllConnectionsOfAClientShare) {
  EXPECT_EQ(of_address("tcp://192.0.2.7:40312"), "tcp://192.0.2.7");
  EXPECT_EQ(of_address("tcp://[2001:db8::1]:40312"), "tcp://[2001:db8::1]");
  EXPECT_EQ(of_address("uds://"), "uds://");
  EXPECT_EQ(of_address(""), "");
}

TEST(ClientName, IsOneForAllProcessesBehindAUnixSocket) {
  EXPECT_EQ(of_address("uds://pid=123,uid=0"), "uds://");
  EXPECT_EQ(of_address("uds://pid=124,uid=1000"), "uds://");
}

TEST(ClientName, IsTheIdentityWhereThereIsOne) {
  EXPECT_EQ(client_name({.address = "tcp://192.0.2.7:40312", .certificate = nullptr, .identity = "ops"}), "ops");
}

}  // namespace
}  // namespace konduit
