#include "support/fake_leases.hpp"

#include <algorithm>
#include <sstream>

namespace konduit::test_support {
namespace {

namespace json = boost::json;

ApiReply refusal(unsigned code, const char* reason) {
  const json::object status{
      {"kind", "Status"}, {"status", "Failure"}, {"reason", reason}, {"message", reason}, {"code", code}};
  return {.status = code, .body = json::serialize(status)};
}

/// The value of a query's parameter, without its escapes.
std::string parameter(const std::string& target, const std::string& name) {
  const auto at = target.find(name + "=");
  if (at == target.npos) return {};
  std::string text;
  for (auto i = at + name.size() + 1; i < target.size() && target[i] != '&'; ++i) {
    if (target[i] == '%') {
      text += static_cast<char>(std::stoi(target.substr(i + 1, 2), nullptr, 16));
      i += 2;
    } else {
      text += target[i];
    }
  }
  return text;
}

/// "…/leases/NAME?…" → "NAME".
std::string name_in(const std::string& target) {
  const std::string path = target.substr(0, target.find('?'));
  const auto at = path.rfind("/leases");
  return at == path.npos || path.size() <= at + 8 ? std::string() : path.substr(at + 8);
}

/// Whether its labels have all pairs of "KEY=VALUE,KEY=VALUE".
bool selected(const json::object& lease, const std::string& selector) {
  const json::object& labels = lease.at("metadata").as_object().at("labels").as_object();
  std::istringstream pairs(selector);
  for (std::string pair; std::getline(pairs, pair, ',');) {
    const json::value* value = labels.if_contains(pair.substr(0, pair.find('=')));
    if (value == nullptr || value->as_string() != pair.substr(pair.find('=') + 1)) return false;
  }
  return true;
}

std::string version_of(const json::object& lease) {
  return std::string(lease.at("metadata").as_object().at("resourceVersion").as_string());
}

}  // namespace

FakeLeases::FakeLeases(FakeApiServer& server) : server_(server) {
  server.script = [this](const ApiRequest& request) {
    if (auto reply = trouble ? trouble(request) : std::nullopt) return *reply;
    return answer(request);
  };
}

void FakeLeases::put(const std::string& name, const std::string& spec, const std::string& labels) {
  json::object metadata{{"name", name}, {"labels", json::parse(labels)}};
  store(name, {{"kind", "Lease"}, {"metadata", std::move(metadata)}, {"spec", json::parse(spec)}});
}

void FakeLeases::erase(const std::string& name) {
  const auto found = leases_.find(name);
  if (found == leases_.end()) return;
  json::object lease = std::move(found->second);
  leases_.erase(found);
  lease["metadata"].as_object()["resourceVersion"] = std::to_string(++version_);
  tell("DELETED", lease);
}

std::vector<std::string> FakeLeases::names() const {
  std::vector<std::string> names;
  for (const auto& [name, lease] : leases_) names.push_back(name);
  return names;
}

std::string FakeLeases::text(const std::string& name, const std::string& spec_key) const {
  const json::value* value = leases_.at(name).at("spec").as_object().if_contains(spec_key);
  if (value == nullptr) return {};
  return value->is_string() ? std::string(value->as_string()) : json::serialize(*value);
}

std::string FakeLeases::labels(const std::string& name) const {
  return json::serialize(leases_.at(name).at("metadata").as_object().at("labels"));
}

std::string FakeLeases::version(const std::string& name) const { return version_of(leases_.at(name)); }

void FakeLeases::bookmark() {
  const json::object object{{"kind", "Lease"}, {"metadata", {{"resourceVersion", std::to_string(version_)}}}};
  server_.send_to_watches(json::serialize(json::object{{"type", "BOOKMARK"}, {"object", object}}));
}

std::size_t FakeLeases::asked(const std::string& method) const {
  return static_cast<std::size_t>(std::ranges::count_if(server_.requests, [&method](const ApiRequest& request) {
    const bool watch = request.target.find("watch=1") != std::string::npos;
    return method == (watch ? "WATCH" : request.method);
  }));
}

ApiReply FakeLeases::answer(const ApiRequest& request) {
  const std::string name = name_in(request.target);
  if (request.target.find("watch=1") != std::string::npos) {
    return watch(std::stoull(parameter(request.target, "resourceVersion")));
  }
  if (request.method == "POST") return create(request.body);
  if (name.empty()) return list(parameter(request.target, "labelSelector"));
  if (!leases_.contains(name)) return refusal(404, "NotFound");
  if (request.method == "PUT") return update(name, request.body);
  if (request.method == "DELETE") return remove(name, request.body);
  return {.body = json::serialize(leases_.at(name))};
}

ApiReply FakeLeases::list(const std::string& selector) const {
  json::array items;
  for (const auto& [name, lease] : leases_) {
    if (selected(lease, selector)) items.push_back(lease);
  }
  const json::object metadata{{"resourceVersion", std::to_string(version_)}};
  return {.body = json::serialize(
              json::object{{"kind", "LeaseList"}, {"metadata", metadata}, {"items", std::move(items)}})};
}

ApiReply FakeLeases::watch(std::uint64_t from) const {
  if (from < oldest_) return refusal(410, "Expired");
  std::string lines;
  for (const Change& change : history_) {
    if (change.version > from) lines += change.line + "\n";
  }
  return {.body = lines, .way = ApiReply::Way::watch};
}

ApiReply FakeLeases::create(const std::string& body) {
  json::object lease = json::parse(body).as_object();
  const std::string name(lease.at("metadata").as_object().at("name").as_string());
  if (leases_.contains(name)) return refusal(409, "AlreadyExists");
  store(name, std::move(lease));
  return {.status = 201, .body = json::serialize(leases_.at(name))};
}

ApiReply FakeLeases::update(const std::string& name, const std::string& body) {
  json::object lease = json::parse(body).as_object();
  if (version_of(lease) != version(name)) return refusal(409, "Conflict");
  store(name, std::move(lease));
  return {.body = json::serialize(leases_.at(name))};
}

ApiReply FakeLeases::remove(const std::string& name, const std::string& body) {
  if (!body.empty()) {
    const json::value options = json::parse(body);
    if (options.at("preconditions").at("resourceVersion").as_string() != version(name)) return refusal(409, "Conflict");
  }
  erase(name);
  return {.body = R"({"kind":"Status","status":"Success"})"};
}

void FakeLeases::store(const std::string& name, json::object lease) {
  const char* type = leases_.contains(name) ? "MODIFIED" : "ADDED";
  lease["metadata"].as_object()["resourceVersion"] = std::to_string(++version_);
  leases_[name] = std::move(lease);
  tell(type, leases_[name]);
}

void FakeLeases::tell(const char* type, const json::object& lease) {
  history_.push_back({version_, json::serialize(json::object{{"type", type}, {"object", lease}})});
  server_.send_to_watches(history_.back().line);
}

}  // namespace konduit::test_support
