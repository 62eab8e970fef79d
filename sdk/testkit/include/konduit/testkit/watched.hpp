#pragma once

#include <exception>
#include <utility>

#include "konduit/asio.hpp"

namespace konduit::testkit {

/// How a task ended.
struct Outcome {
  bool ended = false;
  std::exception_ptr exception;  ///< What it threw.
};

/// `task`, for whoever spawns it and looks at `outcome`, which outlives it.
inline awaitable<void> watched(awaitable<void> task, Outcome* outcome) {
  try {
    co_await std::move(task);
  } catch (...) {
    outcome->exception = std::current_exception();
  }
  outcome->ended = true;
}

}  // namespace konduit::testkit
