#pragma once

#include <boost/asio/ip/address.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "konduit/asio.hpp"
#include "konduit/file_stamp.hpp"
#include "konduit/result.hpp"

#include "resolver/channel.hpp"
#include "resolver/hosts_file.hpp"

namespace konduit {
class Shard;
}

namespace konduit::resolver {

/// Why a name has no addresses.
enum class ResolveErrc : std::uint8_t {
  not_found,      ///< The name servers know no such name, or no address of it.
  timed_out,      ///< No answer in time.
  server_failed,  ///< The name servers could not be reached, or answered with an error or nonsense.
  overloaded,     ///< Too many questions are under way, or no memory is left.
  cancelled,
};

[[noreturn]] void throw_exception_from_error(ResolveErrc error, const boost::source_location& where);

struct ResolverSettings {
  ChannelSettings servers;
  std::string hosts = "/etc/hosts";
};

/// Turns names into addresses on one shard: literals, then the hosts file, then the name servers of resolv.conf with
/// its search domains. Both files are followed when they change.
///
/// A and AAAA are asked for together; when one of them has answered the other gets little more time (RFC 8305 section
/// 3), so that a server which swallows AAAA questions costs 50 ms and not a dial. Never blocks but for reading the two
/// files.
///
/// At most 4,096 names are asked for at once, and whoever gives up leaves little behind: a channel with many questions
/// that nobody waits for is retired, and ends with the last call that waits for one of its answers, or when its room is
/// needed.
///
/// Thread: the shard's. A Resolver must outlive its calls.
class Resolver {
 public:
  using Addresses = boost::system::result<std::vector<asio::ip::address>, ResolveErrc>;

  explicit Resolver(Shard& shard, ResolverSettings settings = {});
  ~Resolver();

  /// At least one address, IPv6 first where the name servers said so. Overloaded at once where there is no room for
  /// the name.
  awaitable<Addresses> resolve(std::string name, TimePoint deadline);

  /// Questions under way, one for each family of a name; also those that nobody waits for any more.
  std::size_t pending() const noexcept;

 private:
  awaitable<Addresses> answer(std::shared_ptr<Lookup> lookup, TimePoint deadline);
  Channel& channel();
  bool make_room();

  Shard& shard_;
  const ResolverSettings settings_;
  HostsFile hosts_;
  FileStamp resolv_conf_;
  TimePoint look_again_{};
  std::unique_ptr<Channel> channel_;
  std::vector<std::unique_ptr<Channel>> retired_;  ///< The oldest first; calls wait for their answers.
};

/// The resolver with the system's settings that all connectors of a shard share.
Resolver& system_resolver(Shard& shard);

}  // namespace konduit::resolver
