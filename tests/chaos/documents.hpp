#pragma once

#include <string>

namespace konduit::chaos {

/// The documents of the processes under test. Certificates are named as Site writes them, relative to its folder.

struct ServerDocument {
  std::string listen;  ///< "ADDRESS:PORT" for agents.
  std::string folder;  ///< Where its sockets are: door.sock (HTTP CONNECT), grpc.sock, server.sock (telemetry).
};

struct AgentDocument {
  std::string server;  ///< "ADDRESS:PORT".
  std::string folder;  ///< Where its telemetry socket is.
  std::string name;    ///< "agent-0": of its socket, its certificate and its id.
};

std::string text_of(const ServerDocument& document);
std::string text_of(const AgentDocument& document);

}  // namespace konduit::chaos
