#include "http-connect/reply.hpp"

#include <algorithm>

namespace konduit::http_connect {
namespace {

constexpr std::size_t kLongestPhrase = 200;

std::string_view phrase(unsigned status) {
  switch (status) {
    case 400: return "Bad Request";
    case 403: return "Forbidden";
    case 405: return "Method Not Allowed";
    case 407: return "Proxy Authentication Required";
    case 408: return "Request Timeout";
    case 431: return "Request Header Fields Too Large";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    default: return "Bad Gateway";
  }
}

/// What may stand in a status line: a line break from a peer's text would begin a header.
std::string printable(std::string_view text, std::size_t limit) {
  std::string out(text.substr(0, limit));
  std::replace_if(out.begin(), out.end(), [](unsigned char c) { return c < 0x20 || c > 0x7e; }, ' ');
  return out;
}

bool mentions(std::string_view text, std::string_view word) { return text.find(word) != std::string_view::npos; }

unsigned status_of(const DialError& error) {
  if (mentions(error.text, "too many open files")) return 503;
  switch (error.code) {
    case DialErrc::no_route:
    case DialErrc::overloaded:
    case DialErrc::cancelled: return 503;
    case DialErrc::denied: return 403;
    case DialErrc::timeout: return 504;
    default: break;
  }
  return mentions(error.text, "timeout") || mentions(error.text, "deadline") ? 504 : 502;
}

}  // namespace

std::string Reply::bytes() const {
  std::string out = "HTTP/1.1 " + std::to_string(status) + ' ' + std::string(phrase(status));
  if (!text.empty()) out += ": " + printable(text, kLongestPhrase);
  out += "\r\nContent-Type: text/plain; charset=utf-8\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n";
  out += header;
  out += "\r\n";
  out += text;
  out += '\n';
  return out;
}

Reply reply_to_method() {
  return {.status = 405, .text = "this proxy only supports CONNECT passthrough", .header = "Allow: CONNECT\r\n"};
}

Reply reply_to_target(std::string_view target) {
  return {.status = 400, .text = "CONNECT wants host:port, not '" + printable(target, 100) + "'"};
}

Reply reply_to_malformed(std::string_view why) {
  return {.status = 400, .text = "this is not an HTTP/1.1 request: " + std::string(why)};
}

Reply reply_to_size(std::size_t limit) {
  return {.status = 431, .text = "the request head is longer than " + std::to_string(limit) + " bytes"};
}

Reply reply_to_slowness() { return {.status = 408, .text = "the request head did not arrive in time"}; }

Reply reply_to_refusal(const Refusal& refusal) {
  switch (refusal.reason) {
    case Refusal::Reason::forbidden: return {.status = 403, .text = refusal.text};
    case Refusal::Reason::unavailable: return {.status = 503, .text = refusal.text};
    case Refusal::Reason::unauthenticated: break;
  }
  return {.status = 407, .text = refusal.text, .header = "Proxy-Authenticate: Bearer\r\n"};
}

Reply reply_to_dial(const DialError& error) {
  std::string text = error.text.empty() ? std::string(to_string(error.code)) : error.text;
  // The reference's words, which operators search for.
  if (error.code == DialErrc::no_route) text = "currently no tunnels available: " + text;
  return {.status = status_of(error), .text = std::move(text)};
}

}  // namespace konduit::http_connect
