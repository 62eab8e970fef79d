// Preloaded in front of libfaketime, which moves the monotonic clock's timers with the calendar's: an absolute time, by
// which Asio says "at once", is refused while the calendar is ahead, and with it every later deadline of the process.
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

extern "C" [[gnu::visibility("default")]] int timerfd_settime(int timer, int flags, const itimerspec* value,
                                                              itimerspec* old) noexcept {
  return static_cast<int>(::syscall(SYS_timerfd_settime, timer, flags, value, old));
}
