#include "streams.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

namespace konduit::conformance {
namespace {

/// What judge_streams() was told, until GoogleTest asks for the instances of the suite.
std::vector<testkit::StreamKind>& chosen() {
  static std::vector<testkit::StreamKind> kinds;
  return kinds;
}

bool can(const Subject& subject, std::string_view what) {
  const auto& cannot = subject.settings.cannot;
  return std::ranges::find(cannot, what) == cannot.end();
}

}  // namespace

void judge_streams(const Subject& subject, std::unique_ptr<testkit::ConnectedStreams> (*make)(const Subject&)) {
  testkit::StreamTraits traits{.half_close = can(subject, "half_close"),
                               .hangup = can(subject, "hangup"),
                               .reset = can(subject, "reset"),
                               .keeps_after_hangup = can(subject, "keeps_after_hangup")};
  traits.big_transfer = 4 * 1024 * 1024;
  chosen().push_back({"judged", [&subject, make] { return make(subject); }, traits});
}

using testkit::StreamConformance;
INSTANTIATE_TEST_SUITE_P(Streams, StreamConformance, testing::ValuesIn(chosen()), testkit::kind_name);

}  // namespace konduit::conformance
