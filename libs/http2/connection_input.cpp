#include <algorithm>
#include <utility>

#include "http2/connection_core.hpp"
#include "http2/message_rules.hpp"

namespace konduit::http2 {

namespace {

// Input of one turn; then others get theirs, and what was answered leaves.
constexpr std::size_t kReadBudget = 512 * 1024;

constexpr ReadShape kReadShape{.headroom = 0, .payload = BlockPool::kLarge, .limit = 2 * BlockPool::kLarge};

// A text of the peer's, for a log.
std::string printable(std::string_view text) {
  constexpr std::size_t kMost = 200;
  std::string shown(text.substr(0, kMost));
  std::replace_if(shown.begin(), shown.end(), [](char c) { return c < 0x20 || c > 0x7e; }, '?');
  return shown;
}

std::uint64_t number(const std::uint8_t (&bytes)[8]) noexcept {
  std::uint64_t value = 0;
  for (const std::uint8_t byte : bytes) value = value << 8 | byte;
  return value;
}

}  // namespace

void ConnectionCore::on_readable() { read_input(); }

bool ConnectionCore::read_input() {
  reading_ = true;
  std::size_t budget = kReadBudget;
  while (phase_ == Phase::open) {
    const auto got = inner_->try_read(input_, kReadShape);
    if (!got) {
      if (would_block(got.error())) break;
      return input_failed(got.error());
    }
    received_ += *got;
    while (!input_.empty()) {
      Buffer block = input_.pop_front();
      if (!feed(block)) return false;
    }
    if (*got >= budget) {
      more_input_.arm(Duration::zero());
      break;
    }
    budget -= *got;
  }
  shard_.mark_dirty(*this);
  return true;
}

bool ConnectionCore::feed(Buffer& block) {
  const std::size_t allowed = inspect(block);
  current_ = &block;
  const ssize_t taken =
      nghttp2_session_mem_recv(session_.get(), reinterpret_cast<const std::uint8_t*>(block.data()), allowed);
  current_ = nullptr;
  if (taken == NGHTTP2_ERR_BAD_CLIENT_MAGIC) {
    return fail(make_error_code(StreamErrc::protocol), "the client does not speak HTTP/2");
  }
  if (taken < 0) return fail(make_error_code(StreamErrc::protocol), nghttp2_strerror(static_cast<int>(taken)));
  enforce(broken_rule_);
  return pull_answers();
}

bool ConnectionCore::input_failed(error_code reason) {
  if (phase_ != Phase::open) return fail(reason_, std::move(text_));
  const bool orderly = end_of_stream(reason) || reason == make_error_code(StreamErrc::hangup);
  if (draining_ && streams_.empty() && orderly) return fail({}, "drained");
  if (!goaway_text_.empty()) return fail(make_error_code(StreamErrc::hangup), std::move(goaway_text_));
  if (!end_of_stream(reason)) return fail(reason, "the connection failed: " + reason.message());
  return fail(make_error_code(StreamErrc::hangup), "the peer closed the connection");
}

// nghttp2 reads the fields of HEADERS for streams that are gone and tells nobody.
void ConnectionCore::frame_begins(const nghttp2_frame_hd& header) {
  if (std::exchange(head_open_, header.type == NGHTTP2_HEADERS)) enforce(policy_.idle_frame(shard_.now()));
}

void ConnectionCore::fields_begin() {
  head_open_ = false;
  policy_.header_list_begins();
  fields_ = memory().take_head();
  fields_bad_ = false;
  fields_large_ = false;
}

void ConnectionCore::field_received(std::string_view name, std::string_view value) {
  // Before the bytes are looked at: a field of one byte on the wire may be large.
  fields_large_ = fields_large_ || !policy_.allows_field(name.size(), value.size());
  if (fields_large_ || fields_bad_) return;
  fields_bad_ = !valid_field_name(name) || !valid_field_value(value);
  if (!fields_bad_) fields_.add(name, value);
}

void ConnectionCore::data_received(StreamId id, const std::byte* data, std::size_t size) {
  if (settings_.free_connection_window) nghttp2_session_consume_connection(session_.get(), size);
  OpenStream* stream = phase_ == Phase::open ? find(id) : nullptr;
  if (!stream) {
    if (!settings_.free_connection_window) nghttp2_session_consume_connection(session_.get(), size);
    return;
  }
  stream->unconsumed += size;
  if (!stream->head_received) {
    refuse(id, ErrorCode::protocol_error);
  } else if (stream->handler) {
    stream->handler->on_data(id, current_->slice(static_cast<std::size_t>(data - current_->data()), size));
  } else {
    consume(id, size);
  }
}

void ConnectionCore::consume(StreamId id, std::size_t count) {
  OpenStream* stream = find(id);
  if (!stream) return;
  count = std::min(count, stream->unconsumed);
  if (count == 0) return;
  stream->unconsumed -= count;
  if (!stream->remote_ended) nghttp2_session_consume_stream(session_.get(), id, count);
  if (!settings_.free_connection_window) nghttp2_session_consume_connection(session_.get(), count);
  shard_.mark_dirty(*this);
}

void ConnectionCore::frame_received(const nghttp2_frame& frame) {
  if (phase_ != Phase::open) return;
  const bool end = frame.hd.flags & NGHTTP2_FLAG_END_STREAM;
  switch (frame.hd.type) {
    case NGHTTP2_HEADERS:
      headers_received(frame.hd.stream_id, frame.headers.cat == NGHTTP2_HCAT_REQUEST, end);
      memory().keep_head(std::move(fields_));
      break;
    case NGHTTP2_DATA:
      if (end) return remote_end(frame.hd.stream_id);
      if (frame.hd.length > 0 && frame.hd.length == frame.data.padlen) enforce(policy_.idle_frame(shard_.now()));
      break;
    case NGHTTP2_RST_STREAM:
      enforce(policy_.reset_received(shard_.now()));
      end_stream(frame.hd.stream_id, static_cast<ErrorCode>(frame.rst_stream.error_code));
      break;
    case NGHTTP2_SETTINGS:
      if (!(frame.hd.flags & NGHTTP2_FLAG_ACK)) settings_received();
      break;
    case NGHTTP2_PING:
      if (frame.hd.flags & NGHTTP2_FLAG_ACK) ping_ack_received(number(frame.ping.opaque_data));
      break;
    case NGHTTP2_GOAWAY: goaway_received(frame.goaway); break;
    default: break;
  }
}

void ConnectionCore::headers_received(StreamId id, bool request, bool end) {
  if (request) return request_received(id, end);
  OpenStream* stream = find(id);
  if (!stream) return;
  if (fields_bad_ || fields_large_) {
    refuse(id, fields_bad_ ? ErrorCode::protocol_error : ErrorCode::enhance_your_calm);
  } else if (stream->head_received) {
    trailers_received(id, *stream, end);
  } else {
    response_received(id, *stream, end);
  }
}

void ConnectionCore::request_received(StreamId id, bool end) {
  if (fields_bad_ || fields_large_ || !request_fault(fields_).empty()) {
    return refuse(id, fields_large_ && !fields_bad_ ? ErrorCode::enhance_your_calm : ErrorCode::protocol_error);
  }
  if (!policy_.allows_stream(streams_.size())) return refuse(id, ErrorCode::refused_stream);
  policy_.stream_opened();
  arrival_.disarm();
  streams_.try_emplace(id, nullptr).first->second.head_received = true;
  StreamHandler* handler = handler_.on_stream(id, fields_, end);
  OpenStream* stream = find(id);
  if (!stream) return;
  stream->handler = handler;
  if (!handler && !stream->answered) {
    reset(id, ErrorCode::refused_stream);
  } else if (end) {
    remote_end(id);
  }
}

void ConnectionCore::response_received(StreamId id, OpenStream& stream, bool end) {
  if (!response_fault(fields_).empty() || (end && informational(fields_))) {
    return refuse(id, ErrorCode::protocol_error);
  }
  if (informational(fields_)) return enforce(policy_.idle_frame(shard_.now()));
  stream.head_received = true;
  if (stream.handler) stream.handler->on_headers(id, fields_, end);
  if (end) remote_end(id);
}

void ConnectionCore::trailers_received(StreamId id, OpenStream& stream, bool end) {
  if (!end || !trailers_fault(fields_).empty()) return refuse(id, ErrorCode::protocol_error);
  if (stream.handler) stream.handler->on_trailers(id, fields_);
  remote_end(id);
}

void ConnectionCore::remote_end(StreamId id) {
  OpenStream* stream = find(id);
  if (!stream) return;
  if (!stream->head_received) return refuse(id, ErrorCode::protocol_error);
  stream->remote_ended = true;
  if (stream->handler) stream->handler->on_end(id);
}

// A stream that the peer has reset is forgotten by now, and so is one that refuse() ended.
void ConnectionCore::stream_closed(StreamId id, ErrorCode code) {
  const bool provoked = code != ErrorCode::no_error && code != ErrorCode::internal_error;
  if (provoked && find(id)) enforce(policy_.reset_provoked(shard_.now()));
  end_stream(id, code);
}

void ConnectionCore::end_stream(StreamId id, ErrorCode code) {
  OpenStream* stream = find(id);
  if (!stream) return;
  StreamHandler* handler = stream->handler;
  forget(id);
  if (handler) handler->on_closed(id, code);
}

void ConnectionCore::goaway_received(const nghttp2_goaway& goaway) {
  const auto code = static_cast<ErrorCode>(goaway.error_code);
  const std::string_view text(reinterpret_cast<const char*>(goaway.opaque_data), goaway.opaque_data_len);
  goaway_text_ = "the peer sent GOAWAY " + std::string(to_string(code));
  if (!text.empty()) goaway_text_.append(": ").append(printable(text));
  handler_.on_goaway(goaway.last_stream_id, code, text);
}

void ConnectionCore::refuse(StreamId id, ErrorCode code) {
  nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, id, static_cast<std::uint32_t>(code));
  end_stream(id, code);
  enforce(policy_.reset_provoked(shard_.now()));
}

// nghttp2 ends the connection or resets the stream; stream_closed() sees the latter unless the stream was refused.
void ConnectionCore::invalid_frame_received(StreamId id) {
  if (!find(id)) enforce(policy_.reset_provoked(shard_.now()));
}

}  // namespace konduit::http2
