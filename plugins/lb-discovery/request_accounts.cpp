#include "lb-discovery/request_accounts.hpp"

#include <chrono>
#include <utility>

namespace konduit::lb {
namespace {

/// Whoever answers could make new reasons without end.
constexpr std::size_t kMostAccounts = 64;

std::string code_of(const kube::Error* error) {
  if (error == nullptr) return "200";
  return error->status >= 100 && error->status <= 599 ? std::to_string(error->status) : "error";
}

}  // namespace

void RequestAccounts::add(std::string_view verb, const kube::Error* error, std::optional<Duration> took) {
  const std::string code = code_of(error);
  std::string reason = error ? error->reason : std::string();
  std::string key = std::string(verb) + " " + code + " " + reason;
  if (accounts_.size() >= kMostAccounts && !accounts_.contains(key)) {
    reason = "other";
    key = std::string(verb) + " " + code + " " + reason;
  }
  auto at = accounts_.find(key);
  if (at == accounts_.end()) {
    Counter& requests = metrics_.counter(families_.requests, families_.requests_help,
                                         {{"verb", verb}, {"code", code}, {"reason", reason}});
    at = accounts_.emplace(std::move(key), requests).first;
  }
  at->second.add();
  if (!took) return;
  auto& seconds = seconds_[std::string(verb) + " " + code];
  if (seconds == nullptr) seconds = &families_.seconds(metrics_, {{"verb", verb}, {"code", code}});
  seconds->observe(std::chrono::duration<double>(*took).count());
}

}  // namespace konduit::lb
