#include "transport-grpc/stuck_watch.hpp"

#include <utility>

namespace konduit::transport_grpc {
namespace {

/// More than PINGs and acks, which are under way at any time.
constexpr std::uint64_t kSomeBytes = 4 * 1024;

}  // namespace

StuckWatch::StuckWatch(PacketStream& packets, Owner& owner)
    : packets_(packets), owner_(owner), deadline_(packets.shard().deadlines(), *this) {}

void StuckWatch::watch(bool used) {
  used_ = used;
  if (!used || deadline_.armed()) return;
  framed_then_ = packets_.framed();
  moved_at_ = packets_.shard().now();
  deadline_.arm(kLook);
}

void StuckWatch::on_deadline(Deadline&) {
  const TimePoint now = packets_.shard().now();
  const std::uint64_t framed = packets_.framed();
  const bool moved = std::exchange(framed_then_, framed) != framed || !packets_.held_back() || arriving();
  if (moved) moved_at_ = now;
  if (now - moved_at_ >= kGiveUp) return owner_.on_given_up();
  if (used_ || !moved) deadline_.arm(kLook);
  tell(now - moved_at_ >= kStuck);
}

bool StuckWatch::arriving() const {
  const Delivery output = packets_.connection().delivery();
  return output.taken - output.delivered >= kSomeBytes;
}

void StuckWatch::tell(bool stuck) {
  if (std::exchange(stuck_, stuck) != stuck) owner_.on_stuck(stuck);
}

}  // namespace konduit::transport_grpc
