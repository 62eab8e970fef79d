#include "support/link_certificates.hpp"

#include "support/certificates.hpp"

namespace konduit::test_support {

void write_link_certificates(const TempDirectory& folder) {
  const Authority authority;
  folder.write("ca.pem", authority.certificate());
  const auto server = authority.issue_server();
  folder.write("server.pem", server.certificate);
  folder.write("server.key", server.key);
  const auto agent = authority.issue_client("agent");
  folder.write("agent.pem", agent.certificate);
  folder.write("agent.key", agent.key);
}

}  // namespace konduit::test_support
