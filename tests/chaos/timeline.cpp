#include "chaos/timeline.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "chaos/patience.hpp"

namespace konduit::chaos {

Timeline::Timeline(Loop& loop, const Load& load, Duration rhythm)
    : loop_(loop), load_(load), rhythm_(rhythm), timer_(loop.get_executor()) {
  loop_.spawn(look());
}

Timeline::~Timeline() {
  loop_.ask([this] {
    stopping_ = true;
    timer_.cancel();
  });
  stopped_.get_future().wait();
}

awaitable<void> Timeline::look() {
  TimePoint next = began_;
  while (!stopping_) {
    samples_.push_back({.at = now(), .load = load_.now(), .server = look_at(server_), .agent = look_at(agent_)});
    next += rhythm_;
    timer_.expires_at(next);
    co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable_t<executor>()));
  }
  stopped_.set_value();
}

double Timeline::now() const { return seconds(Clock::now() - began_); }

void Timeline::watch(pid_t server, pid_t agent) {
  loop_.ask([&] {
    server_ = server;
    agent_ = agent;
  });
}

void Timeline::mark(const std::string& text) { marks_.push_back({now(), text}); }

std::vector<Sample> Timeline::samples() {
  return loop_.ask([this] { return samples_; });
}

}  // namespace konduit::chaos
