#pragma once

#include <memory>
#include <optional>

#include "konduit/shard.hpp"
#include "konduit/stream.hpp"
#include "tls/bio.hpp"
#include "tls/handles.hpp"
#include "tls/record_buffers.hpp"
#include "tls/wakeup.hpp"

namespace konduit::tls {

/// The plain bytes of an established session over `inner`.
class TlsStream final : public Stream, private Stream::Observer, private FlushHook, private Wakeup::Owner {
 public:
  /// More ciphertext than this waiting: try_write() takes nothing until it is down to the low mark.
  static constexpr std::size_t kHighWater = 512 * 1024;
  static constexpr std::size_t kLowWater = 128 * 1024;

  /// `wire` may hold records that came behind the handshake.
  TlsStream(Shard& shard, StreamPtr inner, SslHandle ssl, std::unique_ptr<Wire> wire);
  ~TlsStream() override;

  void observe(Stream::Observer* observer) override;
  Result<std::size_t> try_read(BufferQueue& into, const ReadShape& shape) override;
  Result<std::size_t> try_write(BufferQueue& from) override;
  bool half_close() override;
  void close() override;
  void reset(ResetReason reason) override;
  ReadShape write_shape() const override { return {.headroom = 0, .payload = BlockPool::kRecord}; }
  std::size_t queued() const override { return wire_->pending() + inner_->queued(); }
  std::size_t unread() const override { return wire_->held() + inner_->unread(); }
  std::string_view remote() const override { return inner_->remote(); }
  std::optional<std::size_t> unread_by_peer() const override;
  std::optional<Delivery> delivery() const override;

 private:
  void on_readable() override;
  void on_writable() override;
  void on_closed(error_code reason) override;
  void flush() override;
  void on_wakeup() override;

  /// Fills one slice; adds to `into` what came. {} while there may be more.
  error_code read_slice(BufferQueue& into, const ReadShape& shape, std::size_t room);
  error_code read_outcome(int result);
  void note_plain(std::size_t count);
  /// The peer sends records to no end but this one's work.
  bool abused() const;
  error_code give_up();
  /// One record's worth from the front of `from`; its length, 0 when the session is broken.
  std::size_t write_record(BufferQueue& from);
  void say_goodbye();
  void send_soon();
  /// One gathered write. False when the stream below will take no more.
  bool send();
  void proceed_to_end();
  void tell_closed(error_code reason);

  Shard& shard_;
  StreamPtr inner_;
  std::unique_ptr<Wire> wire_;
  SslHandle ssl_;  // after wire_: its BIO points there
  RecordBuffers buffers_;
  Wakeup wakeup_;
  Stream::Observer* observer_ = nullptr;
  error_code read_end_;
  error_code write_end_;
  std::optional<error_code> closed_reason_;  // known, but not told yet
  std::size_t plain_ = 0;                    // bytes that were read since steps_ was 0
  unsigned steps_ = 0;                       // of the handshake, after its end; OpenSSL's callback counts them
  unsigned fruitless_ = 0;                   // times that reading was held back since the last plain byte
  bool wants_read_ = false;
  bool wants_write_ = false;
  bool inner_blocked_ = false;
  bool lets_others_first_ = false;  // in this turn's flushing
  bool goodbye_said_ = false;
  bool goodbye_heard_ = false;
  bool inner_half_closed_ = false;
  bool closing_ = false;
  bool inner_closing_ = false;
  bool told_closed_ = false;
};

}  // namespace konduit::tls
