#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "channel.hpp"
#include "loop.hpp"
#include "output.hpp"

namespace konduit::bench {

/// A call on an Http2Client.
class Http2Stream {
 public:
  virtual ~Http2Stream() = default;

  /// Valid during the call.
  virtual void on_stream_bytes(std::span<const char> bytes) = 0;
  /// While it is kept writable: there is room.
  virtual void on_room() = 0;
  /// The server has ended the call.
  virtual void on_stream_end() = 0;

 private:
  friend class Http2Client;
  std::uint32_t id_ = 0;  // 0: not open, or over
  std::int64_t window_ = 0;
  std::size_t unanswered_ = 0;  // bytes that came and no WINDOW_UPDATE has given back
};

/// One HTTP/2 connection for gRPC calls (RFC 9113), with as little as servers need: it asks by one request head that
/// never changes, reads no field of the answers, and gives windows back as bytes come. All that is sent in a turn of
/// the loop leaves together. Throws std::runtime_error when the connection breaks.
class Http2Client final : public Watcher {
 public:
  Http2Client(Loop& loop, std::unique_ptr<Channel> channel);

  /// A call of the method "/ProxyService/Proxy" whose first message is `first`. Like grpc-go it does not ask before the
  /// server has sent its SETTINGS.
  void open(Http2Stream& stream, std::string first);

  /// How many bytes may be sent now; less than kLeast: wait for on_room().
  std::size_t room(const Http2Stream& stream) const noexcept;
  static constexpr std::size_t kLeast = 4096;

  /// REQUIRES: room for both. `payload` stays as it is until the client is closed.
  void send(Http2Stream& stream, std::string_view head, std::span<const char> payload = {});

  void keep_writable(Http2Stream& stream, bool keep);

  /// The stream is forgotten; the server is told unless it has ended it.
  void forget(Http2Stream& stream);

  /// Nothing happens any more.
  void close() { channel_.reset(); }

  void on_events(std::uint32_t events) override;
  void on_turn_end() override;

 private:
  struct Waiting {
    Http2Stream* stream;
    std::string first;
  };
  struct Frame {
    std::size_t length = 0;
    std::uint8_t type = 0;
    std::uint8_t flags = 0;
    std::uint32_t stream = 0;
  };

  void establish();
  void touch();
  void read();
  void push(std::span<const char> bytes);
  void begin_frame();
  void take(std::span<const char> payload);
  void end_frame();
  void take_data(std::span<const char> bytes);
  void end_stream();
  void take_settings();
  void take_window_update();
  void request(Http2Stream& stream, const std::string& first);
  void put_frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream, std::size_t length);
  void give_back(std::uint32_t stream, std::size_t& unanswered, std::size_t at_least);
  bool pour();
  bool pourable() const noexcept;
  void listen_for(std::uint32_t events);
  Http2Stream* find(std::uint32_t id) const noexcept;

  Loop& loop_;
  std::unique_ptr<Channel> channel_;
  Output output_;
  std::uint32_t interest_ = 0;
  bool finishing_ = false;

  std::unordered_map<std::uint32_t, Http2Stream*> streams_;
  std::vector<Waiting> waiting_;
  std::vector<Http2Stream*> pourers_;
  std::size_t next_pourer_ = 0;
  std::uint32_t last_id_ = 0;
  bool established_ = false;
  bool settled_ = false;

  std::int64_t window_;
  std::int64_t stream_window_;
  std::size_t unanswered_ = 0;

  std::string collected_;  // a frame's header, then the payload of all but DATA and HEADERS
  Frame frame_;
  bool in_frame_ = false;
  std::size_t left_ = 0;  // of its payload
};

}  // namespace konduit::bench
