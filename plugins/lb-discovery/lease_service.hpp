#pragma once

#include <chrono>
#include <set>
#include <string>

#include "konduit/asio.hpp"
#include "konduit/log.hpp"
#include "kube/leases.hpp"
#include "lb-discovery/labels.hpp"
#include "lb-discovery/request_accounts.hpp"
#include "lb-discovery/wall_clock.hpp"

namespace konduit::lb {

/// What a server's leases look like, and when something is done about them.
struct LeaseTerms {
  std::string name_space;
  LabelMap labels;
  std::chrono::seconds duration{30};  ///< How long a lease holds without being renewed.
  Duration renew = std::chrono::seconds(15);
  Duration collect = std::chrono::seconds(15);
};

/// What everything that a registrar does has in common. Borrowed; outlives its users.
struct LeaseService {
  Shard& shard;
  Logger& log;
  kube::Leases& leases;
  RequestAccounts& accounts;
  const LeaseTerms& terms;
  WallClock wall;
  std::set<std::string> own = {};  ///< Names of leases that this process publishes.
};

}  // namespace konduit::lb
