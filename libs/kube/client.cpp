#include "kube/client.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "kube/client_impl.hpp"

namespace konduit::kube {
namespace {

Error after(Error error, unsigned attempts) {
  if (attempts > 1) error.text += " (after " + std::to_string(attempts) + " attempts)";
  return error;
}

}  // namespace

Client::Client(Shard& shard, Host& host, const ClientSettings& settings)
    : impl_(std::make_unique<Impl>(shard, host, settings)) {}

Client::~Client() = default;

awaitable<Answer<std::string>> Client::call(Call call, TimePoint deadline) {
  Impl& self = *impl_;
  Backoff backoff;
  std::optional<Error> last;
  for (unsigned attempts = 1;; ++attempts) {
    Attempt attempt = co_await self.attempt(call, deadline);
    if (attempt.answer) co_return std::move(attempt.answer);
    // That time ran out in a later attempt says less than why the one before it failed.
    const bool in_vain = last && attempt.answer.error().kind == Error::Kind::timed_out;
    if (!in_vain) last = attempt.answer.error();
    if (in_vain || !attempt.may_succeed_later) co_return after(*last, attempts);
    const Duration pause = std::max(backoff.next(self.random), attempt.retry_after);
    // It would only be given up in the middle of the next pause: say what is known now.
    if (self.shard.now() + pause >= deadline) co_return after(*last, attempts);
    self.host.log().debug(
        "the API server is asked again",
        {{"reason", last->text}, {"pause_ms", std::chrono::duration_cast<std::chrono::milliseconds>(pause).count()}});
    const error_code ended = co_await self.shard.deadlines().wait(pause);
    if (ended) co_return cancelled(call);
  }
}

awaitable<Answer<>> Client::stream(Call call, LineSink& sink, Duration patience) {
  Impl& self = *impl_;
  const TimePoint start = self.shard.now() + patience;
  auto opened = co_await self.open(call, start);
  if (!opened) co_return opened.error();
  const auto head = co_await (*opened)->request(self.request_text(call), start);
  if (!head) co_return self.broken(call, head.error());
  if (head->status / 100 != 2) {
    const auto body = co_await (*opened)->body(kLongestBody, start);
    co_return self.refused(call, *head, body ? *body : std::string());
  }
  sink.on_begin();
  Lines lines(kLongestLine, sink);
  for (;;) {
    const auto piece = co_await (*opened)->body_piece(self.shard.now() + patience);
    if (!piece) co_return self.broken(call, piece.error());
    if (piece->empty() || !lines.add(*piece)) co_return Answer<>();
    if (lines.too_long()) co_return self.broken(call, StreamErrc::too_large);
  }
}

const std::string& Client::name_space() const noexcept { return impl_->source.access().name_space; }
Shard& Client::shard() const noexcept { return impl_->shard; }
Logger& Client::log() const noexcept { return impl_->host.log(); }

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                            c == '.' || c == '_' || c == '~';
    if (unreserved) {
      encoded += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded += {'%', kHex[byte >> 4], kHex[byte & 15]};
  }
  return encoded;
}

}  // namespace konduit::kube
