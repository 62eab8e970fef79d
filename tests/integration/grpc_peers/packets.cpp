#include "packets.hpp"

#include <algorithm>
#include <array>
#include <random>
#include <stdexcept>

namespace konduit::grpc_peers {

Packet dial_request(const std::string& address, std::int64_t random) {
  Packet packet;
  packet.set_type(DIAL_REQ);
  packet.mutable_dialrequest()->set_protocol("tcp");
  packet.mutable_dialrequest()->set_address(address);
  packet.mutable_dialrequest()->set_random(random);
  return packet;
}

Packet dial_response(std::int64_t random, std::int64_t connect_id, const std::string& error) {
  Packet packet;
  packet.set_type(DIAL_RSP);
  packet.mutable_dialresponse()->set_random(random);
  packet.mutable_dialresponse()->set_connectid(connect_id);
  packet.mutable_dialresponse()->set_error(error);
  return packet;
}

Packet data(std::int64_t connect_id, std::string_view bytes) {
  Packet packet;
  packet.set_type(DATA);
  packet.mutable_data()->set_connectid(connect_id);
  packet.mutable_data()->set_data(std::string(bytes));
  return packet;
}

Packet close_request(std::int64_t connect_id) {
  Packet packet;
  packet.set_type(CLOSE_REQ);
  packet.mutable_closerequest()->set_connectid(connect_id);
  return packet;
}

Packet close_response(std::int64_t connect_id, const std::string& error) {
  Packet packet;
  packet.set_type(CLOSE_RSP);
  packet.mutable_closeresponse()->set_connectid(connect_id);
  packet.mutable_closeresponse()->set_error(error);
  return packet;
}

std::string noise(std::size_t size, unsigned seed) {
  std::mt19937 numbers(seed);
  std::string bytes(size, '\0');
  std::ranges::generate(bytes, [&numbers] { return static_cast<char>(numbers()); });
  return bytes;
}

bool send_all(const SendPacket& send, std::int64_t connect_id, std::string_view bytes) {
  constexpr std::array<std::size_t, 5> kSizes{1, 4096, 32 * 1024, 100'000, 1'500'000};
  for (std::size_t i = 0; !bytes.empty(); ++i) {
    const std::size_t size = std::min(kSizes[i % kSizes.size()], bytes.size());
    if (!send(data(connect_id, bytes.substr(0, size)))) return false;
    bytes.remove_prefix(size);
  }
  return true;
}

std::string receive(const NextPacket& next, std::int64_t connect_id, std::size_t size) {
  std::string bytes;
  while (bytes.size() < size) {
    const Packet packet = next();
    if (packet.type() != DATA || packet.data().connectid() != connect_id || packet.data().data().empty()) {
      throw std::runtime_error("packet " + std::to_string(packet.type()) + " behind " + std::to_string(bytes.size()) +
                               " bytes");
    }
    bytes += packet.data().data();
  }
  return bytes;
}

}  // namespace konduit::grpc_peers
