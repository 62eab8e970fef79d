#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "konduit/dial.hpp"
#include "konduit/filter.hpp"

namespace konduit::pipeline {

/// Asks filters about a dial in their order; the first that denies ends it. `asked` counts those that were asked, also
/// while it runs: they are to be told the end, and the last one is who threw where this throws. Thread: the filters'
/// shard's.
awaitable<DialResult<void>> ask_about_dial(std::span<FilterPart* const> filters, DialRequest& request,
                                           std::size_t& asked);

/// Asks all of them about the addresses that a name was resolved to, and takes out what they deny. An error where one
/// denies the dial, or where no address is left. `asked` as above.
awaitable<DialResult<void>> ask_about_addresses(std::span<FilterPart* const> filters, const DialRequest& request,
                                                std::vector<asio::ip::address>& addresses, std::size_t& asked);

}  // namespace konduit::pipeline
