#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "flags/proxy_environment.hpp"
#include "fuzz/invariant.hpp"
#include "fuzz/lines.hpp"

namespace {

using namespace konduit::flags;
using konduit::fuzz::hold;

std::string capitals(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](unsigned char c) { return std::toupper(c); });
  return result;
}

/// What a host and a port are asked for, in an environment.
struct Question {
  std::string host;
  std::string port;
  std::map<std::string, std::string> variables;

  std::optional<UpstreamProxy> answer() const {
    return proxy_for(host, port, [this](const std::string& name) {
      const auto at = variables.find(name);
      return at == variables.end() ? std::string() : at->second;
    });
  }
  Question with(const std::string& name, std::string value) const {
    Question other = *this;
    other.variables[name] = std::move(value);
    return other;
  }
};

bool direct(const Question& question) { return !question.answer().has_value(); }

/// NO_PROXY is a set of names in no order, and each of them takes away from the proxy.
void exceptions_hold(const Question& question, const std::string& list) {
  const bool directly = direct(question);
  hold(direct(question.with("NO_PROXY", capitals(list))) == directly, "capitals of NO_PROXY change nothing");
  hold(direct(question.with("NO_PROXY", " " + list + " ,, ")) == directly, "blanks change nothing");
  hold(direct(question.with("NO_PROXY", list + ",*")), "a star is for all");
  const std::size_t comma = list.find(',');
  if (comma != std::string::npos) {
    const std::string turned = list.substr(comma + 1) + "," + list.substr(0, comma);
    hold(direct(question.with("NO_PROXY", turned)) == directly, "the order changes nothing");
    if (direct(question.with("NO_PROXY", list.substr(0, comma)))) hold(directly, "one item is enough");
  }
  if (!list.empty()) {
    Question lower = question.with("no_proxy", list);
    lower.variables.erase("NO_PROXY");
    hold(direct(lower) == directly, "no_proxy says the same");
  }
  Question louder = question;
  louder.host = capitals(question.host);
  hold(direct(louder) == directly, "capitals of a host change nothing");
}

void proxy_holds(const UpstreamProxy& proxy, const Question& question, const std::string& text) {
  hold(proxy.url.empty() != proxy.fault.empty(), "a proxy has an address or a fault");
  hold(proxy.variable == "HTTPS_PROXY", "it is said which variable names it");
  if (!proxy.url.empty()) {
    hold(proxy.url.starts_with("tcp://") && proxy.url.size() > sizeof("tcp://:") - 1, "an address names a host");
    hold(proxy.url.find_first_of("@/?#", sizeof("tcp://") - 1) == std::string::npos,
         "an address holds nobody's name or password");
  }
  Question lower = question.with("https_proxy", text);
  lower.variables.erase("HTTPS_PROXY");
  const auto other = lower.answer();
  hold(other && other->url == proxy.url && other->tls == proxy.tls && other->username == proxy.username &&
           other->password == proxy.password && other->fault == proxy.fault,
       "https_proxy says the same");
}

}  // namespace

// What HTTPS_PROXY and NO_PROXY say of a server: a line each, then the server's host and port.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  konduit::fuzz::InputLines lines(data, size);
  const std::string proxy(lines.next());
  const std::string exceptions(lines.next());
  const std::string host(lines.next());
  const std::string port(lines.next());
  const Question question{host, port, {{"HTTPS_PROXY", proxy}, {"NO_PROXY", exceptions}}};
  const auto answer = question.answer();
  if (proxy.empty()) {
    hold(!answer, "without a proxy everything is reached directly");
    return 0;
  }
  exceptions_hold(question, exceptions);
  if (answer) proxy_holds(*answer, question, proxy);
  return 0;
}
