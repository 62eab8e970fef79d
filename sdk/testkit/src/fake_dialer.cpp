#include "konduit/testkit/fake_dialer.hpp"

#include <utility>

namespace konduit::testkit {

class FakeDialer::FakeTunnel final : public Tunnel {
 public:
  explicit FakeTunnel(FakeDialer& dialer) : dialer_(dialer) { ++dialer_.open_; }
  ~FakeTunnel() override { --dialer_.open_; }

  void splice(StreamPtr client) override { dialer_.spliced.push_back(std::move(client)); }

 private:
  FakeDialer& dialer_;
};

FakeDialer::~FakeDialer() = default;

awaitable<DialResult<std::unique_ptr<Tunnel>>> FakeDialer::dial(DialRequest request) {
  const TimePoint deadline = request.deadline;
  requests_.push_back(std::move(request));
  ++waiting_;
  const error_code why = co_await released_.wait(deadline);
  --waiting_;
  if (why == StreamErrc::timed_out) co_return DialError{DialErrc::timeout, false, "nobody answered in time"};
  if (why) {
    ++cancelled_;
    co_return DialError{DialErrc::cancelled, false, "the dial was cancelled"};
  }
  if (error) co_return *error;
  std::unique_ptr<Tunnel> tunnel = std::make_unique<FakeTunnel>(*this);
  co_return tunnel;
}

}  // namespace konduit::testkit
