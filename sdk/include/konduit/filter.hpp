#pragma once

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "konduit/component.hpp"
#include "konduit/dial.hpp"

namespace konduit {

/// What a hook answers: a decision at hand (no allocation), or a task that will know.
template <class T>
class Verdict {
 public:
  Verdict(T ready) : ready_(std::move(ready)) {}
  Verdict(awaitable<T> later) : later_(std::move(later)) {}

  bool ready() const noexcept { return ready_.has_value(); }
  /// REQUIRES: ready().
  T take() { return std::move(*ready_); }
  /// REQUIRES: !ready().
  awaitable<T> later() { return std::move(*later_); }

 private:
  std::optional<T> ready_;
  std::optional<awaitable<T>> later_;
};

/// How a tunnel ended, for on_end(): valid during that call. Made by the core alone, so it may grow at its end.
struct TunnelSummary {
  const DialRequest* request = nullptr;
  const DialError* error = nullptr;  ///< The dial failed: no bytes, no remote.
  std::uint64_t bytes_to_target = 0;
  std::uint64_t bytes_to_client = 0;
  Duration dial_time{};
  Duration open_time{};
  /// A constant word: "closed", "client closed", "target closed", "client reset", "target reset", "half-closed
  /// timeout", "idle timeout", "close timeout"; "stopped" by konduit, "abandoned" by the frontend. Of a dial that
  /// failed the word of its class: "denied", "refused", "timeout", ...
  std::string_view end;
  std::string_view remote = {};    ///< Who served: the target stream's remote(); empty where it does not say.
  std::string_view pipeline = {};  ///< The name in the document.
};

/// Sees every dial of its pipelines on one shard. Filters run in the document's order; on_end() in reverse. From
/// on_dial() to on_end() a dial's request is the same object: its address tells dials apart, and what a filter notes in
/// its attributes stays.
class KONDUIT_API FilterPart : public Part {
 public:
  static constexpr ComponentKind kKind = ComponentKind::filter;

  /// May deny (an error) or change the request. Runs before a backend is asked.
  virtual Verdict<DialResult<void>> on_dial(DialRequest& request);
  /// May remove addresses; an error denies. Runs where a backend resolves a name (`direct`), also for literal
  /// addresses.
  virtual Verdict<DialResult<void>> on_resolved(const DialRequest& request, std::vector<asio::ip::address>& addresses);
  /// May wrap the target's stream (limits, taps). The default returns it as it is and costs nothing per byte.
  virtual StreamPtr on_stream(const DialRequest& request, StreamPtr stream);
  /// Every dial whose on_dial() ran ends here exactly once.
  virtual void on_end(const TunnelSummary& summary);
};

class KONDUIT_API Filter : public Component {
 public:
  static constexpr ComponentKind kKind = ComponentKind::filter;
  virtual std::unique_ptr<FilterPart> attach(Attachment& attachment) = 0;
};

}  // namespace konduit
