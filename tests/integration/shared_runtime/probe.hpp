#pragma once

#include <boost/system/error_category.hpp>

#include <array>
#include <memory>
#include <string>

#include "konduit/asio.hpp"
#include "konduit/result.hpp"
#include "konduit/shard.hpp"
#include "konduit/stream.hpp"
#include "konduit/tls.hpp"

namespace konduit::shared_runtime {

/// What a coroutine of a library saw on the way. Written by that coroutine alone.
struct Report {
  bool on_the_loop = false;  ///< The executor knew, in this library, that its loop runs on this thread.
  Shard* current = nullptr;  ///< Shard::current(), in this library.
  error_code own_timer;      ///< Of a timer that this library made.
  error_code deadline;       ///< Of the shard's deadlines.
  error_code handshake;
  std::string text;      ///< What a failed handshake had to say.
  std::string received;  ///< What the other end sent over TLS.
  bool done = false;
};

/// What is looked at from inside a library. The same source is compiled into the test and into each plugin.
struct Probe {
  std::array<const void*, 3> (*services)(asio::io_context& context);
  std::array<const boost::system::error_category*, 6> (*categories)();
  bool (*on_the_loop)(Shard& shard);
  error_code (*end_of_stream)();
  bool (*recognizes_end_of_stream)(const error_code& code);
  awaitable<void> (*converse)(Shard* shard, StreamPtr inner, std::shared_ptr<TlsContext> context, bool server,
                              std::string greeting, Report* report);
};

/// The probe of the library that this is compiled into.
const Probe& probe();

}  // namespace konduit::shared_runtime
