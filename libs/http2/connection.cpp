#include "http2/connection.hpp"

#include <utility>

#include "http2/connection_core.hpp"

namespace konduit::http2 {

namespace {

// How long the peer may take to read the last frames of a connection that is being closed.
constexpr auto kCloseGrace = std::chrono::seconds(5);

// The round trip between the two GOAWAYs of a graceful shutdown.
constexpr std::uint64_t kDrainPing = 0x6b6f6e6475697401;

std::uint8_t* unsafe_bytes(std::string_view text) noexcept {
  return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));  // nghttp2 only reads
}

std::vector<nghttp2_nv> name_values(const Headers& headers) {
  std::vector<nghttp2_nv> fields;
  fields.reserve(headers.size());
  for (const Header field : headers) {
    fields.push_back({unsafe_bytes(field.name), unsafe_bytes(field.value), field.name.size(), field.value.size(),
                      NGHTTP2_NV_FLAG_NONE});
  }
  return fields;
}

}  // namespace

ConnectionCore::ConnectionCore(Shard& shard, StreamPtr inner, Role role, const Settings& settings,
                               ConnectionHandler& handler)
    : shard_(shard),
      inner_(std::move(inner)),
      handler_(handler),
      settings_(settings),
      role_(role),
      session_(make_session(role, settings, *this)),
      policy_(role, settings.limits),
      walk_(role == Role::server ? NGHTTP2_CLIENT_MAGIC_LEN : 0),
      more_input_(shard.deadlines(), *this),
      arrival_(shard.deadlines(), *this),
      stall_(shard.deadlines(), *this),
      abandoned_(shard.deadlines(), *this),
      close_grace_(shard.deadlines(), *this) {
  inner_->observe(this);
  if (settings_.greeting_timeout > Duration::zero()) arrival_.arm(settings_.greeting_timeout);
  shard_.mark_dirty(*this);
}

ConnectionCore::~ConnectionCore() { inner_->observe(nullptr); }

StreamId ConnectionCore::request(const Headers& headers, StreamHandler& handler) {
  if (!accepts_requests()) return 0;
  const auto fields = name_values(headers);
  const auto provider = data_provider();
  const StreamId id = nghttp2_submit_request(session_.get(), nullptr, fields.data(), fields.size(), &provider, nullptr);
  if (id <= 0) return 0;
  streams_.try_emplace(id, &handler);
  policy_.stream_opened();
  shard_.mark_dirty(*this);
  return id;
}

bool ConnectionCore::accepts_requests() const noexcept {
  return phase_ == Phase::open && !hangup_ && !draining_ && nghttp2_session_check_request_allowed(session_.get()) != 0;
}

std::optional<std::size_t> ConnectionCore::request_limit() const noexcept {
  if (!greeted_) return std::nullopt;
  return nghttp2_session_get_remote_settings(session_.get(), NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
}

void ConnectionCore::respond(StreamId id, const Headers& headers, bool end) {
  OpenStream* stream = find(id);
  if (!stream || stream->answered) return;
  stream->answered = true;
  if (end) stream->end = End::said;
  const auto fields = name_values(headers);
  const auto provider = data_provider();
  nghttp2_submit_response(session_.get(), id, fields.data(), fields.size(), end ? nullptr : &provider);
  shard_.mark_dirty(*this);
}

void ConnectionCore::trailers(StreamId id, const Headers& trailers) {
  OpenStream* stream = find(id);
  if (!stream || stream->end != End::none) return;
  stream->trailers = std::make_unique<Headers>(trailers);
  end_body(id, *stream, End::trailers);
}

void ConnectionCore::finish(StreamId id) {
  OpenStream* stream = find(id);
  if (stream && stream->end == End::none) end_body(id, *stream, End::finish);
}

void ConnectionCore::end_body(StreamId id, OpenStream& stream, End end) {
  stream.end = end;
  // HEADERS need no window, but nghttp2 would not ask for the end of a body while the window is shut.
  if (end == End::trailers && stream.output.empty() && stream.answered) {
    say_trailers(id, stream);
  } else {
    resume(id, stream);
  }
  shard_.mark_dirty(*this);
}

void ConnectionCore::say_trailers(StreamId id, OpenStream& stream) {
  const auto fields = name_values(*stream.trailers);
  nghttp2_submit_trailer(session_.get(), id, fields.data(), fields.size());
  stream.trailers.reset();
  stream.end = End::said;
}

void ConnectionCore::reset(StreamId id, ErrorCode code) {
  if (!find(id)) return;
  forget(id);
  nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, id, static_cast<std::uint32_t>(code));
  shard_.mark_dirty(*this);
}

void ConnectionCore::set_handler(StreamId id, StreamHandler* handler) {
  OpenStream* stream = find(id);
  if (!stream) return;
  stream->handler = handler;
  if (handler) return;
  consume(id, stream->unconsumed);
  abandon(id, *stream);
}

ConnectionCore::OpenStream* ConnectionCore::find(StreamId id) noexcept {
  const auto found = streams_.find(id);
  return found == streams_.end() ? nullptr : &found->second;
}

const ConnectionCore::OpenStream* ConnectionCore::find(StreamId id) const noexcept {
  const auto found = streams_.find(id);
  return found == streams_.end() ? nullptr : &found->second;
}

void ConnectionCore::forget(StreamId id) {
  const auto found = streams_.find(id);
  if (found == streams_.end()) return;
  const std::size_t unconsumed = found->second.unconsumed;
  if (found->second.abandoned) abandoned_bytes_ -= found->second.output.size();
  streams_.erase(found);
  if (unconsumed > 0 && !settings_.free_connection_window) {
    nghttp2_session_consume_connection(session_.get(), unconsumed);
    shard_.mark_dirty(*this);
  }
}

void ConnectionCore::ping(std::uint64_t opaque) {
  if (phase_ != Phase::open) return;
  pings_.push_back(opaque);
  shard_.mark_dirty(*this);
}

void ConnectionCore::ping_first(std::uint64_t opaque) {
  if (phase_ != Phase::open) return;
  submit_ping(opaque);
  shard_.mark_dirty(*this);
}

void ConnectionCore::drain() {
  if (phase_ != Phase::open || draining_) return;
  draining_ = true;
  if (role_ == Role::server) {
    nghttp2_submit_shutdown_notice(session_.get());
    ping(kDrainPing);
  } else {
    nghttp2_submit_goaway(session_.get(), NGHTTP2_FLAG_NONE, 0, NGHTTP2_NO_ERROR, nullptr, 0);
  }
  shard_.mark_dirty(*this);
}

void ConnectionCore::ping_ack_received(std::uint64_t opaque) {
  if (!draining_ || opaque != kDrainPing) {
    handler_.on_ping_ack(opaque);
    return;
  }
  const StreamId last = nghttp2_session_get_last_proc_stream_id(session_.get());
  nghttp2_submit_goaway(session_.get(), NGHTTP2_FLAG_NONE, last, NGHTTP2_NO_ERROR, nullptr, 0);
}

void ConnectionCore::close(ErrorCode code, std::string_view text) {
  if (phase_ != Phase::open) return;
  nghttp2_submit_goaway(session_.get(), NGHTTP2_FLAG_NONE, nghttp2_session_get_last_proc_stream_id(session_.get()),
                        static_cast<std::uint32_t>(code), unsafe_bytes(text), text.size());
  begin_closing({}, std::string(text));
}

void ConnectionCore::begin_closing(error_code reason, std::string text) {
  phase_ = Phase::closing;
  reason_ = reason;
  text_ = std::move(text);
  for (Deadline* deadline : {&more_input_, &arrival_, &stall_, &abandoned_}) deadline->disarm();
  close_grace_.arm(kCloseGrace);
  shard_.mark_dirty(*this);
}

void ConnectionCore::finish_closing() {
  if (hangup_) {
    fail(reason_, std::move(text_));
    return;
  }
  end_streams();
  if (!pending_.empty()) return;
  phase_ = Phase::lingering;
  inner_->close();
}

void ConnectionCore::end_streams() {
  // One at a time: a handler may reset the streams of others when it learns of its own end.
  while (!streams_.empty()) {
    const auto node = streams_.extract(streams_.begin());
    if (StreamHandler* handler = node.mapped().handler) handler->on_closed(node.key(), ErrorCode::cancel);
  }
}

void ConnectionCore::on_closed(error_code reason) {
  if (phase_ != Phase::open) {
    fail(reason_, std::move(text_));
    return;
  }
  hang_up(reason);
}

/// Nothing can be written any more. What the peer sent before it went away is still to be read, to its end: DATA,
/// trailers, GOAWAY.
bool ConnectionCore::hang_up(error_code reason) {
  if (!hangup_) hangup_ = reason ? reason : make_error_code(StreamErrc::hangup);
  pending_.clear();
  close_grace_.arm(kHangupGrace);
  return read_input();
}

bool ConnectionCore::fail(error_code reason, std::string text) {
  if (phase_ == Phase::closed) return false;
  phase_ = Phase::closed;
  for (Deadline* deadline : {&more_input_, &arrival_, &stall_, &abandoned_, &close_grace_}) deadline->disarm();
  inner_->observe(nullptr);
  inner_->reset(ResetReason::cancelled);
  end_streams();
  handler_.on_closed(reason, text);
  return false;
}

Connection::Connection(Shard& shard, StreamPtr inner, Role role, const Settings& settings, ConnectionHandler& handler)
    : core_(std::make_unique<ConnectionCore>(shard, std::move(inner), role, settings, handler)) {}
Connection::~Connection() = default;

StreamId Connection::request(const Headers& headers, StreamHandler& handler) {
  return core_->request(headers, handler);
}
void Connection::respond(StreamId id, const Headers& headers, bool end) { core_->respond(id, headers, end); }
bool Connection::push(StreamId id, Buffer bytes) { return core_->push(id, std::move(bytes)); }
bool Connection::push(StreamId id, BufferQueue& bytes) { return core_->push(id, bytes); }
void Connection::trailers(StreamId id, const Headers& trailers) { core_->trailers(id, trailers); }
void Connection::finish(StreamId id) { core_->finish(id); }
void Connection::reset(StreamId id, ErrorCode code) { core_->reset(id, code); }
void Connection::set_handler(StreamId id, StreamHandler* handler) { core_->set_handler(id, handler); }
void Connection::consume(StreamId id, std::size_t count) { core_->consume(id, count); }
std::size_t Connection::queued(StreamId id) const noexcept { return core_->queued(id); }
bool Connection::held_back(StreamId id) const noexcept { return core_->held_back(id); }
bool Connection::writable(StreamId id) noexcept { return core_->writable(id); }
std::uint64_t Connection::received() const noexcept { return core_->received(); }
std::size_t Connection::unsent() const noexcept { return core_->unsent(); }
std::optional<std::size_t> Connection::unread_by_peer() const { return core_->unread_by_peer(); }
Delivery Connection::delivery() const { return core_->delivery(); }
void Connection::ping(std::uint64_t opaque) { core_->ping(opaque); }
void Connection::ping_first(std::uint64_t opaque) { core_->ping_first(opaque); }
void Connection::drain() { core_->drain(); }
void Connection::close(ErrorCode code, std::string_view text) { core_->close(code, text); }
bool Connection::draining() const noexcept { return core_->draining(); }
bool Connection::closed() const noexcept { return core_->closed(); }
std::size_t Connection::streams() const noexcept { return core_->streams(); }
bool Connection::accepts_requests() const noexcept { return core_->accepts_requests(); }
std::optional<std::size_t> Connection::request_limit() const noexcept { return core_->request_limit(); }
Shard& Connection::shard() noexcept { return core_->shard(); }

}  // namespace konduit::http2
