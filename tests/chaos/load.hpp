#pragma once

#include <list>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "chaos/client_tunnel.hpp"
#include "chaos/loop.hpp"

namespace konduit::chaos {

/// What became of tunnels.
struct Tally {
  std::map<Outcome, std::uint64_t> tunnels;
  std::uint64_t established = 0;
  std::uint64_t verified = 0;  ///< Bytes whose checksums were equal.

  void add(const TunnelRecord& record);
};

/// Clients: lanes, each of which opens one tunnel after another by its plan and writes down what became of them.
///
/// Thread: main; the work is done on the loop. Whoever ends a Load has let it finish, or gives up what still runs.
class Load {
 public:
  /// `door` is the Unix socket of the server's HTTP CONNECT frontend. The loop outlives the load.
  Load(Loop& loop, std::string door, std::uint64_t seed);
  ~Load();
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  /// So many more lanes.
  void add(const TunnelPlan& plan, unsigned lanes = 1);
  /// Opens no further tunnel; those that run end behind the exchange that they are in. True when none was left in time.
  bool finish(Duration patience);
  /// Ends what still runs, as hung.
  void give_up();

  std::vector<TunnelRecord> records();
  /// The records of tunnels that are over, which are kept no longer than this; tally() counts them still.
  std::vector<TunnelRecord> take_ended();
  Tally tally();

  /// Established tunnels, and bytes moved since the beginning. On the loop's thread.
  struct Now {
    std::size_t established = 0;
    std::uint64_t moved = 0;
  };
  Now now() const;

 private:
  struct Lane {
    TunnelPlan plan;
    std::unique_ptr<Timer> pause;
  };

  awaitable<void> run(Lane* lane);
  awaitable<void> run_tunnel(Lane* lane);

  Loop& loop_;
  const std::string door_;
  std::mt19937_64 random_;
  std::list<Lane> lanes_;
  std::size_t running_lanes_ = 0;
  std::list<TunnelRecord> records_;
  std::set<ClientTunnel*> tunnels_;
  std::uint64_t moved_before_ = 0;
  std::uint64_t last_number_ = 0;
  bool finishing_ = false;
  Tally taken_;
};

}  // namespace konduit::chaos
