#pragma once

#include <nghttp2/nghttp2.h>

#include <memory>

#include "http2/connection.hpp"
#include "http2/session_memory.hpp"

namespace konduit::http2 {

struct SessionDeleter {
  std::shared_ptr<SessionMemory> memory;
  void operator()(nghttp2_session* session) const noexcept { nghttp2_session_del(session); }
};
using SessionPtr = std::unique_ptr<nghttp2_session, SessionDeleter>;

/// A session whose callbacks go to `core`, with the first SETTINGS queued.
SessionPtr make_session(Role role, const Settings& settings, ConnectionCore& core);

/// What sends a stream's body: asks ConnectionCore::read_data().
nghttp2_data_provider data_provider() noexcept;

}  // namespace konduit::http2
