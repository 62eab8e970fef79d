// Every prefix of the input through every parser: none reads beyond what has come, and more bytes never change what a
// complete message said.
#include <cstdint>
#include <cstdlib>

#include "../messages.hpp"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

template <class Message>
void feed(socks5::Bytes bytes, Message (*parse)(socks5::Bytes)) {
  std::size_t size = 0;
  socks5::Fault fault = socks5::Fault::incomplete;
  for (std::size_t length = 0; length <= bytes.size(); ++length) {
    const auto message = parse(bytes.first(length));
    if (fault != socks5::Fault::incomplete) require(message.fault == fault && message.size == size);
    fault = message.fault;
    size = message.size;
    require(size <= length && size <= socks5::kLongestMessage);
    require(fault != socks5::Fault::none || size > 0);
    require(fault != socks5::Fault::incomplete || length < socks5::kLongestMessage);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const socks5::Bytes bytes(reinterpret_cast<const std::byte*>(data), size < 1024 ? size : 1024);
  feed(bytes, &socks5::parse_greeting);
  feed(bytes, &socks5::parse_login);
  feed(bytes, &socks5::parse_request);
  return 0;
}
