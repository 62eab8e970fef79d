#include "runtime/ready_file.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string_view>

#include "konduit/error.hpp"
#include "telemetry/escape.hpp"

namespace konduit::runtime {

namespace {

std::string quoted(std::string_view text) {
  std::string json;
  telemetry::append_json(json, text);
  return json;
}

}  // namespace

void write_ready_file(const std::string& path, const std::vector<BoundListener>& listeners) {
  const std::string temporary = path + "." + std::to_string(getpid());
  std::ofstream file(temporary, std::ios::trunc);
  file << "{\"listeners\": [";
  std::string_view separator = "\n  ";
  for (const auto& bound : listeners) {
    file << separator << "{\"id\": " << quoted(bound.id) << ", \"url\": " << quoted(bound.url) << "}";
    separator = ",\n  ";
  }
  file << "\n]}\n";
  file.close();
  if (!file || std::rename(temporary.c_str(), path.c_str()) != 0) {
    const std::string why = std::strerror(errno);
    unlink(temporary.c_str());
    throw StartError(path + ": error: cannot write the ready file: " + why);
  }
}

}  // namespace konduit::runtime
