#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace konduit::telemetry {

/// The function that `address` of this process is in: its name where its object exports it, else "object+0x12ab", which
/// addr2line reads; empty where nothing is mapped.
std::string symbol_at(std::uintptr_t address);

/// Answers what pprof's symbol protocol asks: "0x12ab+0x34cd" gives a line for each, "0x12ab name". Without addresses
/// it only says that it can.
std::string symbol_page(std::string_view addresses);

}  // namespace konduit::telemetry
