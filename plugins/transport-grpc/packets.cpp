#include "transport-grpc/packets.hpp"

#include <string>

namespace konduit::transport_grpc {

::Packet dial_request(std::int64_t random, std::string_view address) {
  ::Packet packet;
  packet.set_type(DIAL_REQ);
  auto& request = *packet.mutable_dialrequest();
  request.set_protocol("tcp");
  request.set_address(std::string(address));
  request.set_random(random);
  return packet;
}

::Packet dial_success(std::int64_t random, std::int64_t connect_id) {
  ::Packet packet;
  packet.set_type(DIAL_RSP);
  auto& response = *packet.mutable_dialresponse();
  response.set_connectid(connect_id);
  response.set_random(random);
  return packet;
}

::Packet dial_failure(std::int64_t random, std::string_view words) {
  ::Packet packet;
  packet.set_type(DIAL_RSP);
  auto& response = *packet.mutable_dialresponse();
  response.set_error(std::string(words));
  response.set_random(random);
  return packet;
}

::Packet dial_close(std::int64_t random) {
  ::Packet packet;
  packet.set_type(DIAL_CLS);
  packet.mutable_closedial()->set_random(random);
  return packet;
}

::Packet close_request(std::int64_t connect_id) {
  ::Packet packet;
  packet.set_type(CLOSE_REQ);
  packet.mutable_closerequest()->set_connectid(connect_id);
  return packet;
}

::Packet close_response(std::int64_t connect_id, std::string_view error) {
  ::Packet packet;
  packet.set_type(CLOSE_RSP);
  auto& response = *packet.mutable_closeresponse();
  response.set_connectid(connect_id);
  response.set_error(std::string(error));
  return packet;
}

::Packet drain() {
  ::Packet packet;
  packet.set_type(DRAIN);
  packet.mutable_drain();
  return packet;
}

}  // namespace konduit::transport_grpc
