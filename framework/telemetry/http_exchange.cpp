#include "telemetry/http_exchange.hpp"

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/string_body.hpp>

#include <utility>

namespace konduit::telemetry {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;

constexpr std::string_view kEndOfHead = "\r\n\r\n";

/// Appends what `serializer` produces: the head, and the body unless only the head is wanted.
template <class Serializer>
void serialize(Serializer& serializer, bool head_only, std::string& out) {
  beast::error_code code;
  serializer.split(head_only);
  while (!code && !(head_only ? serializer.is_header_done() : serializer.is_done())) {
    serializer.next(code, [&](beast::error_code&, const auto& buffers) {
      std::size_t size = 0;
      for (const boost::asio::const_buffer buffer : beast::buffers_range_ref(buffers)) {
        out.append(static_cast<const char*>(buffer.data()), buffer.size());
        size += buffer.size();
      }
      serializer.consume(size);
    });
  }
}

}  // namespace

ParsedHead parse_head(std::string_view bytes) {
  ParsedHead parsed;
  const std::size_t end = bytes.substr(0, kMostHeadBytes).find(kEndOfHead);
  if (end == std::string_view::npos) {
    if (bytes.size() >= kMostHeadBytes) parsed.state = HeadState::too_large;
    return parsed;
  }
  parsed.size = end + kEndOfHead.size();
  http::request_parser<http::empty_body> parser;
  parser.header_limit(kMostHeadBytes);
  beast::error_code code;
  parser.put(boost::asio::buffer(bytes.data(), parsed.size), code);
  if ((code && code != http::error::need_more) || !parser.is_header_done()) {
    parsed.state = HeadState::malformed;
    return parsed;
  }
  const auto& request = parser.get();
  parsed.head = {std::string(request.method_string()), std::string(request.target()), request.version(),
                 parser.keep_alive(), std::string(request[http::field::host])};
  const std::uint64_t length = parser.content_length().value_or(0);
  const bool has_body = parser.chunked() || length > 0;
  parsed.body_size = parser.chunked() ? 0 : static_cast<std::size_t>(length);
  parsed.state = has_body ? HeadState::has_body : HeadState::complete;
  return parsed;
}

std::string response_bytes(const RequestHead& head, HttpResponse response, bool keep_alive) {
  http::response<http::string_body> message;
  message.version(head.version);
  message.result(response.status);
  message.set(http::field::content_type, response.content_type);
  // Probes and scrapers want what is true now.
  message.set(http::field::cache_control, "no-store");
  for (const auto& [name, value] : response.headers) message.set(name, value);
  message.keep_alive(keep_alive);
  message.body() = std::move(response.body);
  message.prepare_payload();
  std::string out;
  out.reserve(message.body().size() + 256);
  http::response_serializer<http::string_body> serializer(message);
  serialize(serializer, head.method == "HEAD", out);
  return out;
}

HttpResponse refusal(HeadState state) {
  switch (state) {
    case HeadState::too_large: return {.status = 431, .body = "the request's head is longer than 8 KiB\n"};
    case HeadState::has_body: return {.status = 413, .body = "requests have no body here\n"};
    default: return {.status = 400, .body = "not an HTTP/1.1 request\n"};
  }
}

}  // namespace konduit::telemetry
