#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "raw_peer.hpp"
#include "stations.hpp"
#include "transport-grpc/packets.hpp"

namespace konduit::transport_grpc {

inline ::Packet ask(std::int64_t random, std::string address = "10.0.0.1:443", std::string protocol = "tcp") {
  ::Packet packet = dial_request(random, address);
  packet.mutable_dialrequest()->set_protocol(protocol);
  return packet;
}

/// The `grpc` frontend and clients that say what the test wants. Time stands still.
class ProxyTest : public testing::Test {
 protected:
  ProxyTest() { shard_.deadlines().fake_clock(); }

  bool until(const std::function<bool()>& done) { return testkit::run_until(shard_, done); }
  void settle() {
    for (int turn = 0; turn < 50; ++turn) shard_.run_turn(Duration::zero());
  }
  FakeDialer& dialer() { return station_.dialer; }

  std::unique_ptr<RawPeer> connect() {
    return std::make_unique<RawPeer>(shard_, station_.connect(), http2::Role::client);
  }
  std::unique_ptr<RawPeer> call() {
    auto client = connect();
    client->call("/ProxyService/Proxy");
    return client;
  }
  /// Dials `random` on the client's last stream; the target's end of the tunnel and its connectID.
  std::pair<std::unique_ptr<testkit::StreamUser>, std::int64_t> open(RawPeer& client, std::int64_t random) {
    const std::size_t index = dialer().dials.size();
    const auto stream = client.last;
    client.send(ask(random));
    EXPECT_TRUE(until([&] { return dialer().dials.size() == index + 1; }));
    dialer().dials[index]->succeed();
    EXPECT_TRUE(until([&] {
      return client.of(stream).packets.size() > 0 && client.heard(DIAL_RSP).packet.dialresponse().random() == random;
    }));
    const auto& answer = client.heard(DIAL_RSP).packet.dialresponse();
    EXPECT_EQ(answer.error(), "");
    EXPECT_NE(answer.connectid(), 0);
    return {std::make_unique<testkit::StreamUser>(shard_, std::move(dialer().dials[index]->spliced)),
            answer.connectid()};
  }
  void pass_gate() {
    settle();
    shard_.deadlines().advance(std::chrono::milliseconds(3));
  }

  Shard shard_;
  ProxyStation station_{shard_};
};

}  // namespace konduit::transport_grpc
