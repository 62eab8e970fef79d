#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "konduit/asio.hpp"
#include "konduit/metrics.hpp"
#include "kube/error.hpp"

namespace konduit::lb {

/// Counts requests to the API server by verb, HTTP status and reason, as the reference does, and how long they took.
class RequestAccounts {
 public:
  struct Families {
    std::string_view requests;  ///< Constant texts.
    std::string_view requests_help;
    Histogram& (*seconds)(Metrics& metrics, Labels labels);
  };

  /// `metrics` outlives this.
  RequestAccounts(Metrics& metrics, const Families& families) : metrics_(metrics), families_(families) {}

  /// `error`: null for success. `took`: nothing where that says nothing.
  void add(std::string_view verb, const kube::Error* error, std::optional<Duration> took);
  template <class T>
  void add(std::string_view verb, const kube::Answer<T>& answer, Duration took) {
    if (answer) return add(verb, nullptr, took);
    const kube::Error why = answer.error();
    add(verb, &why, took);
  }

 private:
  Metrics& metrics_;
  const Families families_;
  std::map<std::string, Counter&, std::less<>> accounts_;   // by verb, code and reason
  std::map<std::string, Histogram*, std::less<>> seconds_;  // by verb and code
};

}  // namespace konduit::lb
