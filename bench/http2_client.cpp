#include "http2_client.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "pattern.hpp"

namespace konduit::bench {

namespace {

// RFC 9113 6.
enum FrameType : std::uint8_t {
  kDataFrame = 0,
  kHeaders = 1,
  kRstStream = 3,
  kSettings = 4,
  kPing = 6,
  kGoaway = 7,
  kWindowUpdate = 8,
  kContinuation = 9,
};
constexpr std::uint8_t kEndStream = 1;
constexpr std::uint8_t kAck = 1;
constexpr std::uint8_t kEndHeaders = 4;
constexpr std::uint8_t kPadded = 8;
constexpr std::size_t kHeader = 9;
constexpr std::size_t kFrame = 16384;
constexpr std::uint16_t kInitialWindowSize = 4;
constexpr std::uint32_t kCancel = 8;

constexpr std::int64_t kFirstWindow = 65535;
constexpr std::size_t kStreamWindow = 1024 * 1024;
constexpr std::size_t kConnectionWindow = 8 * 1024 * 1024;
/// What waits to be sent, about.
constexpr std::size_t kOutput = 256 * 1024;
/// Turns of writing before others have theirs.
constexpr int kRounds = 4;

std::string number(std::uint64_t value, int bytes) {
  std::string out;
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
  return out;
}

std::uint32_t number(std::string_view bytes) {
  std::uint32_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}

std::string frame_header(std::uint8_t type, std::uint8_t flags, std::uint32_t stream, std::size_t length) {
  return number(length, 3) + static_cast<char>(type) + static_cast<char>(flags) + number(stream, 4);
}

std::string greeting() {
  const std::string settings = number(kInitialWindowSize, 2) + number(kStreamWindow, 4);
  return "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame_header(kSettings, 0, 0, settings.size()) + settings +
         frame_header(kWindowUpdate, 0, 0, 4) + number(kConnectionWindow - kFirstWindow, 4);
}

/// RFC 7541 without indexing, so that no table changes: a field by its place in the static table, or by its name.
std::string field(std::string_view name, std::string_view value) {
  return std::string(name) + static_cast<char>(value.size()) + std::string(value);
}

std::string request_head() {
  using namespace std::string_view_literals;
  return "\x83\x86" +                               // :method POST, :scheme http
         field("\x04"sv, "/ProxyService/Proxy") +   // :path
         field("\x01"sv, "localhost") +             // :authority
         field("\x0f\x10"sv, "application/grpc") +  // content-type
         field("\x0f\x2b"sv, "konduit-bench") +     // user-agent
         field("\x00\x02te"sv, "trailers");
}

}  // namespace

Http2Client::Http2Client(Loop& loop, std::unique_ptr<Channel> channel)
    : loop_(loop), channel_(std::move(channel)), window_(kFirstWindow), stream_window_(kFirstWindow) {
  output_.add(greeting());
  establish();
}

void Http2Client::establish() {
  established_ = channel_->establish();
  listen_for(established_ ? std::uint32_t{EPOLLIN} : channel_->wanted());
  if (established_) touch();
}

void Http2Client::open(Http2Stream& stream, std::string first) {
  if (settled_) {
    request(stream, first);
  } else {
    waiting_.push_back({&stream, std::move(first)});
  }
}

void Http2Client::request(Http2Stream& stream, const std::string& first) {
  static const std::string head = request_head();
  last_id_ += last_id_ == 0 ? 1 : 2;
  stream.id_ = last_id_;
  stream.window_ = stream_window_;
  streams_.emplace(stream.id_, &stream);
  put_frame(kHeaders, kEndHeaders, stream.id_, head.size());
  output_.add(head);
  send(stream, first);
}

std::size_t Http2Client::room(const Http2Stream& stream) const noexcept {
  if (stream.id_ == 0 || output_.size() >= kOutput) return 0;
  return static_cast<std::size_t>(std::max<std::int64_t>(0, std::min(window_, stream.window_)));
}

void Http2Client::send(Http2Stream& stream, std::string_view head, std::span<const char> payload) {
  const std::size_t size = head.size() + payload.size();
  if (stream.id_ == 0 || static_cast<std::int64_t>(size) > std::min(window_, stream.window_)) {
    throw std::runtime_error("a call takes no message");
  }
  window_ -= static_cast<std::int64_t>(size);
  stream.window_ -= static_cast<std::int64_t>(size);
  for (std::size_t left = size; left != 0;) {
    const std::size_t length = std::min(left, kFrame);
    put_frame(kDataFrame, 0, stream.id_, length);
    left -= length;
    output_.add(head);
    const std::size_t rest = length - std::exchange(head, {}).size();
    output_.add_borrowed(payload.first(rest));
    payload = payload.subspan(rest);
  }
}

void Http2Client::keep_writable(Http2Stream& stream, bool keep) {
  std::erase(pourers_, &stream);
  if (keep) pourers_.push_back(&stream);
  touch();
}

void Http2Client::forget(Http2Stream& stream) {
  std::erase_if(waiting_, [&](const Waiting& waiting) { return waiting.stream == &stream; });
  std::erase(pourers_, &stream);
  if (stream.id_ == 0) return;
  streams_.erase(stream.id_);
  put_frame(kRstStream, 0, stream.id_, 4);
  output_.add(number(kCancel, 4));
  stream.id_ = 0;
}

void Http2Client::put_frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream, std::size_t length) {
  output_.add(frame_header(type, flags, stream, length));
  touch();
}

void Http2Client::touch() {
  if (!std::exchange(finishing_, true)) loop_.finish(*this);
}

void Http2Client::on_events(std::uint32_t events) {
  if (!channel_) return;
  if (!established_) return establish();
  if ((events & ~std::uint32_t{EPOLLOUT}) != 0) read();
  touch();
}

void Http2Client::on_turn_end() {
  finishing_ = false;
  if (!channel_ || !established_) return;
  for (int round = 0; round != kRounds && output_.flush(*channel_) && pour(); ++round) {
  }
  listen_for(!output_.empty() || pourable() ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

bool Http2Client::pour() {
  finishing_ = true;  // or what is sent would ask for a further end of the turn
  // Each at most once; whoever has nothing more to send leaves while it is asked.
  for (std::size_t left = pourers_.size(); left != 0 && !pourers_.empty(); --left) {
    Http2Stream& stream = *pourers_[next_pourer_++ % pourers_.size()];
    if (room(stream) >= kLeast) stream.on_room();
  }
  finishing_ = false;
  return !output_.empty();
}

bool Http2Client::pourable() const noexcept {
  return std::ranges::any_of(pourers_, [this](const Http2Stream* stream) { return room(*stream) >= kLeast; });
}

void Http2Client::listen_for(std::uint32_t events) {
  if (events == interest_) return;
  interest_ == 0 ? loop_.watch(channel_->socket(), events, *this) : loop_.change(channel_->socket(), events, *this);
  interest_ = events;
}

void Http2Client::read() {
  static std::vector<char> memory(Pattern::kPiece);
  do {
    const std::span<const char> bytes = std::span(memory).first(channel_->read(memory));
    if (bytes.empty()) return;
    push(bytes);
  } while (channel_ && channel_->holds_more());
}

void Http2Client::push(std::span<const char> bytes) {
  while (!bytes.empty()) {
    const std::size_t wanted = in_frame_ ? left_ : kHeader - collected_.size();
    const auto piece = bytes.first(std::min(wanted, bytes.size()));
    bytes = bytes.subspan(piece.size());
    if (in_frame_) {
      left_ -= piece.size();
      take(piece);
    } else {
      collected_.append(piece.data(), piece.size());
      if (collected_.size() != kHeader) continue;
      begin_frame();
    }
    if (left_ == 0) end_frame();
  }
}

void Http2Client::begin_frame() {
  const std::string_view header = collected_;
  frame_ = {.length = number(header.substr(0, 3)),
            .type = static_cast<std::uint8_t>(header[3]),
            .flags = static_cast<std::uint8_t>(header[4]),
            .stream = number(header.substr(5, 4))};
  collected_.clear();
  in_frame_ = true;
  left_ = frame_.length;
  if (frame_.length > kFrame) throw std::runtime_error("the server sent a frame that is too long");
  if (frame_.type == kDataFrame && (frame_.flags & kPadded) != 0) throw std::runtime_error("the server pads frames");
}

void Http2Client::take(std::span<const char> payload) {
  if (frame_.type == kDataFrame) return take_data(payload);
  if (frame_.type == kHeaders || frame_.type == kContinuation) return;
  collected_.append(payload.data(), payload.size());
}

void Http2Client::end_frame() {
  in_frame_ = false;
  const bool ends = frame_.type == kDataFrame || frame_.type == kHeaders;
  if (frame_.type == kRstStream || (ends && (frame_.flags & kEndStream) != 0)) end_stream();
  if (frame_.type == kSettings && (frame_.flags & kAck) == 0) take_settings();
  if (frame_.type == kWindowUpdate) take_window_update();
  if (frame_.type == kGoaway) throw std::runtime_error("the server ends the connection: " + collected_.substr(8));
  if (frame_.type == kPing && (frame_.flags & kAck) == 0) {
    put_frame(kPing, kAck, 0, collected_.size());
    output_.add(collected_);
  }
  collected_.clear();
}

Http2Stream* Http2Client::find(std::uint32_t id) const noexcept {
  const auto found = streams_.find(id);
  return found == streams_.end() ? nullptr : found->second;
}

void Http2Client::take_data(std::span<const char> bytes) {
  unanswered_ += bytes.size();
  give_back(0, unanswered_, kConnectionWindow / 2);
  Http2Stream* stream = find(frame_.stream);
  if (stream == nullptr) return;
  stream->unanswered_ += bytes.size();
  give_back(stream->id_, stream->unanswered_, kStreamWindow / 2);
  stream->on_stream_bytes(bytes);
}

void Http2Client::give_back(std::uint32_t stream, std::size_t& unanswered, std::size_t at_least) {
  if (unanswered < at_least) return;
  put_frame(kWindowUpdate, 0, stream, 4);
  output_.add(number(std::exchange(unanswered, 0), 4));
}

void Http2Client::end_stream() {
  Http2Stream* stream = find(frame_.stream);
  if (stream == nullptr) return;
  streams_.erase(frame_.stream);
  std::erase(pourers_, stream);
  stream->id_ = 0;
  stream->on_stream_end();
}

void Http2Client::take_settings() {
  for (std::size_t at = 0; at + 6 <= collected_.size(); at += 6) {
    const std::string_view setting = std::string_view(collected_).substr(at, 6);
    if (number(setting.substr(0, 2)) != kInitialWindowSize) continue;
    const std::int64_t window = number(setting.substr(2));
    for (const auto& [id, stream] : streams_) stream->window_ += window - stream_window_;
    stream_window_ = window;
  }
  put_frame(kSettings, kAck, 0, 0);
  settled_ = true;
  for (const Waiting& waiting : std::exchange(waiting_, {})) request(*waiting.stream, waiting.first);
}

void Http2Client::take_window_update() {
  const std::uint32_t more = number(collected_);
  if (frame_.stream == 0) window_ += more;
  if (Http2Stream* stream = find(frame_.stream)) stream->window_ += more;
}

}  // namespace konduit::bench
