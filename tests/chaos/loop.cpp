#include "chaos/loop.hpp"

#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <iostream>
#include <utility>

namespace konduit::chaos {

Loop::Loop() : work_(context_.get_executor()), thread_([this] { context_.run(); }) {}

Loop::~Loop() {
  context_.stop();
  thread_.join();
}

void Loop::spawn(awaitable<void> task) {
  asio::co_spawn(context_.get_executor(), std::move(task), [](std::exception_ptr thrown) {
    if (!thrown) return;
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& error) {
      std::cerr << "konduit-chaos: " << error.what() << std::endl;
    }
    std::terminate();
  });
}

}  // namespace konduit::chaos
