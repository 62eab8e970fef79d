#include "kube/http_connection.hpp"

#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>

#include <charconv>
#include <string_view>
#include <utility>

namespace konduit::kube {
namespace {

namespace http = boost::beast::http;

constexpr std::size_t kPiece = 16 * 1024;
constexpr std::uint32_t kLongestHead = 64 * 1024;
/// Nobody is told to come back later than this.
constexpr unsigned kLongestPause = 3600;

std::optional<Duration> pause_of(std::string_view seconds) {
  unsigned count = 0;
  const auto [end, error] = std::from_chars(seconds.data(), seconds.data() + seconds.size(), count);
  if (error != std::errc{} || end != seconds.data() + seconds.size()) return std::nullopt;
  return std::chrono::seconds(std::min(count, kLongestPause));
}

}  // namespace

struct HttpConnection::Parsing {
  Parsing() {
    parser.header_limit(kLongestHead);
    parser.body_limit(boost::none);  // the caller counts
  }

  ResponseHead head() const {
    const auto& message = parser.get();
    const auto retry_after = message[http::field::retry_after];
    return {.status = message.result_int(),
            .phrase = std::string(message.reason()),
            .retry_after = pause_of({retry_after.data(), retry_after.size()})};
  }

  http::response_parser<http::buffer_body> parser;
  bool answered = false;
};

HttpConnection::HttpConnection(Shard& shard, StreamPtr stream)
    : shard_(shard), stream_(std::move(stream)), io_(shard, *stream_) {}

HttpConnection::~HttpConnection() = default;

bool HttpConnection::reusable() const noexcept {
  return !parsing_ || (parsing_->parser.is_done() && parsing_->parser.keep_alive() && input_.empty());
}

bool HttpConnection::unanswered() const noexcept { return !parsing_ || !parsing_->answered; }

awaitable<Result<ResponseHead>> HttpConnection::request(std::string bytes, TimePoint deadline) {
  parsing_ = std::make_unique<Parsing>();
  BufferQueue output;
  output.push_back(shard_.pool().copy(bytes));
  const auto sent = co_await io_.write_all(output, deadline);
  if (!sent) co_return sent.error();
  auto& parser = parsing_->parser;
  while (!parser.is_header_done()) {
    boost::system::error_code failure = http::error::need_more;
    if (!input_.empty()) input_.erase(0, parser.put(asio::buffer(input_), failure));
    if (failure && failure != http::error::need_more) co_return error_code(StreamErrc::protocol);
    if (parser.is_header_done()) break;
    const auto more = co_await more_input(deadline);
    if (!more) co_return end_of_stream(more.error()) ? error_code(StreamErrc::reset) : more.error();
  }
  co_return parsing_->head();
}

awaitable<Result<std::string>> HttpConnection::body_piece(TimePoint deadline) {
  auto& parser = parsing_->parser;
  std::string piece(kPiece, '\0');
  while (!parser.is_done()) {
    auto& body = parser.get().body();
    body.data = piece.data();
    body.size = piece.size();
    body.more = true;
    boost::system::error_code failure = http::error::need_more;
    std::size_t used = 0;
    if (!input_.empty()) used = parser.put(asio::buffer(input_), failure);
    input_.erase(0, used);
    if (const std::size_t count = piece.size() - body.size; count > 0) {
      piece.resize(count);
      co_return piece;
    }
    if (failure && failure != http::error::need_more && failure != http::error::need_buffer) {
      co_return error_code(StreamErrc::protocol);
    }
    if (used > 0 && !failure) continue;
    const auto more = co_await more_input(deadline);
    if (more) continue;
    if (!end_of_stream(more.error())) co_return more.error();
    boost::system::error_code incomplete;
    if (parser.need_eof()) parser.put_eof(incomplete);
    if (!parser.need_eof() || incomplete) co_return error_code(StreamErrc::reset);
    break;
  }
  co_return std::string();
}

awaitable<Result<std::string>> HttpConnection::body(std::size_t longest, TimePoint deadline) {
  std::string all;
  for (;;) {
    auto piece = co_await body_piece(deadline);
    if (!piece) co_return piece.error();
    if (piece->empty()) co_return all;
    if (all.size() + piece->size() > longest) co_return error_code(StreamErrc::too_large);
    all += *piece;
  }
}

awaitable<Result<void>> HttpConnection::more_input(TimePoint deadline) {
  constexpr ReadShape kShape{.headroom = 0, .payload = kPiece, .limit = kPiece};
  BufferQueue received;
  const auto got = co_await io_.read_some(received, deadline, kShape);
  if (!got) co_return got.error();
  parsing_->answered = true;
  const std::size_t before = input_.size();
  input_.resize(before + received.size());
  received.peek(std::as_writable_bytes(std::span(input_).subspan(before)));
  co_return Result<void>();
}

}  // namespace konduit::kube
