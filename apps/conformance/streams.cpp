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

}  // namespace

void judge_streams(const Subject& subject, std::unique_ptr<testkit::ConnectedStreams> (*make)(const Subject&)) {
  const auto can = [&](std::string_view what) { return std::ranges::count(subject.settings.cannot, what) == 0; };
  testkit::StreamTraits traits{.half_close = can("half-close"),
                               .hangup = can("hangup"),
                               .reset = can("reset"),
                               .keeps_after_hangup = can("keeps-after-hangup")};
  traits.big_transfer = 4 * 1024 * 1024;
  chosen().push_back({"judged", [&subject, make] { return make(subject); }, traits});
}

using testkit::StreamConformance;
INSTANTIATE_TEST_SUITE_P(Streams, StreamConformance, testing::ValuesIn(chosen()), testkit::kind_name);

}  // namespace konduit::conformance
