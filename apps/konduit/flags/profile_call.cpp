#include "flags/profile_call.hpp"

#include <filesystem>

namespace konduit::flags {

ProfileCall profile_call(std::span<const std::string> words) {
  const std::string program = std::filesystem::path(words.front()).filename();
  if (program == "proxy-server") return {"server", words.subspan(1)};
  if (program == "proxy-agent") return {"agent", words.subspan(1)};
  if (words.size() > 1 && (words[1] == "server" || words[1] == "agent")) return {words[1], words.subspan(2)};
  return {};
}

}  // namespace konduit::flags
