#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "konduit/api.hpp"
#include "konduit/asio.hpp"
#include "konduit/budget.hpp"
#include "konduit/config.hpp"
#include "konduit/error.hpp"
#include "konduit/log.hpp"
#include "konduit/metrics.hpp"
#include "konduit/result.hpp"

namespace konduit {

class Connector;
struct ConnectorSettings;
class Listener;
struct ListenSettings;
class Shard;

/// The roles a component can play. The numbers are part of the ABI.
enum class ComponentKind : std::uint32_t {
  transport = 1,
  frontend = 2,
  backend = 3,
  filter = 4,
  authenticator = 5,
  discovery = 6,
  registrar = 7,
  selector = 8,
};

KONDUIT_API std::string_view to_string(ComponentKind kind) noexcept;

/// What the core offers to one component. Lives longer than the component. Control thread (shard 0) unless said
/// otherwise.
class KONDUIT_API Host {
 public:
  /// "type/name" as the document spells it. Any thread.
  virtual const std::string& id() const noexcept = 0;
  /// Any thread.
  virtual Logger& log() noexcept = 0;
  /// Registration on any shard's thread.
  virtual Metrics& metrics() noexcept = 0;
  /// All shards; the first is the control shard.
  virtual std::span<Shard* const> shards() const noexcept = 0;

  /// Reports an error in the configuration that a schema cannot express. All reports of a document are shown together
  /// and nothing starts. In create() only.
  virtual void report(const config::Node& where, std::string what) = 0;

  /// Adds a check to readiness. `check` is called on the control thread whenever somebody asks, until the component is
  /// gone; what other shards know it reads from atomics.
  virtual void add_readiness(std::string name, std::function<HealthState()> check) = 0;

  /// Binds through the listener registry: the socket that an older generation holds under the same url is shared, and
  /// taken over when the listener is started (see Listener). A url with port 0 keeps the port that the same field of a
  /// component of this id holds already. Not yet accepting. In prepare() only; throws StartError.
  virtual std::shared_ptr<Listener> listen(const config::Node& endpoint, const ListenSettings& settings) = 0;

  /// A way to open connections by url, with TLS and through another backend where the settings say so. In prepare()
  /// only; throws StartError.
  virtual std::shared_ptr<Connector> connector(const ConnectorSettings& settings) = 0;

  /// State of a component that outlives a generation (connected agents). The first caller under the component's id
  /// makes it; later generations get the same object as long as anybody holds it. The Host that `make` is given belongs
  /// to the id and not to a generation: it lives as long as what was made, logs, counts, and knows the shards and the
  /// budget; its other calls throw StartError. In prepare() only.
  virtual std::shared_ptr<void> retained(std::string_view key, std::shared_ptr<void> (*make)(Host&)) = 0;

  /// The memory that the process gives to bytes under way. Any thread; lives as long as the process.
  virtual MemoryBudget& budget() noexcept = 0;

  /// Looks at `files` every few seconds until the component is gone, and calls `reload` on the control thread when one
  /// has changed, for what begins from then on. What it throws is logged; the component goes on with what it had, and
  /// `reload` is called again until it succeeds. The core counts (konduit_file_reloads_total). Call it before the files
  /// are read. Files of listen()'s and connector()'s TLS are the core's own affair. In prepare() only.
  virtual void watch_files(std::vector<std::string> files, std::function<void()> reload) = 0;

 protected:
  ~Host() = default;
};

/// The half of a component that works on one shard. Every per-dial and per-byte call runs on that shard's thread and
/// nowhere else, so it needs no lock. Created by attach() and destroyed on that thread.
class KONDUIT_API Part {
 public:
  Part() = default;
  Part(const Part&) = delete;
  Part& operator=(const Part&) = delete;
  virtual ~Part() = default;

  /// Begins to work: accepts, connects. Backends start before the frontends of their shard.
  virtual awaitable<void> start();
  /// Takes no new work and completes when the old is done or `deadline` has passed. The frontends of a shard drain
  /// before its backends; other shards may be further on, or behind.
  virtual awaitable<void> drain(TimePoint deadline);
  /// Ends everything at once and completes when nothing is left. Idempotent; legal without start().
  virtual awaitable<void> stop();
};

/// Given to attach(): the shard and the parts of the components that this one refers to, which are attached already.
class KONDUIT_API Attachment {
 public:
  virtual Shard& shard() noexcept = 0;

  /// The part, on this shard, of the component that a reference field names. `PartType` is the kind's: BackendPart, ...
  template <class PartType>
  PartType& part(const config::Node& reference) {
    return static_cast<PartType&>(find(PartType::kKind, reference.text()));
  }

 protected:
  ~Attachment() = default;
  virtual Part& find(ComponentKind kind, std::string_view id) = 0;
};

/// One component of a generation. Lifecycle on the control thread:
/// create() (pure: no I/O, no threads; it throws StartError or reports) → prepare() → attach() on every shard's thread
/// → start() of every part → drain() → stop() of every part → destruction of the parts, then of the component. No part
/// is started before the last one of its generation is attached, on every shard. At any point behind create() the
/// component may be destroyed instead of being carried on, with its parts stopped first if it has any: a document that
/// is only checked, a generation of which another component failed.
///
/// A rehearsal (`konduit test`) touches nothing outside of the process: it attaches filters, backends that pick among
/// others, and what these refer to, without prepare() and start(). Their parts then answer by the configuration alone.
class KONDUIT_API Component {
 public:
  Component() = default;
  Component(const Component&) = delete;
  Component& operator=(const Component&) = delete;
  virtual ~Component() = default;

  /// Loads certificates, takes sockets. Throws StartError; the core then drops the whole generation.
  virtual awaitable<void> prepare();
};

}  // namespace konduit
