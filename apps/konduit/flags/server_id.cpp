#include "flags/server_id.hpp"

#include <fstream>

namespace konduit::flags {

std::string machine_id(const std::vector<std::string>& files) {
  for (const std::string& file : files) {
    std::ifstream stream(file);
    std::string id;
    if (stream >> id && id != "uninitialized") return id;
  }
  return {};
}

}  // namespace konduit::flags
