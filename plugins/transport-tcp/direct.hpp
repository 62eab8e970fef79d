#pragma once

#include <array>
#include <memory>

#include "konduit/backend.hpp"

#include "resolver/resolver.hpp"

namespace konduit::transport_tcp {

using resolver::Resolver;
using resolver::ResolverSettings;

inline constexpr config::Field kDirectFields[] = {
    {.name = "dial_timeout",
     .type = config::Type::duration,
     .summary = "How long resolving and connecting may take together.",
     .default_value = "5s",
     .detail = "1ms.."},
    {.name = "servers",
     .type = config::Type::list,
     .summary = "Name servers to ask, as ADDRESS or ADDRESS:PORT; those of /etc/resolv.conf if not given.",
     .element = config::Type::text},
};

inline constexpr const char* kDirectExample = "dial_timeout: 5s";

/// The backend `direct`: dials the target itself, over TCP. Names are resolved here, the pipeline's filters see every
/// address before it is connected to, and all that they leave take part in the race (connect.hpp).
class Direct final : public Backend {
 public:
  Direct(const config::Node& node, Host& host);
  std::unique_ptr<BackendPart> attach(Attachment& attachment) override;

 private:
  Host& host_;
  Duration dial_timeout_;
  ResolverSettings resolver_;
};

/// Counts dials by how they ended.
class DialCounters {
 public:
  explicit DialCounters(Metrics& metrics);
  void connected(Duration took) noexcept;
  void failed(DialErrc code) noexcept { failed_[static_cast<std::size_t>(code)]->add(); }

 private:
  Counter& connected_;
  std::array<Counter*, static_cast<std::size_t>(DialErrc::cancelled) + 1> failed_{};
  Histogram& seconds_;
};

class DirectPart final : public BackendPart {
 public:
  DirectPart(Shard& shard, Metrics& metrics, Duration dial_timeout, ResolverSettings resolver);

  /// By the request's deadline, or dial_timeout from now if that is earlier.
  awaitable<DialResult<StreamPtr>> dial(const DialRequest& request) override;

 private:
  awaitable<DialResult<StreamPtr>> open(const DialRequest& request, TimePoint deadline);

  Shard& shard_;
  const Duration dial_timeout_;
  Resolver resolver_;
  DialCounters counters_;
};

}  // namespace konduit::transport_tcp
