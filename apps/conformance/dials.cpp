#include "dials.hpp"

#include <utility>

namespace konduit::conformance {

DialRequest usual_dial(const Subject& subject) {
  DialRequest request;
  request.target = subject.settings.target;
  request.peer.address = "tcp://192.0.2.7:40312";
  request.frontend = "http-connect/judge";
  return request;
}

DialRequest usual_dial(const World& world, Duration patience) {
  DialRequest request = usual_dial(world.subject);
  request.deadline = world.shard.now() + patience;
  return request;
}

asio::ip::address usual_address(const Subject& subject) { return asio::ip::make_address(subject.settings.address); }

std::string usual_remote(const Subject& subject) {
  return "tcp://" + Target{subject.settings.address, subject.settings.target.port}.text();
}

StreamPtr next_tunnel(testkit::FakeDialer& dialer) {
  if (dialer.spliced.empty()) return nullptr;
  StreamPtr stream = std::move(dialer.spliced.front());
  dialer.spliced.pop_front();
  return stream;
}

Dial::Dial(World& world, BackendPart& backend, DialRequest request)
    : world_(world), request_(std::move(request)), group_(world.shard) {
  group_.spawn(testkit::store_result(backend.dial(request_), &answer));
}

Dial::~Dial() { cancel(); }

void Dial::cancel() { world_.cancel(group_, "dial()"); }

}  // namespace konduit::conformance
