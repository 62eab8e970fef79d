#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/validation.hpp"

namespace konduit::config {

/// The work behind validate(): one for each call.
class Validator {
 public:
  Validator(const ValidationContext& context, Problems& problems, std::vector<ComponentKey>* references)
      : context_(context), problems_(problems), references_(references), plugin_(context.plugin) {}

  /// `given` as a map of `fields`.
  Node object(const Node& given, std::span<const Field> fields);

 private:
  /// The value of one field, or null after reporting what is wrong.
  Node value(const Node& given, const Field& field);
  Node missing(const Node& parent, const Field& field);
  Node default_of(const Node& parent, const Field& field);
  Node scalar(const Node& given, const Field& field);
  Node reference(const Node& given, const Field& field);
  Node list(const Node& given, const Field& field);
  Node map(const Node& given, const Field& field);
  void unknown_keys(const Node& given, std::span<const Field> fields);

  // endpoint_validation.cpp
  Node listen_endpoint(const Node& given);
  Node connect_endpoint(const Node& given);
  /// The transport of the endpoint's url, null if the url is missing or wrong in any way, which is reported.
  const ComponentDescriptor* transport_of(const Node& given);
  std::string no_such_scheme(std::string_view scheme) const;

  bool is_kind(const Node& given, Kind kind, std::string_view wanted, const Field& field);
  /// A value of which something was said before (its substitution failed) is left alone.
  void error(const Node& where, std::string what) {
    if (!problems_.has(where)) problems_.error(where, std::move(what), plugin_);
  }

  const ValidationContext& context_;
  Problems& problems_;
  std::vector<ComponentKey>* references_;
  std::string_view plugin_;
};

}  // namespace konduit::config
