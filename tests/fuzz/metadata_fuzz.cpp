#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz/invariant.hpp"
#include "fuzz/lines.hpp"
#include "http2/grpc.hpp"
#include "transport-grpc/agent_greeting.hpp"
#include "transport-grpc/identifiers.hpp"
#include "transport-grpc/peer_features.hpp"

namespace {

using namespace konduit;
using namespace konduit::transport_grpc;
using fuzz::hold;

void identifiers_come_back(std::string_view query) {
  const auto identifiers = parse_identifiers(query);
  if (!identifiers) return;
  const std::string written = encode_identifiers(*identifiers);
  hold(http2::valid_metadata(written), "written identifiers may stand in metadata");
  hold(parse_identifiers(written) == identifiers, "identifiers are read as they were written");
}

void features_come_back(std::string_view list) {
  const PeerFeatures common = common_features(list);
  hold(common_features(feature_list(common)) == common, "features are read as they were written");
  hold(common_features(std::string(list) + "," + feature_list(common)) == common, "a name said twice is one feature");
}

void status_comes_back(std::string_view message, unsigned number) {
  const std::string written = http2::percent_encode(message);
  hold(http2::valid_metadata(written), "a written message may stand in metadata");
  hold(http2::percent_decode(written) == message, "a message is read as it was written");
  const http2::GrpcEnd end{static_cast<http2::GrpcStatus>(number % 17), std::string(message)};
  const http2::GrpcEnd read = http2::grpc_end(http2::grpc_trailers(end));
  hold(read.status == end.status && read.message == end.message, "a status is read as it was written");
}

void greeting_is_what_was_said(const http2::Headers& headers) {
  const auto greeting = read_greeting(headers);
  if (!greeting) {
    hold(!greeting.error().message.empty(), "a refusal says why");
    return;
  }
  hold(headers.count("agentid") == 1 && headers.get("agentid") == greeting->agent_id && !greeting->agent_id.empty(),
       "an agent has one id");
  hold(headers.count("agentidentifiers") <= 1, "an agent's identifiers stand in one place");
  hold(greeting->token.empty() ||
           (headers.count("authorization") == 1 && headers.get("authorization") == "Bearer " + greeting->token),
       "a token is the one that was shown");
}

}  // namespace

// What peers say in the metadata of gRPC, "name: value" a line, and each value in every place where one is read.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 10'000) return 0;
  fuzz::InputLines lines(data, size);
  http2::Headers headers;
  while (!lines.done()) {
    const std::string_view line = lines.next();
    const std::size_t colon = line.find(": ");
    const std::string_view value = colon == std::string_view::npos ? line : line.substr(colon + 2);
    identifiers_come_back(value);
    features_come_back(value);
    status_comes_back(value, static_cast<unsigned>(line.size()));
    headers.add(line.substr(0, colon == std::string_view::npos ? 0 : colon), value);
  }
  greeting_is_what_was_said(headers);
  (void)http2::grpc_end(headers);
  (void)http2::refuse_grpc_request(headers);
  return 0;
}
