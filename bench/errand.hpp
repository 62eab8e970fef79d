#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "endpoint.hpp"
#include "tally.hpp"
#include "tunnel.hpp"
#include "way_in.hpp"

namespace konduit::bench {

/// What one tunnel is there for.
class Errand : public TunnelUser {
 public:
  Errand(WayIn& way, Tally& tally) : way_(way), tally_(tally) {}
  virtual ~Errand() = default;

  /// Opens the tunnel.
  void dial();
  /// The tunnel is open, as are all others that were to be: traffic begins.
  virtual void begin() = 0;
  /// What begin() began, and does not go on for ever, has ended.
  virtual bool settled() const { return true; }

  void on_open() override { ++tally_.opened; }
  /// Goes on with send().
  void on_writable() override;

 protected:
  /// At once, or as soon as there is room. REQUIRES: what was sent before has left. `bytes` stay as they are.
  void send(std::span<const char> bytes);
  bool sent() const noexcept { return unsent_.empty(); }

  WayIn& way_;
  Tally& tally_;
  TunnelPtr tunnel_;

 private:
  std::span<const char> unsent_;
};

using ErrandPtr = std::unique_ptr<Errand>;

/// Bytes without end, to the endpoint or from it or both.
ErrandPtr transfer(WayIn& way, Tally& tally, Mode mode, std::size_t piece);

/// One request after another, each of `size` bytes and answered by as many. `once`: a single one.
ErrandPtr requests(WayIn& way, Tally& tally, std::size_t size, bool once);

/// One tunnel after another for a single request each. begin() opens the first; whenever one is closed `ended` is told,
/// outside of whose call begin() may be called again.
ErrandPtr dials(WayIn& way, Tally& tally, std::size_t size, std::function<void(Errand&)> ended);

}  // namespace konduit::bench
