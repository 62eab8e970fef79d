#include <map>
#include <string_view>
#include <vector>

#include "config/scalar_rules.hpp"
#include "config/suggestion.hpp"
#include "config/validator.hpp"

namespace konduit::config {
namespace {

constexpr Field kUrl{.name = "url", .type = Type::text, .summary = "Where, as scheme://address.", .required = true};
constexpr Field kServerTls{.name = "tls", .type = Type::tls_server, .summary = "TLS on top of the transport."};
constexpr Field kClientTls{.name = "tls", .type = Type::tls_client, .summary = "TLS on top of the transport."};
constexpr Field kVia{
    .name = "via", .type = Type::reference, .summary = "A backend to connect through.", .detail = "backend"};

std::string_view scheme_of(std::string_view url) {
  std::size_t end = url.find("://");
  return end == std::string_view::npos ? std::string_view() : url.substr(0, end);
}

}  // namespace

Node Validator::listen_endpoint(const Node& given) {
  if (!is_kind(given, Kind::map, "a map with a url", {"", Type::listen})) return {};
  const ComponentDescriptor* transport = transport_of(given);
  std::vector<Field> fields{kUrl, kServerTls};
  if (transport == nullptr) {
    // Which options there are is the transport's to say, so only what is known is looked at.
    if (given.has("tls")) value(given["tls"], kServerTls);
    if (!given.has("url")) missing(given, kUrl);
    return {};
  }
  if (context_.listened_on) context_.listened_on->push_back(given["url"]);
  const Schema& options = transport->schema;
  fields.insert(fields.end(), options.fields, options.fields + options.field_count);
  return object(given, fields);
}

Node Validator::connect_endpoint(const Node& given) {
  if (!is_kind(given, Kind::map, "a map with a url", {"", Type::connect})) return {};
  const Field fields[] = {kUrl, kClientTls, kVia};
  transport_of(given);
  return object(given, fields);
}

const ComponentDescriptor* Validator::transport_of(const Node& given) {
  const Node& url = given["url"];
  if (context_.catalog == nullptr || url.kind() != Kind::scalar) {
    if (given.has("url") && url.kind() != Kind::scalar) error(url, "must be text, found " + found(url, false));
    return nullptr;
  }
  std::string_view scheme = scheme_of(url.text());
  const ComponentDescriptor* transport = context_.catalog->find(ComponentKind::transport, scheme);
  if (transport == nullptr) {
    error(url, no_such_scheme(scheme.empty() ? url.text() : scheme));
    return nullptr;
  }
  std::string fault = context_.urls ? context_.urls->check(scheme, url.text()) : std::string();
  if (!fault.empty()) {
    problems_.error(url, std::move(fault), context_.catalog->plugin(ComponentKind::transport, scheme));
  }
  return transport;
}

std::string Validator::no_such_scheme(std::string_view scheme) const {
  auto schemes = context_.catalog->types(ComponentKind::transport);
  if (schemes.empty()) return "no transport is loaded, so no url can be used";
  bool is_scheme = scheme.find_first_of("/:.") == std::string_view::npos;
  std::string what = is_scheme ? "no transport is loaded for \"" + std::string(scheme) + "://\""
                               : "must be a url, as in \"" + std::string(schemes.front()) + "://...\", found \"" +
                                     std::string(scheme) + "\"";
  return what + suggestion(is_scheme ? scheme : "", schemes, "schemes are");
}

void check_listeners(const std::vector<Node>& urls, Problems& problems) {
  std::map<std::string_view, const Node*> first;
  for (const Node& url : urls) {
    if (url.text().ends_with(":0")) continue;
    const auto [known, added] = first.emplace(url.text(), &url);
    if (!added) problems.error(url, known->second->path() + " listens on \"" + url.text() + "\" already");
  }
}

}  // namespace konduit::config
