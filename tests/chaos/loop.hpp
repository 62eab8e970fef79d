#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <future>
#include <memory>
#include <thread>
#include <type_traits>

#include "konduit/asio.hpp"

namespace konduit::chaos {

/// A thread that carries the load and takes samples while the main thread plays a scenario. What lives there is reached
/// by ask() alone.
class Loop {
 public:
  Loop();
  /// Whatever still runs there is dropped.
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  executor get_executor() { return context_.get_executor(); }

  /// Runs `question` on the loop's thread and waits for what it answers. Not to be called from that thread.
  template <class Question>
  auto ask(Question question) {
    using Answer = std::invoke_result_t<Question>;
    std::packaged_task<Answer()> task(std::move(question));
    auto answer = task.get_future();
    // Asio copies handlers; a packaged_task only moves.
    auto shared = std::make_shared<std::packaged_task<Answer()>>(std::move(task));
    asio::post(context_, [shared] { (*shared)(); });
    return answer.get();
  }

  /// Starts `task`, which must not throw: what it does throw ends the program.
  void spawn(awaitable<void> task);

 private:
  asio::io_context context_{1};
  asio::executor_work_guard<executor> work_;
  std::thread thread_;
};

}  // namespace konduit::chaos
