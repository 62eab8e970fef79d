#include "konduit/filter.hpp"

namespace konduit {

Verdict<DialResult<void>> FilterPart::on_dial(DialRequest&) { return DialResult<void>(); }

Verdict<DialResult<void>> FilterPart::on_resolved(const DialRequest&, std::vector<asio::ip::address>&) {
  return DialResult<void>();
}

StreamPtr FilterPart::on_stream(const DialRequest&, StreamPtr stream) { return stream; }

void FilterPart::on_end(const TunnelSummary&) {}

}  // namespace konduit
