#include "targets/host_form.hpp"

#include <gtest/gtest.h>
#include <boost/asio/ip/address.hpp>

#include <string>

namespace konduit::targets {
namespace {

TEST(HostForm, TellsAddressesInTheirOneSpelling) {
  const auto address_of = [](const char* host) {
    const auto form = form_of(host);
    return form.address ? form.address->to_string() : "none";
  };
  EXPECT_EQ(address_of("10.0.0.1"), "10.0.0.1");
  EXPECT_EQ(address_of("::ffff:10.0.0.1"), "10.0.0.1");
  EXPECT_EQ(address_of("FD00:0::1"), "fd00::1");
  EXPECT_EQ(address_of("fe80::1%1"), "fe80::1");
  EXPECT_EQ(address_of("api.example"), "none");
}

TEST(HostForm, TakesNamesForNames) {
  for (const char* host : {"a", "api.example", "API.Example.", "a-1.b_2", "node-10", "10.example", "1e3.x", "abc",
                           "0x7f.example", "face", "dead.beef", "10-0-0-1.node"}) {
    const auto form = form_of(host);
    EXPECT_TRUE(!form.address && form.fault.empty()) << host << ": " << form.fault;
  }
}

TEST(HostForm, SaysWhyItIsNeither) {
  for (const std::string& host :
       {std::string(), std::string("127.1"), std::string("0x7f000001"), std::string("2130706433."), std::string("a b"),
        std::string("a\0b", 3), std::string("::1%\n"), std::string("[::1]"), std::string("1.2.3.4.5"),
        std::string("\xc3\xa4.example"), std::string("%1"), std::string("1:2:3"), std::string("."), std::string("a..b"),
        std::string(".a"), std::string("127.0.0.1..")}) {
    const auto form = form_of(host);
    EXPECT_TRUE(!form.address && !form.fault.empty()) << host;
  }
}

}  // namespace
}  // namespace konduit::targets
