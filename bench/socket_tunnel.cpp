#include "socket_tunnel.hpp"

#include <stdexcept>
#include <utility>
#include <vector>

#include "pattern.hpp"

namespace konduit::bench {

namespace {

/// One for all: what is read is handed out at once.
std::span<char> read_memory() {
  static std::vector<char> memory(Pattern::kPiece);
  return memory;
}

}  // namespace

/// The part that the loop knows, which outlives the tunnel until the turn is over.
class SocketTunnel::Line final : public Watcher {
 public:
  Line(Loop& loop, std::unique_ptr<Channel> channel, std::string request, TunnelUser& user)
      : loop_(loop), channel_(std::move(channel)), request_(std::move(request)), user_(user) {}

  void start() {
    if (establish()) return;
    interest_ = channel_->wanted();
    loop_.watch(channel_->socket(), interest_, *this);
  }

  std::size_t write(std::span<const char> bytes) {
    const iovec piece{.iov_base = const_cast<char*>(bytes.data()), .iov_len = bytes.size()};
    return channel_->write({&piece, 1});
  }

  void keep_writable(bool keep) { listen_for(keep ? EPOLLIN | EPOLLOUT : EPOLLIN); }

  void close() { channel_.reset(); }

  void on_events(std::uint32_t events) override {
    if (!channel_) return;
    if (state_ == State::establishing) return go_on();
    if ((events & ~std::uint32_t{EPOLLOUT}) != 0) read();
    if (channel_ && (events & EPOLLOUT) != 0) user_.on_writable();
  }

 private:
  enum class State { establishing, asking, open };

  /// True: the loop watches for what comes.
  bool establish() {
    if (!channel_->establish()) return false;
    listen_for(EPOLLIN);
    if (request_.empty()) return open(), true;
    state_ = State::asking;
    if (write(request_) != request_.size()) throw std::runtime_error("a request did not fit the socket");
    return true;
  }

  void go_on() {
    if (!establish()) listen_for(channel_->wanted());
  }

  void open() {
    state_ = State::open;
    user_.on_open();
  }

  void read() {
    do {
      const auto memory = read_memory();
      const std::span<const char> bytes = memory.first(channel_->read(memory));
      if (bytes.empty()) return;
      state_ == State::asking ? read_head(bytes) : user_.on_bytes(bytes);
    } while (channel_ && channel_->holds_more());
  }

  void read_head(std::span<const char> bytes) {
    const std::size_t before = head_.size();
    head_.append(bytes.data(), bytes.size());
    const std::size_t end = head_.find("\r\n\r\n");
    if (end == std::string::npos) return;
    if (!head_.starts_with("HTTP/1.1 200 ")) throw std::runtime_error("the proxy refused: " + head_);
    open();
    const auto rest = bytes.subspan(end + 4 - before);
    if (channel_ && !rest.empty()) user_.on_bytes(rest);
  }

  void listen_for(std::uint32_t events) {
    if (events == interest_) return;
    interest_ == 0 ? loop_.watch(channel_->socket(), events, *this) : loop_.change(channel_->socket(), events, *this);
    interest_ = events;
  }

  Loop& loop_;
  std::unique_ptr<Channel> channel_;
  const std::string request_;
  TunnelUser& user_;
  State state_ = State::establishing;
  std::uint32_t interest_ = 0;
  std::string head_;
};

SocketTunnel::SocketTunnel(Loop& loop, std::unique_ptr<Channel> channel, std::string request, TunnelUser& user)
    : loop_(loop), line_(std::make_unique<Line>(loop, std::move(channel), std::move(request), user)) {}

SocketTunnel::~SocketTunnel() {
  line_->close();
  loop_.retire(std::move(line_));
}

void SocketTunnel::start() { line_->start(); }

std::size_t SocketTunnel::write(std::span<const char> bytes) { return line_->write(bytes); }

void SocketTunnel::keep_writable(bool keep) { line_->keep_writable(keep); }

bool SocketTunnel::close() {
  line_->close();
  return true;
}

}  // namespace konduit::bench
