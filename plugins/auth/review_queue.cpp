#include "auth/review_queue.hpp"

#include <boost/asio/ip/address_v6.hpp>

#include "konduit/asio.hpp"
#include "konduit/client_name.hpp"
#include "konduit/result.hpp"

namespace konduit::auth {

std::string line_of(const Peer& peer) {
  constexpr std::size_t kNetwork = 8;
  std::string host(client_name(peer));
  const std::size_t begin = host.find('[');
  const std::size_t end = host.find(']');
  if (begin == std::string::npos || end == std::string::npos || end < begin) return host;
  error_code none;
  const auto address = asio::ip::make_address_v6(host.substr(begin + 1, end - begin - 1), none);
  if (none) return host;
  const auto bytes = address.to_bytes();
  return {bytes.begin(), bytes.begin() + kNetwork};
}

void ReviewQueue::push(const std::string& line, const TokenDigest& token) {
  const auto [at, begun] = lines_.try_emplace(line);
  at->second.push_back(token);
  if (begun) turns_.push_back(&*at);
}

TokenDigest ReviewQueue::pop() {
  Lines::value_type* const turn = turns_.front();
  turns_.pop_front();
  const TokenDigest token = turn->second.front();
  turn->second.pop_front();
  if (turn->second.empty()) {
    lines_.erase(lines_.find(turn->first));
  } else {
    turns_.push_back(turn);
  }
  return token;
}

}  // namespace konduit::auth
