#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/document.hpp"
#include "config/emitter.hpp"
#include "config/substitution.hpp"
#include "flags/profile.hpp"
#include "fuzz/invariant.hpp"
#include "fuzz/lines.hpp"
#include "transport-grpc/identifiers.hpp"

namespace {

using namespace konduit;
using fuzz::hold;

/// What a document that was made of flags holds stands in it already.
class Nothing final : public config::SubstitutionSource {
 public:
  std::optional<std::string> variable(const std::string&) const override {
    hold(false, "no flag names a variable");
    return std::nullopt;
  }
  std::optional<std::string> file(const std::string&, std::string&) const override {
    hold(false, "no flag names a file to put in");
    return std::nullopt;
  }
};

void comes_back(const config::Node& document) {
  config::Problems problems;
  const std::string text = config::emit(document);
  auto again = config::parse(text, "printed", problems);
  hold(again.has_value() && problems.ok(), "the document that is printed can be read");
  config::substitute(*again, problems, Nothing());
  hold(problems.ok() && config::emit(*again) == text, "the document that is printed is the one that runs");
}

/// An agent's identifiers as its flag has them and as a server reads them.
void servers_understand(const config::Node& section, std::string_view flag) {
  // More of them are for servers that take more.
  if (static_cast<std::size_t>(std::ranges::count(flag, '&')) >= transport_grpc::kMostIdentifiers) return;
  const auto read = transport_grpc::parse_identifiers(flag);
  hold(read.has_value(), "identifiers that the flag takes are identifiers");
  for (const char* key : {"ipv4", "ipv6", "host", "cidr"}) {
    std::vector<std::string> values;
    for (auto [at, end] = read->equal_range(key); at != end; ++at) values.push_back(at->second);
    hold(section[key].texts() == values, "a server reads the identifiers that the flag has");
  }
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  for (const char* name : {"HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "PROXY_AGENT_ID", "PROXY_SERVER_ID"}) {
    unsetenv(name);
  }
  return 0;
}

// A command line, a word a line, behind what an agent or a server cannot do without; the first byte says of which.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1 || size > 4000) return 0;
  const bool agent = data[0] % 2 == 0;
  fuzz::InputLines lines(data + 1, size - 1);
  // Files of which is asked no more than whether they are there.
  std::vector<std::string> words{"--ca-cert=/dev/null"};
  if (!agent)
    words = {"--server-port=0", "--uds-name=/run/a.sock", "--cluster-cert=/dev/null", "--cluster-key=/dev/null"};
  while (!lines.done()) words.emplace_back(lines.next());

  config::Problems problems;
  const flags::Profile made = agent ? flags::agent_profile(words, problems) : flags::server_profile(words, problems);
  hold(problems.ok() || made.document.is_null() || made.help, "a wrong flag makes no document");
  if (!problems.ok() || made.help) return 0;
  hold(!made.document.is_null(), "flags that are right make a document");
  comes_back(made.document);

  constexpr std::string_view kIdentifiers = "--agent-identifiers=";
  if (agent && words.size() == 2 && words[1].starts_with(kIdentifiers)) {
    servers_understand(made.document["frontends"]["uplink/control-plane"]["identifiers"],
                       std::string_view(words[1]).substr(kIdentifiers.size()));
  }
  return 0;
}
