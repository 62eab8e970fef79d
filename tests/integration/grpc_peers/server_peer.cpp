#include "server_peer.hpp"

#include <chrono>
#include <future>
#include <stdexcept>

#include "programs.hpp"

namespace konduit::grpc_peers {
namespace {

using test_support::kPatience;

std::shared_ptr<grpc::ServerCredentials> credentials(const test_support::TempDirectory& files) {
  grpc::SslServerCredentialsOptions options(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.pem_root_certs = content_of(files.file("ca.pem"));
  options.pem_key_cert_pairs.push_back(
      {.private_key = content_of(files.file("server.key")), .cert_chain = content_of(files.file("server.pem"))});
  return grpc::SslServerCredentials(options);
}

}  // namespace

ServerPeer::ServerPeer(const test_support::TempDirectory& files) {
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", credentials(files), &port_);
  builder.RegisterService(&service_);
  server_ = builder.BuildAndStart();
  if (!server_ || port_ == 0) throw std::runtime_error("grpc++ cannot listen on 127.0.0.1");
}

ServerPeer::~ServerPeer() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  changed_.notify_all();
  server_->Shutdown(std::chrono::system_clock::now() + kPatience);
}

grpc::Status ServerPeer::serve(grpc::ServerContext& context, Stream& stream) {
  context.AddInitialMetadata("serverid", "grpcxx");
  context.AddInitialMetadata("servercount", "1");
  stream.SendInitialMetadata();
  std::unique_lock lock(mutex_);
  if (stream_) return {grpc::StatusCode::ALREADY_EXISTS, "there is an agent"};
  context_ = &context;
  stream_ = &stream;
  changed_.notify_all();
  changed_.wait(lock, [this] { return over_; });
  return grpc::Status::OK;
}

bool ServerPeer::has_agent() {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kPatience, [this] { return stream_ != nullptr; });
}

std::string ServerPeer::told(const std::string& key) {
  std::string values;
  const auto [begin, end] = context_->client_metadata().equal_range(key);
  for (auto at = begin; at != end; ++at) {
    values += (values.empty() ? "" : ",") + std::string(at->second.data(), at->second.size());
  }
  return values;
}

bool ServerPeer::send(const Packet& packet) { return stream_->Write(packet); }

Packet ServerPeer::next() {
  auto read = std::async(std::launch::async, [this]() -> Packet {
    Packet packet;
    if (!stream_->Read(&packet)) throw std::runtime_error("the stream is over");
    return packet;
  });
  if (read.wait_for(kPatience) == std::future_status::timeout) context_->TryCancel();
  return read.get();
}

}  // namespace konduit::grpc_peers
