#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "connected_pair.hpp"

/// A connection whose peer is written frame by frame.
namespace konduit::http2::testing {

constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Type, flags and payload of frames, as RFC 9113 numbers them.
struct Frame {
  unsigned char type;
  unsigned char flags;
  std::uint32_t stream;
  std::string payload;
};

inline std::string number(std::uint32_t value, int bytes = 4) {
  std::string text;
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) text.push_back(static_cast<char>(value >> shift));
  return text;
}

inline std::string frame(unsigned char type, unsigned char flags, std::uint32_t stream, std::string_view payload) {
  std::string bytes = number(static_cast<std::uint32_t>(payload.size()), 3);
  bytes.push_back(static_cast<char>(type));
  bytes.push_back(static_cast<char>(flags));
  return bytes.append(number(stream)).append(payload);
}

/// The frames in what either end has sent.
inline std::vector<Frame> frames_of(std::string_view bytes) {
  if (bytes.starts_with(kPreface)) bytes.remove_prefix(kPreface.size());
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(bytes[at]); };
  std::vector<Frame> frames;
  while (bytes.size() >= 9) {
    const std::size_t length = static_cast<std::size_t>(byte(0)) << 16 | byte(1) << 8 | byte(2);
    const std::uint32_t stream = static_cast<std::uint32_t>(byte(5)) << 24 | byte(6) << 16 | byte(7) << 8 | byte(8);
    frames.push_back({byte(3), byte(4), stream, std::string(bytes.substr(9, length))});
    bytes.remove_prefix(std::min(bytes.size(), 9 + length));
  }
  return frames;
}

/// POST, http, /: HPACK's static table.
inline const std::string kRequestBlock = "\x83\x86\x84";

inline std::string request(std::uint32_t stream) { return frame(1, 4, stream, kRequestBlock); }
inline std::string reset(std::uint32_t stream) { return frame(3, 0, stream, number(8)); }
inline std::string settings() { return frame(4, 0, 0, ""); }
inline std::string ping() { return frame(6, 0, 0, "12345678"); }
inline std::string window_update(std::uint32_t stream, std::uint32_t bytes) {
  return frame(8, 0, stream, number(bytes));
}
/// A field that is not indexed, in a header block.
inline std::string field(std::string_view name, std::string_view value) {
  return std::string(1, '\0') + static_cast<char>(name.size()) + std::string(name) + static_cast<char>(value.size()) +
         std::string(value);
}

class HostilePeer : public ConnectedPair {
 protected:
  /// The connection under test as a server, and bytes where its client should be, who has said SETTINGS.
  void serve(const Settings& configuration = {}) {
    attach(Role::server, configuration);
    send(std::string(kPreface) + settings());
    settle();
  }
  /// As a client that has made a request (stream 1), and a server that has said SETTINGS.
  void call(const Settings& configuration = {}) {
    attach(Role::client, configuration);
    send(settings());
    victim_.connection->request(grpc_request("http", "localhost", "/ProxyService/Proxy"), caller_);
    settle();
  }
  void attach(Role role, const Settings& configuration) {
    shard_.deadlines().fake_clock();
    auto [first, second] = MemoryStream::make_pair(shard_, {.window = 64 * 1024 * 1024}, {.window = 64 * 1024});
    peer_ = std::move(first);
    victim_.connect(shard_, std::move(second), role, configuration);
  }

  void send(std::string_view bytes) {
    BufferQueue queue;
    queue.push_back(shard_.pool().copy(bytes));
    (void)peer_->try_write(queue);
  }
  /// What the peer has been sent so far; it reads only here.
  const std::string& read() {
    BufferQueue queue;
    while (peer_->try_read(queue, {})) {
    }
    const std::size_t before = answer_.size();
    answer_.resize(before + queue.size());
    queue.peek(std::as_writable_bytes(std::span(answer_.data() + before, queue.size())));
    return answer_;
  }

  /// Sends one frame after another until the connection ends; returns how many it took, or `most` where it never does.
  std::size_t frames_until_closed(const std::function<std::string(std::uint32_t index)>& make, std::size_t most,
                                  bool reads = true) {
    for (std::uint32_t index = 0; index < most; ++index) {
      send(make(index));
      settle();
      if (reads) read();
      if (victim_.connection->closed()) return index + 1;
    }
    return most;
  }
  std::size_t frames_until_closed(const std::string& frame, std::size_t most) {
    return frames_until_closed([&](std::uint32_t) { return frame; }, most);
  }

  /// The connection has ended, and the peer was told why.
  void expect_cut_off(std::string_view rule) {
    ASSERT_TRUE(run_until([&] { return read(), victim_.closed.has_value(); }));
    EXPECT_EQ(*victim_.closed, make_error_code(StreamErrc::overloaded)) << victim_.closed_text;
    EXPECT_NE(victim_.closed_text.find(rule), std::string::npos) << victim_.closed_text;
    const auto frames = frames_of(answer_);
    ASSERT_FALSE(frames.empty());
    ASSERT_EQ(frames.back().type, 7);
    EXPECT_EQ(frames.back().payload.substr(4, 4), number(11));
    EXPECT_EQ(frames.back().payload.substr(8), victim_.closed_text);
  }
  void expect_open() {
    settle();
    EXPECT_FALSE(victim_.connection->closed()) << victim_.closed_text;
  }

  std::unique_ptr<MemoryStream> peer_;
  std::string answer_;
  End victim_;
  StreamUser caller_{victim_.connection};
};

}  // namespace konduit::http2::testing
