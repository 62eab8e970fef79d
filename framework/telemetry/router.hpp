#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "konduit/asio.hpp"

namespace konduit::telemetry {

struct HttpRequest {
  std::string path;                                        ///< Without the query; not percent-decoded.
  std::vector<std::pair<std::string, std::string>> query;  ///< "?verbose&seconds=5" in order; not percent-decoded.
  std::string host;                                        ///< The Host field, "10.0.0.1:8094"; may be empty.
  std::string body;                                        ///< Where the route takes one.

  bool has(std::string_view key) const noexcept;
  /// The value of the first `key`; empty if there is none.
  std::string_view value(std::string_view key) const noexcept;

  static HttpRequest parse(std::string_view target);
};

struct HttpResponse {
  unsigned status = 200;
  std::string body;
  std::string content_type = "text/plain; charset=utf-8";
  std::vector<std::pair<std::string, std::string>> headers{};  ///< Besides type, length and connection.
};

/// Which handler answers which path. Filled by the composition root before the server starts. Exact paths only.
class Router {
 public:
  /// On the server's thread; must not block. For GET, and for HEAD, whose body is cut off. What it throws becomes 500.
  using Handler = std::function<HttpResponse(const HttpRequest&)>;
  /// Likewise, for what takes time.
  using SlowHandler = std::function<awaitable<HttpResponse>(HttpRequest)>;

  /// A path for the second time replaces the first handler.
  void add(std::string path, Handler handler);
  /// For POST as well, with a body of kMostBodyBytes at the most.
  void add_posted(std::string path, Handler handler);
  void add_slow(std::string path, SlowHandler handler);

  static constexpr std::size_t kMostBodyBytes = 64 * 1024;
  /// A request of this kind may have a body.
  bool takes_body(std::string_view method, std::string_view target) const;

  /// Answers 404 for an unknown path, 405 for a method other than GET and HEAD.
  HttpResponse answer(std::string_view method, std::string_view target, std::string_view host = {},
                      std::string body = {}) const;
  /// The handler of a path whose answer takes time; null for others, which answer() is for.
  const SlowHandler* slow(std::string_view method, std::string_view target) const;

 private:
  struct Route {
    Handler handler;
    bool posted = false;
  };
  std::map<std::string, Route, std::less<>> routes_;
  std::map<std::string, SlowHandler, std::less<>> slow_;
};

}  // namespace konduit::telemetry
