#pragma once

#include <cstddef>
#include <string_view>

#include "konduit/dial.hpp"

namespace konduit::transport_grpc {

/// The class of a failed dial, from the words of the agent's DIAL_RSP. Stock agents send Go's error texts ("dial tcp
/// 10.0.0.1:80: connect: connection refused"); `direct` sends the same words. Where they name the host that was
/// dialled, they are not judged by its name, which its client chose.
DialErrc class_of(std::string_view agent_words, std::string_view host) noexcept;

/// The words for a DIAL_RSP: the error's own, and exactly "No agent available" where there was none.
std::string_view words_of(const DialError& error) noexcept;

/// The beginning of `text`, of at most `most` bytes: what a peer wrote, where it goes on to logs, clients and packets,
/// which must not grow with it. No character of UTF-8 is cut in two, which Go's protobuf would refuse.
std::string_view shortened(std::string_view text, std::size_t most) noexcept;

inline constexpr std::string_view kNoAgent = "No agent available";

}  // namespace konduit::transport_grpc
