#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace konduit::telemetry {

struct HttpRequest {
  std::string path;                                        ///< Without the query; not percent-decoded.
  std::vector<std::pair<std::string, std::string>> query;  ///< "?verbose&seconds=5" in order; not percent-decoded.

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

  /// A path for the second time replaces the first handler.
  void add(std::string path, Handler handler);

  /// Answers 404 for an unknown path, 405 for a method other than GET and HEAD.
  HttpResponse answer(std::string_view method, std::string_view target) const;

 private:
  std::map<std::string, Handler, std::less<>> handlers_;
};

}  // namespace konduit::telemetry
