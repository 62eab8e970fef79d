#include "loop_watch.hpp"

namespace konduit::conformance {
namespace {

using namespace std::chrono_literals;

constexpr auto kLongestSleep = 250ms;
constexpr auto kLongestWork = 2s;

std::chrono::microseconds computed(const rusage& usage) {
  return std::chrono::seconds(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         std::chrono::microseconds(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

}  // namespace

LoopWatch::LoopWatch(long allowed_sleeps) : allowed_sleeps_(allowed_sleeps), began_(std::chrono::steady_clock::now()) {
  getrusage(RUSAGE_THREAD, &before_);
}

const char* LoopWatch::failure() const {
  rusage now{};
  getrusage(RUSAGE_THREAD, &now);
  if (computed(now) - computed(before_) > kLongestWork) {
    return "blocks the loop: it computed for more than 2 s while every other connection of the shard waited";
  }
  // A thread that others keep from running is switched away from without having asked for it.
  const bool slept = now.ru_nvcsw - before_.ru_nvcsw > allowed_sleeps_ && now.ru_majflt == before_.ru_majflt;
  if (slept && std::chrono::steady_clock::now() - began_ > kLongestSleep) {
    return "blocks the loop: it slept for more than 250 ms while every other connection of the shard waited";
  }
  return nullptr;
}

}  // namespace konduit::conformance
