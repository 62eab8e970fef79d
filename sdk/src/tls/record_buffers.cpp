#include "tls/record_buffers.hpp"

#include <boost/asio/execution_context.hpp>

#include <utility>

#include "konduit/shard.hpp"

namespace konduit::tls {

/// How many sessions of a shard keep their buffers. Owned by its io_context.
class RecordBuffers::Keepers final : public asio::execution_context::service {
 public:
  static asio::execution_context::id id;

  explicit Keepers(asio::execution_context& context) : service(context) {}

  bool enter() noexcept {
    if (count_ == kMost) return false;
    ++count_;
    return true;
  }
  void leave() noexcept { --count_; }

 private:
  void shutdown() override {}

  unsigned count_ = 0;
};

asio::execution_context::id RecordBuffers::Keepers::id;

RecordBuffers::RecordBuffers(Shard& shard, SSL* ssl)
    : ssl_(ssl), keepers_(asio::use_service<Keepers>(shard.context())), quiet_(shard.deadlines(), *this) {}

RecordBuffers::~RecordBuffers() {
  if (kept_) keepers_.leave();
}

void RecordBuffers::keep() {
  if (!keepers_.enter()) return;
  kept_ = true;
  SSL_clear_mode(ssl_, SSL_MODE_RELEASE_BUFFERS);
  quiet_.arm(kQuiet);
}

void RecordBuffers::give_up() noexcept {
  kept_ = false;
  keepers_.leave();
  SSL_set_mode(ssl_, SSL_MODE_RELEASE_BUFFERS);
  // Part of a record may be in there; then it goes as soon as that has been read.
  SSL_free_buffers(ssl_);
}

void RecordBuffers::on_deadline(Deadline&) {
  if (std::exchange(used_, false)) {
    quiet_.arm(kQuiet);
  } else {
    give_up();
  }
}

}  // namespace konduit::tls
