#include "transport-grpc/uuid.hpp"

#include <cstdio>
#include <random>

namespace konduit::transport_grpc {

std::string make_uuid() {
  std::random_device device;
  const unsigned a = device(), b = device(), c = device(), d = device();
  char text[37];
  std::snprintf(text, sizeof text, "%08x-%04x-4%03x-%04x-%04x%08x", a, b >> 16, b & 0xfff, 0x8000 | (c >> 16 & 0x3fff),
                c & 0xffff, d);
  return text;
}

}  // namespace konduit::transport_grpc
