#include <gtest/gtest.h>

#include "messages.hpp"
#include "proto/packet.hpp"

namespace konduit::proto {
namespace {

using testing::framed;

class ControlTest : public ::testing::Test {
 protected:
  ::Packet decoded(const ::Packet& packet) {
    const Buffer message = encode(pool_, packet);
    EXPECT_GE(message.headroom(), 9u);
    EXPECT_EQ(message.data()[0], std::byte{0});
    ::Packet read;
    EXPECT_TRUE(
        read.ParseFromArray(message.data() + kMessagePrefix, static_cast<int>(message.size() - kMessagePrefix)));
    return read;
  }

  BlockPool pool_{nullptr};
};

TEST_F(ControlTest, DialRequestIsWrittenAsProtobufDoes) {
  ::Packet packet;
  packet.mutable_dialrequest()->set_protocol("tcp");
  packet.mutable_dialrequest()->set_address("10.0.0.1:443");
  packet.mutable_dialrequest()->set_random(-5);
  EXPECT_EQ(encode(pool_, packet).text(), framed(packet));
}

TEST_F(ControlTest, EveryTypeCarriesItsPayloadEvenIfEmpty) {
  for (int type = ::DIAL_REQ; type <= ::DRAIN; ++type) {
    ::Packet packet;
    packet.set_type(static_cast<::PacketType>(type));
    const ::Packet read = decoded(packet);
    EXPECT_EQ(read.type(), type);
    EXPECT_NE(read.payload_case(), ::Packet::PAYLOAD_NOT_SET) << type;
  }
  ::Packet drain;
  drain.set_type(::DRAIN);
  EXPECT_TRUE(decoded(drain).has_drain());
  ::Packet close;
  close.set_type(::CLOSE_REQ);
  EXPECT_TRUE(decoded(close).has_closerequest());
}

TEST_F(ControlTest, APayloadOfAnotherTypeIsReplaced) {
  ::Packet packet;
  packet.set_type(::CLOSE_RSP);
  packet.mutable_dialrequest()->set_random(1);
  EXPECT_TRUE(decoded(packet).has_closeresponse());
}

TEST_F(ControlTest, StringsThatAreNotUtf8AreRepaired) {
  ::Packet packet;
  packet.set_type(::DIAL_RSP);
  packet.mutable_dialresponse()->set_error("bad \xff host");
  packet.mutable_dialresponse()->set_random(77);
  const ::Packet read = decoded(packet);
  EXPECT_EQ(read.dialresponse().error(), "bad \xEF\xBF\xBD host");
  EXPECT_EQ(read.dialresponse().random(), 77);
}

}  // namespace
}  // namespace konduit::proto
