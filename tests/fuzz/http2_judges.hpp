#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "fuzz/invariant.hpp"
#include "http2/connection.hpp"

namespace konduit::fuzz {

/// What one stream's user was told, held against the contract of StreamHandler.
class StreamRecord {
 public:
  void head(const http2::Headers& headers, bool end) {
    hold(!head_ && !closed_, "a head comes first, and once");
    head_ = true;
    told_ += "head";
    write(headers);
    end_due_ = end;
  }
  void data(std::string_view bytes) {
    hold(head_ && !end_due_ && !ended_ && !closed_, "bytes stand between the head and the end");
    hold(!bytes.empty(), "bytes are some");
    received_ += bytes;
  }
  void trailers(const http2::Headers& headers) {
    hold(head_ && !end_due_ && !ended_ && !closed_, "trailers come behind the head, and once");
    end_due_ = true;
    told_ += "trailers";
    write(headers);
  }
  void end() {
    hold(head_ && !ended_ && !closed_, "an end comes behind the head, and once");
    ended_ = true;
    told_ += "end";
  }
  void closed(http2::ErrorCode code) {
    hold(!closed_, "a stream is closed once");
    closed_ = true;
    clean_ = code == http2::ErrorCode::no_error;
  }

  const std::string& told() const { return told_; }
  const std::string& received() const { return received_; }
  bool clean() const { return clean_; }

 private:
  void write(const http2::Headers& headers) {
    for (const http2::Header field : headers) {
      hold(field.value.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos, "a value is one line");
      told_.append("\n").append(field.name).append("=").append(field.value);
    }
    told_ += "\n";
  }

  std::string told_;
  std::string received_;
  bool head_ = false;
  bool end_due_ = false;
  bool ended_ = false;
  bool closed_ = false;
  bool clean_ = true;
};

/// Reads the frames that an end has sent: each is whole, allowed to that end, and on a stream that it has not ended.
class OutputJudge {
 public:
  explicit OutputJudge(http2::Role role) : server_(role == http2::Role::server) {}

  void read(std::string_view bytes, bool torn) {
    if (!server_ && !bytes.empty()) bytes.remove_prefix(std::min<std::size_t>(bytes.size(), 24));
    while (bytes.size() >= kHeader) {
      const std::size_t length = number(bytes, 3);
      hold(length <= 16'384, "no frame is larger than every peer takes");
      if (bytes.size() < kHeader + length) break;
      frame(static_cast<std::uint8_t>(bytes[3]), static_cast<std::uint8_t>(bytes[4]), number(bytes.substr(5), 4),
            bytes.substr(kHeader, length));
      bytes.remove_prefix(kHeader + length);
    }
    hold(bytes.empty() || torn, "the last frame is whole");
  }
  /// The bytes of a stream's DATA.
  std::string_view sent(http2::StreamId id) const {
    const auto at = streams_.find(static_cast<std::uint32_t>(id));
    return at == streams_.end() ? std::string_view() : at->second.data;
  }

 private:
  static constexpr std::size_t kHeader = 9;
  struct Sent {
    std::string data;
    bool head = false;
    bool ended = false;
    bool reset = false;
  };

  static std::size_t number(std::string_view bytes, std::size_t size) {
    std::size_t value = 0;
    for (const char c : bytes.substr(0, size)) value = value << 8 | static_cast<std::uint8_t>(c);
    return value;
  }

  void frame(std::uint8_t type, std::uint8_t flags, std::size_t id, std::string_view payload) {
    hold(!std::exchange(first_, false) || type == 4, "SETTINGS are the first frame");
    hold(type <= 9 && type != 2 && type != 5, "a frame is of a type that this end sends");
    hold(!goaway_error_, "nothing follows a GOAWAY that says what was wrong");
    if (type == 7) goaway_error_ = number(payload.substr(4), 4) != 0;
    if (id == 0 || type == 8) return;
    Sent& stream = streams_[static_cast<std::uint32_t>(id)];
    hold(!stream.reset || type == 3, "nothing follows RST_STREAM");
    if (type == 3) stream.reset = true;
    if (type > 1) return;
    hold(id % 2 == 1, "only streams of the client's are spoken on");
    hold(!stream.ended, "nothing follows END_STREAM");
    hold(type == 1 || stream.head, "a head goes before bytes");
    stream.head = true;
    if (type == 0) stream.data += payload;
    stream.ended = flags & 1;
  }

  const bool server_;
  bool first_ = true;
  bool goaway_error_ = false;
  std::map<std::uint32_t, Sent> streams_;
};

}  // namespace konduit::fuzz
