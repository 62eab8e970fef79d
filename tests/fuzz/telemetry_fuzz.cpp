#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/encoding.hpp"
#include "fuzz/invariant.hpp"
#include "kube/json.hpp"
#include "telemetry/escape.hpp"
#include "telemetry/http_exchange.hpp"
#include "telemetry/log_record.hpp"
#include "telemetry/router.hpp"

namespace {

using namespace konduit;
using namespace konduit::telemetry;
using fuzz::hold;

bool prints(char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; }

/// A head that is complete needs all its bytes and none behind them.
void heads_end_where_they_end(std::string_view bytes) {
  const ParsedHead whole = parse_head(bytes);
  if (whole.state != HeadState::complete) {
    if (whole.state != HeadState::incomplete) hold(refusal(whole.state).status >= 400, "a refusal is an error");
    return;
  }
  hold(whole.size > 0 && whole.size <= bytes.size(), "a head is not longer than what came");
  const ParsedHead exact = parse_head(bytes.substr(0, whole.size));
  hold(exact.state == HeadState::complete && exact.size == whole.size && exact.head.target == whole.head.target,
       "what follows a head does not change it");
  hold(parse_head(bytes.substr(0, whole.size - 1)).state == HeadState::incomplete, "a head ends at its end");

  Router router;
  router.add("/readyz", [](const HttpRequest& request) {
    return HttpResponse{.body = request.has("verbose") ? "check passed" : "ok"};
  });
  HttpResponse response = router.answer(whole.head.method, whole.head.target);
  const bool get = whole.head.method == "GET" || whole.head.method == "HEAD";
  hold(get || response.status == 404 || response.status == 405, "nothing can be done but to ask for documents");
  const std::string answer = response_bytes(whole.head, std::move(response), whole.head.keep_alive);
  hold(answer.starts_with("HTTP/1."), "an answer is HTTP");
  hold(std::ranges::none_of(std::string_view(answer).substr(0, answer.find("\r\n")), [](char c) { return !prints(c); }),
       "an answer's first line is one line");
}

/// Whatever a peer says stands in one line of the log, and in JSON as it was said.
void lines_stay_lines(std::string_view said) {
  const std::vector<LogField> fields = {{"peer", said}, {"time", said}};
  const LogRecord record{{}, LogLevel::info, said, said, fields};
  std::string text;
  append_text(text, record);
  hold(std::ranges::all_of(text, prints) && config::is_utf8(text), "a line of the log is a line of text");

  std::string line;
  append_json_line(line, record);
  const auto object = kube::parse_object(line);
  hold(object.has_value() && std::ranges::all_of(line, prints), "a line of the log is a JSON object");
  for (const char* key : {"component", "message", "peer", "field.time"}) {
    hold(kube::text_in(*object, key) == valid_utf8(said), "JSON holds what was said");
  }
}

}  // namespace

// What a stranger says to the ports of health and metrics, and what the log makes of what strangers say.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 10'000) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  heads_end_where_they_end(text);
  lines_stay_lines(text);
  return 0;
}
