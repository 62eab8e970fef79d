#pragma once

#include <string>

#include "konduit/asio.hpp"
#include "konduit/stream.hpp"

namespace konduit {
class Shard;
}

namespace konduit::http_connect {

/// Sends `reply` and closes so that the client can read it: first only this end's direction; what the client still
/// sends is read and dropped for a moment, because a close with unread bytes would make the system throw the reply
/// away.
awaitable<void> say_farewell(Shard* shard, StreamPtr client, std::string reply);

}  // namespace konduit::http_connect
