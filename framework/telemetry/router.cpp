#include "telemetry/router.hpp"

#include <algorithm>

namespace konduit::telemetry {

bool HttpRequest::has(std::string_view key) const noexcept {
  return std::any_of(query.begin(), query.end(), [key](const auto& pair) { return pair.first == key; });
}

std::string_view HttpRequest::value(std::string_view key) const noexcept {
  const auto found = std::find_if(query.begin(), query.end(), [key](const auto& pair) { return pair.first == key; });
  return found == query.end() ? std::string_view{} : std::string_view(found->second);
}

HttpRequest HttpRequest::parse(std::string_view target) {
  HttpRequest request;
  const std::size_t mark = target.find('?');
  request.path = target.substr(0, mark);
  std::string_view rest = mark == std::string_view::npos ? std::string_view{} : target.substr(mark + 1);
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
    const std::size_t equals = pair.find('=');
    const std::string_view value = equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1);
    if (!pair.empty()) request.query.emplace_back(pair.substr(0, equals), value);
  }
  return request;
}

void Router::add(std::string path, Handler handler) { routes_[std::move(path)] = {std::move(handler), false}; }
void Router::add_posted(std::string path, Handler handler) { routes_[std::move(path)] = {std::move(handler), true}; }
void Router::add_slow(std::string path, SlowHandler handler) { slow_[std::move(path)] = std::move(handler); }

bool Router::takes_body(std::string_view method, std::string_view target) const {
  const auto found = routes_.find(target.substr(0, target.find('?')));
  return found != routes_.end() && found->second.posted && method == "POST";
}

const Router::SlowHandler* Router::slow(std::string_view method, std::string_view target) const {
  const auto found = slow_.find(target.substr(0, target.find('?')));
  return found != slow_.end() && method == "GET" ? &found->second : nullptr;
}

HttpResponse Router::answer(std::string_view method, std::string_view target, std::string_view host,
                            std::string body) const {
  HttpRequest request = HttpRequest::parse(target);
  request.host = host;
  request.body = std::move(body);
  const auto found = routes_.find(request.path);
  const bool slow = slow_.contains(request.path);
  if (found == routes_.end() && !slow) return {.status = 404, .body = "404 page not found\n"};
  const bool posted = !slow && found->second.posted && method == "POST";
  if (slow || (method != "GET" && method != "HEAD" && !posted)) {
    return {.status = 405, .body = "method not allowed\n", .headers = {{"Allow", slow ? "GET" : "GET, HEAD"}}};
  }
  try {
    return found->second.handler(request);
  } catch (const std::exception& error) {
    return {.status = 500, .body = std::string(error.what()) + "\n"};
  }
}

}  // namespace konduit::telemetry
