#include "transport-grpc/first_byte_gate.hpp"

namespace konduit::transport_grpc {

FirstByteGate::FirstByteGate(PacketStream& packets, Owner& owner, std::int64_t id)
    : packets_(packets),
      owner_(owner),
      id_(id),
      answer_end_(packets.pushed()),
      deadline_(packets.shard().deadlines(), *this) {
  ask();
}

void FirstByteGate::ask() {
  owner_.ping(id_);
  // The connection was marked by the push and the ping, so it has been flushed when this hook is.
  packets_.shard().mark_dirty(*this);
}

void FirstByteGate::flush() { left_ = packets_.framed() >= answer_end_; }

void FirstByteGate::answer_taken() {
  if (taken_) return;
  taken_ = left_;
  deadline_.arm(taken_ ? kDistance : kAskAgain);
}

void FirstByteGate::on_deadline(Deadline&) {
  if (!taken_) return ask();
  owner_.on_gate_open(id_);
}

}  // namespace konduit::transport_grpc
