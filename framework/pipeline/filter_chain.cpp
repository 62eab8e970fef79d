#include "pipeline/filter_chain.hpp"

namespace konduit::pipeline {

awaitable<DialResult<void>> ask_about_dial(std::span<FilterPart* const> filters, DialRequest& request,
                                           std::size_t& asked) {
  for (FilterPart* filter : filters) {
    ++asked;
    // Not in one conditional expression: g++ 12 runs both arms where one of them awaits.
    DialResult<void> answer;
    auto verdict = filter->on_dial(request);
    if (verdict.ready()) {
      answer = verdict.take();
    } else {
      answer = co_await verdict.later();
    }
    if (answer.has_error()) co_return answer;
  }
  co_return DialResult<void>{};
}

awaitable<DialResult<void>> ask_about_addresses(std::span<FilterPart* const> filters, const DialRequest& request,
                                                std::vector<asio::ip::address>& addresses, std::size_t& asked) {
  for (FilterPart* filter : filters) {
    ++asked;
    DialResult<void> answer;
    auto verdict = filter->on_resolved(request, addresses);
    if (verdict.ready()) {
      answer = verdict.take();
    } else {
      answer = co_await verdict.later();
    }
    if (answer.has_error()) co_return answer;
  }
  if (addresses.empty()) {
    co_return DialError{DialErrc::denied, false, "every address of " + request.target.host + " is denied"};
  }
  co_return DialResult<void>{};
}

}  // namespace konduit::pipeline
