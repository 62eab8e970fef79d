#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "http2/abuse_policy.hpp"
#include "http2/connection.hpp"
#include "http2/frame_walk.hpp"
#include "http2/nghttp2_session.hpp"
#include "konduit/deadline.hpp"

namespace konduit::http2 {

/// DATA of a frame at the most: with its header it is one full TLS record.
inline constexpr std::size_t kFrameHeader = 9;
inline constexpr std::size_t kFramePayload = 16 * 1024 - kFrameHeader;

/// What Connection is made of. connection.cpp: requests of the owner, and how it ends; connection_input.cpp: what the
/// peer sends; connection_output.cpp: what leaves; connection_patience.cpp: what is not put up with. Functions that
/// answer bool answer false when the connection is over; the object may then be gone.
class ConnectionCore final : Stream::Observer, FlushHook, Deadline::Owner {
 public:
  ConnectionCore(Shard& shard, StreamPtr inner, Role role, const Settings& settings, ConnectionHandler& handler);
  ~ConnectionCore() override;

  // As in Connection.
  StreamId request(const Headers& headers, StreamHandler& handler);
  void respond(StreamId id, const Headers& headers, bool end);
  bool push(StreamId id, Buffer bytes);
  bool push(StreamId id, BufferQueue& bytes);
  void trailers(StreamId id, const Headers& trailers);
  void finish(StreamId id);
  void reset(StreamId id, ErrorCode code);
  void set_handler(StreamId id, StreamHandler* handler);
  void consume(StreamId id, std::size_t count);
  std::size_t queued(StreamId id) const noexcept;
  bool held_back(StreamId id) const noexcept;
  bool writable(StreamId id) noexcept;
  std::uint64_t received() const noexcept { return received_; }
  std::size_t unsent() const noexcept { return pending_.size() + inner_->queued(); }
  std::optional<std::size_t> unread_by_peer() const;
  Delivery delivery() const;
  void ping(std::uint64_t opaque);
  void ping_first(std::uint64_t opaque);
  void drain();
  void close(ErrorCode code, std::string_view text);
  bool draining() const noexcept { return draining_; }
  bool closed() const noexcept { return phase_ != Phase::open; }
  std::size_t streams() const noexcept { return streams_.size(); }
  bool accepts_requests() const noexcept;
  std::optional<std::size_t> request_limit() const noexcept;
  Shard& shard() noexcept { return shard_; }

  // From nghttp2.
  void frame_begins(const nghttp2_frame_hd& header);
  void fields_begin();
  void field_received(std::string_view name, std::string_view value);
  void data_received(StreamId id, const std::byte* data, std::size_t size);
  void frame_received(const nghttp2_frame& frame);
  void invalid_frame_received(StreamId id);
  void frame_sent(const nghttp2_frame& frame);
  void stream_closed(StreamId id, ErrorCode code);
  void error_reported(std::string_view text) { fault_ = text; }
  ssize_t read_data(StreamId id, std::size_t limit, std::uint32_t& flags);
  void send_data(StreamId id, const std::byte* header, std::size_t size);
  bool output_full() const noexcept { return pending_.size() >= settings_.output; }

 private:
  /// For a stream whose peer has gone to say that nothing follows. Those that carry bytes between processes say it at
  /// once.
  static constexpr Duration kHangupGrace = std::chrono::seconds(1);

  enum class Phase : std::uint8_t {
    open,
    closing,    // the last frames leave
    lingering,  // the inner stream delivers them and closes
    closed,
  };

  enum class End : std::uint8_t {
    none,
    finish,    // END_STREAM behind the output
    trailers,  // trailers behind the output
    said,      // nghttp2 knows
  };

  struct OpenStream {
    explicit OpenStream(StreamHandler* user) noexcept : handler(user) {}

    StreamHandler* handler;
    BufferQueue output;
    std::unique_ptr<Headers> trailers;
    std::size_t unconsumed = 0;  // bytes that were handed on and hold the window
    std::size_t left_then = 0;   // abandoned: bytes of the output when it was looked at last
    End end = End::none;
    bool answered = false;    // server: respond() was called
    bool abandoned = false;   // nobody would end it
    bool deferred = false;    // nghttp2 waits for resume_data
    bool wants_room = false;  // on_writable() is due
    bool head_received = false;
    bool remote_ended = false;
  };

  // connection.cpp
  void on_closed(error_code reason) override;
  SessionMemory& memory() noexcept { return *session_.get_deleter().memory; }
  OpenStream* find(StreamId id) noexcept;
  const OpenStream* find(StreamId id) const noexcept;
  void end_body(StreamId id, OpenStream& stream, End end);
  void forget(StreamId id);
  void begin_closing(error_code reason, std::string text);
  void finish_closing();
  void end_streams();
  bool hang_up(error_code reason);
  bool fail(error_code reason, std::string text);

  // connection_input.cpp
  void on_readable() override;
  bool read_input();
  bool feed(Buffer& block);
  bool input_failed(error_code reason);
  void headers_received(StreamId id, bool request, bool end);
  void request_received(StreamId id, bool end);
  void response_received(StreamId id, OpenStream& stream, bool end);
  void trailers_received(StreamId id, OpenStream& stream, bool end);
  void remote_end(StreamId id);
  void goaway_received(const nghttp2_goaway& goaway);
  void ping_ack_received(std::uint64_t opaque);
  void refuse(StreamId id, ErrorCode code);
  void end_stream(StreamId id, ErrorCode code);

  // connection_output.cpp
  void on_writable() override;
  void flush() override;
  void close_if_over();
  bool pull_answers();
  bool write_some();
  void name_fault(const nghttp2_goaway& goaway);
  bool pump();
  bool pull();
  void submit_pings();
  void submit_ping(std::uint64_t opaque);
  void append_control(const std::byte* bytes, std::size_t size);
  void resume(StreamId id, OpenStream& stream);
  void say_trailers(StreamId id, OpenStream& stream);
  void tell_writable();

  // connection_patience.cpp
  void on_deadline(Deadline& which) override;
  std::size_t inspect(const Buffer& block);
  void enforce(std::string_view rule);
  void give_up(ErrorCode code, StreamErrc reason, std::string_view text);
  void settings_received();
  void arrival_overdue();
  void watch_for_stall();
  void abandon(StreamId id, OpenStream& stream);
  void look_at_abandoned();
  void stall_overdue();
  bool window_shut() const noexcept;
  bool data_waits() const noexcept;
  bool progressed() const;
  std::uint64_t arrived() const;

  Shard& shard_;
  StreamPtr inner_;
  ConnectionHandler& handler_;
  const Settings settings_;
  const Role role_;
  Phase phase_ = Phase::open;
  bool draining_ = false;
  bool reading_ = false;  // the inner stream has been read once, so it tells when there is more
  bool blocked_ = false;  // the inner stream takes nothing before on_writable()
  bool last_goaway_sent_ = false;
  bool fault_said_ = false;  // the GOAWAY that left named an error
  bool greeted_ = false;     // the peer's SETTINGS have come
  bool head_open_ = false;   // HEADERS have begun, and nghttp2 may ignore them
  bool fields_bad_ = false;
  bool fields_large_ = false;

  SessionPtr session_;
  std::unordered_map<StreamId, OpenStream> streams_;
  Headers fields_;  // of the block that is being received; else empty

  BufferQueue input_;
  std::uint64_t received_ = 0;
  const Buffer* current_ = nullptr;  // the block that nghttp2 reads
  BufferQueue pending_;              // frames for the inner stream
  Buffer control_;                   // free rest of a block for frames that nghttp2 wrote
  std::vector<std::uint64_t> pings_;
  std::vector<StreamId> room_;  // streams that fell below their low water
  std::vector<StreamId> telling_;

  AbusePolicy policy_;
  FrameWalk walk_;
  std::string_view broken_rule_;    // found in the block that is being read
  std::uint64_t taken_ = 0;         // bytes that the inner stream has taken
  std::uint64_t data_sent_ = 0;     // bytes of DATA in frames
  std::uint64_t arrived_then_ = 0;  // when stall_ was armed
  std::uint64_t data_sent_then_ = 0;
  std::size_t abandoned_bytes_ = 0;  // of the output of streams without a user

  Deadline more_input_;
  Deadline arrival_;
  Deadline stall_;
  Deadline abandoned_;
  Deadline close_grace_;  // of the last frames, and for the end of what a peer had sent that has gone
  error_code hangup_;     // why nothing can be written any more
  error_code reason_;
  std::string text_;
  std::string fault_;        // what nghttp2 found
  std::string goaway_text_;  // the peer's
};

}  // namespace konduit::http2
