#pragma once

#include <string>
#include <string_view>

#include "flags/flag_set.hpp"

namespace konduit::flags {

/// Reports unless both flags are given or neither is; files that are named must exist.
void check_pair(const FlagValues& values, std::string_view cert, std::string_view key, config::Problems& problems);
/// Reports a file that is named and does not exist.
void check_file(const FlagValues& values, std::string_view name, config::Problems& problems);
/// Reports an integer outside of low..high; 0 is fine where `zero` says so.
void check_port(const FlagValues& values, std::string_view name, std::int64_t low, std::int64_t high, bool zero,
                config::Problems& problems);
void check_at_least(const FlagValues& values, std::string_view name, std::int64_t least, config::Problems& problems);
/// Reports a duration below 0.
void check_not_negative(const FlagValues& values, std::string_view name, config::Problems& problems);
/// Reports what is not KEY=VALUE,KEY=VALUE.
void check_labels(const FlagValues& values, std::string_view name, config::Problems& problems);
/// Reports --enable-contention-profiling without --enable-profiling.
void check_profiling(const FlagValues& values, config::Problems& problems);
void check_required(const FlagValues& values, std::string_view name, std::string_view why, config::Problems& problems);

/// "host:port" with brackets where the host is an IPv6 address.
std::string host_port(const std::string& host, const std::string& port);
/// {listen: {url: "tcp://address:port"}}; the origin is that of the port's flag.
config::Node tcp_listener(const FlagValues& values, std::string_view address, std::string_view port);
/// Adds `name` as `key` where it is not empty.
void add_text(config::Node& map, std::string_view key, const FlagValues& values, std::string_view name);
/// A switch as "true" or "false", however it was spelled.
config::Node boolean(const FlagValues& values, std::string_view name);
/// {profiling: true} with --enable-profiling, added to the admin section.
void add_profiling(config::Node& admin, const FlagValues& values);
/// A scalar that the profile itself sets.
config::Node fixed(std::string text);
config::Node empty_map();

/// {min_version, cipher_suites} from --tls-min-version and --cipher-suites, added to a tls section.
void add_tls_rules(config::Node& tls, const FlagValues& values, config::Problems& problems);

}  // namespace konduit::flags
