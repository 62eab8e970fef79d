#include "name_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <boost/asio/ip/address.hpp>

#include <stdexcept>

namespace konduit::resolver::test {

namespace {

constexpr std::size_t kHeader = 12;
constexpr int kNoSuchName = 3;

void append16(std::string& to, unsigned value) {
  to += static_cast<char>(value >> 8);
  to += static_cast<char>(value);
}

/// The name of the only question, and where it ends.
std::string name_in(std::string_view message, std::size_t& end) {
  std::string name;
  end = kHeader;
  while (const auto length = static_cast<unsigned char>(message.at(end))) {
    if (!name.empty()) name += '.';
    name += message.substr(end + 1, length);
    end += length + 1u;
  }
  ++end;
  return name;
}

}  // namespace

NameServer::NameServer(Shard& shard) {
  socket::FileDescriptor bound(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(bound.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::getsockname(bound.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("no name server");
  }
  address_ = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  error_code failure;
  watch_ = socket::Watch::make(shard.context(), std::move(bound), *this, failure);
  if (!watch_) throw std::runtime_error(failure.message());
  watch_->arm(socket::Watch::read);
}

NameServer::~NameServer() { watch_->detach(); }

void NameServer::on_event(socket::Watch::Event) {
  char message[512];
  sockaddr_in client{};
  socklen_t size = sizeof client;
  for (;;) {
    const ssize_t got = ::recvfrom(watch_->descriptor(), message, sizeof message, MSG_DONTWAIT,
                                   reinterpret_cast<sockaddr*>(&client), &size);
    if (got <= 0) break;
    ++questions_;
    const std::string reply = answer({message, static_cast<std::size_t>(got)});
    if (reply.empty()) continue;
    ::sendto(watch_->descriptor(), reply.data(), reply.size(), 0, reinterpret_cast<const sockaddr*>(&client), size);
  }
  watch_->arm(socket::Watch::read);
}

std::string NameServer::answer(std::string_view question) {
  std::size_t end = 0;
  const std::string name = name_in(question, end);
  const auto type = static_cast<std::uint16_t>(static_cast<unsigned char>(question.at(end)) << 8 |
                                               static_cast<unsigned char>(question.at(end + 1)));
  if (mute_ || type == swallowed_) return {};
  const auto found = records_.find({name, type});
  const bool known = found != records_.end();
  const int code = codes_.contains(name) ? codes_[name] : known ? 0 : kNoSuchName;
  const auto records = known ? found->second : std::vector<std::string>();

  std::string reply(question.substr(0, 2));
  append16(reply, 0x8180u | static_cast<unsigned>(code));
  append16(reply, 1);
  append16(reply, static_cast<unsigned>(records.size()));
  append16(reply, 0);
  append16(reply, 0);
  reply += question.substr(kHeader, end + 4 - kHeader);
  for (const std::string& bytes : records) {
    append16(reply, 0xc000 | kHeader);
    append16(reply, type);
    append16(reply, 1);
    append16(reply, 0);
    append16(reply, 60);
    append16(reply, static_cast<unsigned>(bytes.size()));
    reply += bytes;
  }
  return reply;
}

std::string record(const char* address) {
  const auto parsed = asio::ip::make_address(address);
  if (parsed.is_v4()) {
    const auto bytes = parsed.to_v4().to_bytes();
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  const auto bytes = parsed.to_v6().to_bytes();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace konduit::resolver::test
