#include "streams.hpp"

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
  testkit::StreamTraits traits;
  traits.big_transfer = 4 * 1024 * 1024;
  chosen().push_back({"judged", [&subject, make] { return make(subject); }, traits});
}

using testkit::StreamConformance;
INSTANTIATE_TEST_SUITE_P(Streams, StreamConformance, testing::ValuesIn(chosen()), testkit::kind_name);

}  // namespace konduit::conformance
