#include "http2/grpc.hpp"

#include <charconv>
#include <stdexcept>

namespace konduit::http2 {

namespace {

constexpr std::string_view kContentType = "application/grpc";

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

// PROTOCOL-HTTP2 "HTTP2 Transport Mapping": what an answer without grpc-status means.
GrpcStatus status_of_http(std::string_view status) noexcept {
  if (status == "400") return GrpcStatus::internal;
  if (status == "401") return GrpcStatus::unauthenticated;
  if (status == "403") return GrpcStatus::permission_denied;
  if (status == "404") return GrpcStatus::unimplemented;
  if (status == "429" || status == "502" || status == "503" || status == "504") return GrpcStatus::unavailable;
  return GrpcStatus::unknown;
}

bool grpc_content_type(std::string_view value) noexcept {
  if (!value.starts_with(kContentType)) return false;
  return value.size() == kContentType.size() || value[kContentType.size()] == '+' || value[kContentType.size()] == ';';
}

void add_end(Headers& headers, const GrpcEnd& end) {
  headers.add("grpc-status", std::to_string(static_cast<std::uint32_t>(end.status)));
  if (!end.message.empty()) headers.add("grpc-message", percent_encode(end.message));
}

}  // namespace

std::string_view to_string(GrpcStatus status) noexcept {
  static constexpr std::string_view kNames[] = {
      "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
      "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
      "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
      "DATA_LOSS", "UNAUTHENTICATED"};
  const auto index = static_cast<std::size_t>(status);
  return index < std::size(kNames) ? kNames[index] : kNames[2];
}

void throw_exception_from_error(const GrpcEnd& end, const boost::source_location&) {
  throw std::runtime_error(end.message);
}

Headers grpc_request(std::string_view scheme, std::string_view authority, std::string_view path) {
  return {{":method", "POST"},
          {":scheme", scheme},
          {":path", path},
          {":authority", authority},
          {"content-type", kContentType},
          {"te", "trailers"}};
}

std::optional<Headers> refuse_grpc_request(const Headers& request) {
  if (request.get(":method") != "POST") return Headers{{":status", "405"}};
  if (!grpc_content_type(request.get("content-type"))) return Headers{{":status", "415"}};
  return std::nullopt;
}

Headers grpc_response() { return {{":status", "200"}, {"content-type", kContentType}}; }

Headers grpc_trailers(const GrpcEnd& end) {
  Headers trailers;
  add_end(trailers, end);
  return trailers;
}

Headers grpc_trailers_only(const GrpcEnd& end) {
  Headers answer = grpc_response();
  add_end(answer, end);
  return answer;
}

GrpcEnd grpc_end(const Headers& trailers) {
  const std::string_view text = trailers.get("grpc-status");
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (!text.empty() && error == std::errc() && end == text.data() + text.size()) {
    const bool known = number <= static_cast<std::uint32_t>(GrpcStatus::unauthenticated);
    return {known ? static_cast<GrpcStatus>(number) : GrpcStatus::unknown,
            percent_decode(trailers.get("grpc-message"))};
  }
  const std::string_view status = trailers.get(":status");
  if (status.empty() || status == "200") return {GrpcStatus::unknown, "the peer ended the call without grpc-status"};
  return {status_of_http(status), "the peer answered with HTTP status " + std::string(status)};
}

GrpcEnd grpc_end(ErrorCode code) {
  std::string message = "the stream was reset: " + std::string(to_string(code));
  switch (code) {
    case ErrorCode::refused_stream: return {GrpcStatus::unavailable, std::move(message)};
    case ErrorCode::cancel: return {GrpcStatus::cancelled, std::move(message)};
    case ErrorCode::enhance_your_calm: return {GrpcStatus::resource_exhausted, std::move(message)};
    case ErrorCode::inadequate_security: return {GrpcStatus::permission_denied, std::move(message)};
    default: return {GrpcStatus::internal, std::move(message)};
  }
}

bool valid_metadata(std::string_view value) noexcept {
  for (const char c : value) {
    if (c < 0x20 || c > 0x7e) return false;
  }
  return true;
}

std::string percent_encode(std::string_view text) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    if (c >= 0x20 && c <= 0x7e && c != '%') {
      encoded.push_back(c);
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded.push_back('%');
    encoded.push_back(kDigits[byte >> 4]);
    encoded.push_back(kDigits[byte & 15]);
  }
  return encoded;
}

std::string percent_decode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
    if (low < 0) {
      decoded.push_back(text[i]);
      continue;
    }
    decoded.push_back(static_cast<char>(high << 4 | low));
    i += 2;
  }
  return decoded;
}

}  // namespace konduit::http2
