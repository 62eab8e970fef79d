#include "http-connect/head.hpp"

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/http/parser.hpp>

#include <algorithm>
#include <string_view>

#include "konduit/result.hpp"

namespace konduit::http_connect {
namespace {

namespace http = boost::beast::http;

using Parser = http::request_parser<http::empty_body>;

std::string_view plain(boost::beast::string_view text) noexcept { return {text.data(), text.size()}; }

/// The token of a Bearer credential (RFC 6750, 2.1); empty for other schemes.
std::string_view bearer_token(std::string_view credentials) {
  constexpr std::string_view kScheme = "bearer ";
  const auto same = [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? b - 'A' + 'a' : b); };
  if (credentials.size() < kScheme.size() || !std::equal(kScheme.begin(), kScheme.end(), credentials.begin(), same)) {
    return {};
  }
  credentials.remove_prefix(kScheme.size());
  const auto start = credentials.find_first_not_of(' ');
  return start == std::string_view::npos ? std::string_view() : credentials.substr(start);
}

}  // namespace

struct HeadParser::Impl {
  HeadState parse();
  HeadState finish();

  std::size_t limit;
  Parser parser;
  std::string text;      // what came so far; a head is parsed in one piece
  std::size_t used = 0;  // of it the parser has consumed
  HeadState state = HeadState::incomplete;
  std::string error;
  RequestHead head;
};

HeadParser::HeadParser(std::size_t limit) : impl_(std::make_unique<Impl>()) {
  impl_->limit = limit;
  impl_->parser.header_limit(static_cast<std::uint32_t>(limit));
  // A body, whatever the head says of one, is the tunnel's.
  impl_->parser.skip(true);
}

HeadParser::~HeadParser() = default;

HeadState HeadParser::feed(BufferQueue& received, BlockPool& pool) {
  Impl& self = *impl_;
  while (self.state == HeadState::incomplete && !received.empty()) {
    const std::size_t before = self.text.size();
    self.text.resize(std::min(before + received.size(), self.limit));
    const std::size_t count = received.peek(std::as_writable_bytes(std::span(self.text).subspan(before)));
    received.consume(count);
    self.state = self.parse();
    if (self.state == HeadState::complete && self.used < self.text.size()) {
      received.push_front(pool.copy(std::string_view(self.text).substr(self.used)));
    }
  }
  return self.state;
}

HeadState HeadParser::Impl::parse() {
  boost::system::error_code failure;
  while (!failure && !parser.is_header_done()) {
    used += parser.put(boost::asio::buffer(text.data() + used, text.size() - used), failure);
  }
  if (!failure) return finish();
  if (failure == http::error::need_more && text.size() < limit) return HeadState::incomplete;
  if (failure == http::error::need_more || failure == http::error::header_limit) return HeadState::too_large;
  error = failure.message();
  return HeadState::malformed;
}

HeadState HeadParser::Impl::finish() {
  const auto& message = parser.get();
  if (message.count(http::field::proxy_authorization) > 1) {
    error = "more than one Proxy-Authorization";
    return HeadState::malformed;
  }
  head.method = plain(message.method_string());
  head.target = plain(message.target());
  head.bearer_token = bearer_token(plain(message[http::field::proxy_authorization]));
  return HeadState::complete;
}

bool HeadParser::untouched() const noexcept { return impl_->text.empty(); }

const std::string& HeadParser::error() const noexcept { return impl_->error; }

const RequestHead& HeadParser::head() const noexcept { return impl_->head; }

}  // namespace konduit::http_connect
