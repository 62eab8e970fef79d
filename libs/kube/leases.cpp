#include "kube/leases.hpp"

#include <utility>

#include "kube/lease_json.hpp"

namespace konduit::kube {
namespace {

/// The API server ends a watch after so long; it says something at least once a minute where it sends bookmarks, but
/// not all of them do.
constexpr int kWatchSeconds = 300;
constexpr Duration kPatience = std::chrono::seconds(kWatchSeconds + 30);

Error malformed(const Call& call) {
  return {.kind = Error::Kind::malformed,
          .text = call.method + " " + call.target + ": the answer is not what Kubernetes says of leases"};
}

Call reading(const char* verb, std::string target) {
  return {.verb = verb, .resource = "leases", .method = "GET", .target = std::move(target)};
}

std::string selection(const std::string& selector) {
  return selector.empty() ? std::string() : "labelSelector=" + percent_encoded(selector);
}

/// The lease of an answer.
Answer<Lease> lease_of(const Call& call, const Answer<std::string>& answer) {
  if (!answer) return answer.error();
  auto lease = parse_lease(*answer);
  if (!lease) return malformed(call);
  return std::move(*lease);
}

/// Reads the events of a watch.
class Events final : public LineSink {
 public:
  explicit Events(LeaseObserver& observer) : observer_(observer) {}

  void on_begin() override { observer_.on_begin(); }

  bool on_line(std::string_view line) override {
    const json::object event = parse_object(line).value_or(json::object());
    const std::string type = text_in(event, "type");
    const json::object& object = object_in(event, "object");
    if (type == "ADDED") return tell(WatchEvent::added, object);
    if (type == "MODIFIED") return tell(WatchEvent::modified, object);
    if (type == "DELETED") return tell(WatchEvent::deleted, object);
    if (type == "BOOKMARK") return tell_bookmark(object);
    fail(type, object);
    return false;
  }

  /// Why it ended before the API server ended it; nothing if it did not.
  std::optional<Error> failure;

 private:
  bool tell(WatchEvent event, const json::object& object) {
    const auto lease = lease_from(object);
    if (lease) observer_.on_lease(event, *lease);
    return true;
  }

  bool tell_bookmark(const json::object& object) {
    Lease lease{.name = {}};
    lease.resource_version = text_in(object_in(object, "metadata"), "resourceVersion");
    if (!lease.resource_version.empty()) observer_.on_lease(WatchEvent::bookmark, lease);
    return true;
  }

  void fail(const std::string& type, const json::object& status) {
    failure = Error{.kind = Error::Kind::malformed, .text = "watch leases: an event of an unknown kind"};
    if (type != "ERROR") return;
    const json::value* code = status.if_contains("code");
    failure->kind = Error::Kind::refused;
    failure->status = code && code->is_int64() ? static_cast<unsigned>(code->get_int64()) : 500;
    failure->reason = text_in(status, "reason");
    failure->text = "watch leases: " + std::to_string(failure->status) + " " + text_in(status, "message");
  }

  LeaseObserver& observer_;
};

}  // namespace

std::string Leases::path(std::string_view name) const {
  std::string path = "/apis/coordination.k8s.io/v1/namespaces/" + percent_encoded(name_space_) + "/leases";
  if (!name.empty()) path += "/" + percent_encoded(name);
  return path;
}

awaitable<Answer<Lease>> Leases::get(std::string name, TimePoint deadline) {
  const Call call = reading("get", path(name));
  const auto answer = co_await client_.call(call, deadline);
  co_return lease_of(call, answer);
}

awaitable<Answer<LeaseList>> Leases::list(std::string selector, TimePoint deadline) {
  std::string query = selection(selector);
  const Call call = reading("list", path() + (query.empty() ? "" : "?" + query));
  const auto answer = co_await client_.call(call, deadline);
  if (!answer) co_return answer.error();
  const auto object = parse_object(*answer);
  const json::value* items = object ? object->if_contains("items") : nullptr;
  if (!object || text_in(*object, "kind") != "LeaseList") co_return malformed(call);
  LeaseList list;
  list.resource_version = text_in(object_in(*object, "metadata"), "resourceVersion");
  if (items && items->is_array()) {
    for (const json::value& item : items->get_array()) {
      if (!item.is_object()) continue;
      if (auto lease = lease_from(item.get_object())) list.leases.push_back(std::move(*lease));
    }
  }
  co_return list;
}

awaitable<Answer<Lease>> Leases::create(Lease lease, TimePoint deadline) {
  const Call call{.verb = "create",
                  .resource = "leases",
                  .method = "POST",
                  .target = path(),
                  .body = lease_text(lease, name_space_),
                  .repeatable = false};
  const auto answer = co_await client_.call(call, deadline);
  co_return lease_of(call, answer);
}

awaitable<Answer<Lease>> Leases::update(Lease lease, TimePoint deadline) {
  const Call call{.verb = "update",
                  .resource = "leases",
                  .method = "PUT",
                  .target = path(lease.name),
                  .body = lease_text(lease, name_space_)};
  const auto answer = co_await client_.call(call, deadline);
  co_return lease_of(call, answer);
}

awaitable<Answer<>> Leases::remove(std::string name, std::string resource_version, TimePoint deadline) {
  Call call{.verb = "delete", .resource = "leases", .method = "DELETE", .target = path(name)};
  if (!resource_version.empty()) {
    call.body = json::serialize(json::object{
        {"apiVersion", "v1"}, {"kind", "DeleteOptions"}, {"preconditions", {{"resourceVersion", resource_version}}}});
  }
  const auto answer = co_await client_.call(call, deadline);
  if (!answer) co_return answer.error();
  co_return Answer<>();
}

awaitable<Answer<>> Leases::watch(std::string selector, std::string resource_version, LeaseObserver& observer) {
  std::string query = "watch=1&allowWatchBookmarks=true&timeoutSeconds=" + std::to_string(kWatchSeconds) +
                      "&resourceVersion=" + percent_encoded(resource_version);
  if (const std::string wanted = selection(selector); !wanted.empty()) query += "&" + wanted;
  const Call call = reading("watch", path() + "?" + query);
  Events events(observer);
  auto ended = co_await client_.stream(call, events, kPatience);
  if (events.failure) co_return *events.failure;
  co_return ended;
}

}  // namespace konduit::kube
