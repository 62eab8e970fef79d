#include "grpc_tunnel.hpp"

#include <algorithm>
#include <random>
#include <stdexcept>
#include <utility>

namespace konduit::bench {

namespace {

/// As large as the pieces in which kube-apiserver copies, less what makes it a message.
constexpr std::size_t kMessage = 32 * 1024 - kDataHead;

std::int64_t next_random() {
  static std::mt19937_64 random{std::random_device{}()};
  return static_cast<std::int64_t>(random() >> 1);
}

}  // namespace

GrpcTunnel::GrpcTunnel(Http2Client& connection, std::string target, TunnelUser& user)
    : connection_(connection), target_(std::move(target)), user_(user) {}

GrpcTunnel::GrpcTunnel(Loop& loop, std::unique_ptr<Http2Client> connection, std::string target, TunnelUser& user)
    : loop_(&loop), own_(std::move(connection)), connection_(*own_), target_(std::move(target)), user_(user) {}

GrpcTunnel::~GrpcTunnel() {
  if (own_) {
    own_->close();
    loop_->retire(std::move(own_));
  } else {
    connection_.forget(*this);
  }
}

void GrpcTunnel::start() { connection_.open(*this, dial_request(target_, next_random())); }

std::size_t GrpcTunnel::write(std::span<const char> bytes) {
  const std::size_t room = connection_.room(*this);
  const std::size_t most = std::min(bytes.size(), kMessage);
  if (room < std::min(most + kDataHead, Http2Client::kLeast)) return 0;
  const auto payload = bytes.first(std::min(most, room - kDataHead));
  connection_.send(*this, data_head(connect_id_, payload.size()), payload);
  return payload.size();
}

void GrpcTunnel::keep_writable(bool keep) { connection_.keep_writable(*this, keep); }

bool GrpcTunnel::close() {
  state_ = State::closing;
  connection_.keep_writable(*this, false);
  connection_.send(*this, close_request(connect_id_));
  return false;
}

void GrpcTunnel::on_dial_answer(const std::string& error, std::int64_t connect_id) {
  if (!error.empty()) throw std::runtime_error("the dial was refused: " + error);
  connect_id_ = connect_id;
  state_ = State::open;
  user_.on_open();
}

void GrpcTunnel::on_close_answer() {
  if (state_ != State::closing) throw std::runtime_error("a tunnel was closed");
  state_ = State::closed;
  user_.on_closed();
}

void GrpcTunnel::on_stream_end() {
  if (state_ == State::closing) return on_close_answer();
  if (state_ != State::closed) throw std::runtime_error("the server ended a call");
}

}  // namespace konduit::bench
