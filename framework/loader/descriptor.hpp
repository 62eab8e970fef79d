#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "konduit/plugin.hpp"
#include "loader/compatibility.hpp"
#include "loader/elf_note.hpp"

namespace konduit::loader {

/// What is wrong with the descriptor that a loaded library returned, one sentence each; empty if nothing. The version
/// and the fingerprint are checked again, because only now they are what the compiler saw.
std::vector<std::string> objections(const PluginDescriptor* descriptor, const PluginNote& note,
                                    const CoreInterface& core);

/// The version of a kind's interface that this core speaks; 0 for a number that is no kind.
std::uint32_t interface_version(ComponentKind kind) noexcept;

}  // namespace konduit::loader
