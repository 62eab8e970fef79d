#include "http2/nghttp2_session.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <new>
#include <utility>

#include "http2/connection_core.hpp"

namespace konduit::http2 {

namespace {

struct CallbacksDeleter {
  void operator()(nghttp2_session_callbacks* callbacks) const noexcept { nghttp2_session_callbacks_del(callbacks); }
};
struct OptionDeleter {
  void operator()(nghttp2_option* option) const noexcept { nghttp2_option_del(option); }
};
using CallbacksPtr = std::unique_ptr<nghttp2_session_callbacks, CallbacksDeleter>;
using OptionPtr = std::unique_ptr<nghttp2_option, OptionDeleter>;

ConnectionCore& core(void* user_data) noexcept { return *static_cast<ConnectionCore*>(user_data); }

std::string_view text(const std::uint8_t* bytes, std::size_t size) noexcept {
  return {reinterpret_cast<const char*>(bytes), size};
}

// All noexcept: nothing may be thrown through C frames, and what the core calls does not throw by contract.

int on_begin_frame(nghttp2_session*, const nghttp2_frame_hd* header, void* user_data) noexcept {
  core(user_data).frame_begins(*header);
  return 0;
}

int on_begin_headers(nghttp2_session*, const nghttp2_frame*, void* user_data) noexcept {
  core(user_data).fields_begin();
  return 0;
}

int on_header(nghttp2_session*, const nghttp2_frame*, const std::uint8_t* name, std::size_t name_size,
              const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* user_data) noexcept {
  core(user_data).field_received(text(name, name_size), text(value, value_size));
  return 0;
}

int on_data_chunk(nghttp2_session*, std::uint8_t, StreamId id, const std::uint8_t* data, std::size_t size,
                  void* user_data) noexcept {
  core(user_data).data_received(id, reinterpret_cast<const std::byte*>(data), size);
  return 0;
}

int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user_data) noexcept {
  core(user_data).frame_received(*frame);
  return 0;
}

int on_invalid_frame(nghttp2_session*, const nghttp2_frame* frame, int, void* user_data) noexcept {
  core(user_data).invalid_frame_received(frame->hd.stream_id);
  return 0;
}

int on_frame_sent(nghttp2_session*, const nghttp2_frame* frame, void* user_data) noexcept {
  core(user_data).frame_sent(*frame);
  return 0;
}

int on_stream_close(nghttp2_session*, StreamId id, std::uint32_t code, void* user_data) noexcept {
  core(user_data).stream_closed(id, static_cast<ErrorCode>(code));
  return 0;
}

int on_error(nghttp2_session*, int, const char* message, std::size_t size, void* user_data) noexcept {
  core(user_data).error_reported({message, size});
  return 0;
}

ssize_t read_length(nghttp2_session*, std::uint8_t, StreamId, std::int32_t, std::int32_t, std::uint32_t max_frame_size,
                    void*) noexcept {
  return static_cast<ssize_t>(std::min<std::size_t>(kFramePayload, max_frame_size));
}

ssize_t read_data(nghttp2_session*, StreamId id, std::uint8_t*, std::size_t limit, std::uint32_t* flags,
                  nghttp2_data_source*, void* user_data) noexcept {
  return core(user_data).read_data(id, limit, *flags);
}

int send_data(nghttp2_session*, nghttp2_frame* frame, const std::uint8_t* header, std::size_t size,
              nghttp2_data_source*, void* user_data) noexcept {
  core(user_data).send_data(frame->hd.stream_id, reinterpret_cast<const std::byte*>(header), size);
  return core(user_data).output_full() ? static_cast<int>(NGHTTP2_ERR_PAUSE) : 0;
}

CallbacksPtr make_callbacks() {
  nghttp2_session_callbacks* raw = nullptr;
  if (nghttp2_session_callbacks_new(&raw) != 0) throw std::bad_alloc();
  CallbacksPtr callbacks(raw);
  nghttp2_session_callbacks_set_on_begin_frame_callback(raw, on_begin_frame);
  nghttp2_session_callbacks_set_on_begin_headers_callback(raw, on_begin_headers);
  nghttp2_session_callbacks_set_on_header_callback(raw, on_header);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(raw, on_data_chunk);
  nghttp2_session_callbacks_set_on_frame_recv_callback(raw, on_frame);
  nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(raw, on_invalid_frame);
  nghttp2_session_callbacks_set_on_frame_send_callback(raw, on_frame_sent);
  nghttp2_session_callbacks_set_on_stream_close_callback(raw, on_stream_close);
  nghttp2_session_callbacks_set_error_callback2(raw, on_error);
  nghttp2_session_callbacks_set_data_source_read_length_callback(raw, read_length);
  nghttp2_session_callbacks_set_send_data_callback(raw, send_data);
  return callbacks;
}

OptionPtr make_option() {
  nghttp2_option* raw = nullptr;
  if (nghttp2_option_new(&raw) != 0) throw std::bad_alloc();
  OptionPtr option(raw);
  nghttp2_option_set_no_auto_window_update(raw, 1);
  nghttp2_option_set_no_http_messaging(raw, 1);
  nghttp2_option_set_no_closed_streams(raw, 1);
  // What is remembered of heads costs a connection of few calls more than it saves on the wire.
  nghttp2_option_set_max_deflate_dynamic_table_size(raw, 0);
  // AbusePolicy judges; nghttp2 must not strike first. Its own limits end a connection without GOAWAY, cannot tell acks
  // that wait from acks of this turn, and count a CONTINUATION once for every piece that its header comes in.
  constexpr auto kNever = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  nghttp2_option_set_max_outbound_ack(raw, kNever);
  nghttp2_option_set_max_continuations(raw, kNever);
  nghttp2_option_set_stream_reset_rate_limit(raw, kNever, kNever);
  return option;
}

void submit_settings(nghttp2_session* session, Role role, const Settings& settings) {
  std::array<nghttp2_settings_entry, 4> entries;
  std::size_t count = 0;
  const auto add = [&](nghttp2_settings_id id, std::uint32_t value) {
    entries[count++] = {static_cast<std::int32_t>(id), value};
  };
  add(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, settings.stream_window);
  add(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, settings.limits.header_list);
  if (settings.max_streams) add(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, settings.max_streams);
  if (role == Role::client) add(NGHTTP2_SETTINGS_ENABLE_PUSH, 0);
  nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, entries.data(), count);
  // SETTINGS reach stream windows alone.
  nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, 0,
                                        static_cast<std::int32_t>(settings.connection_window));
}

}  // namespace

SessionPtr make_session(Role role, const Settings& settings, ConnectionCore& owner) {
  // nghttp2 copies them into each session.
  static const CallbacksPtr callbacks = make_callbacks();
  static const OptionPtr option = make_option();
  SessionDeleter deleter{settings.memory ? settings.memory : make_session_memory()};
  nghttp2_mem functions = deleter.memory->functions();
  nghttp2_session* raw = nullptr;
  const auto create = role == Role::client ? nghttp2_session_client_new3 : nghttp2_session_server_new3;
  if (create(&raw, callbacks.get(), &owner, option.get(), &functions) != 0) throw std::bad_alloc();
  SessionPtr session(raw, std::move(deleter));
  submit_settings(raw, role, settings);
  return session;
}

nghttp2_data_provider data_provider() noexcept {
  nghttp2_data_provider provider;
  provider.source.ptr = nullptr;
  provider.read_callback = read_data;
  return provider;
}

}  // namespace konduit::http2
