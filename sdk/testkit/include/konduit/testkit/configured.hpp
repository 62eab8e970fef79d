#pragma once

#include <initializer_list>
#include <string_view>
#include <vector>

#include "konduit/config.hpp"
#include "konduit/plugin.hpp"

namespace konduit::testkit {

/// What a component is given for `given` by a document: a node with every field of `schema`, each as given, by default
/// or null. Values are taken at their word: what a document's check would refuse is for tests of documents. Throws
/// std::invalid_argument for a key that the schema has not, and where a required one is missing.
config::Node configured(const config::Schema& schema, std::vector<config::Node::Entry> given = {});

/// The same by the type of a component that the plugin linked into the test brings (konduit_add_plugin_test). Of
/// several kinds under one name the first.
config::Node configured(std::string_view type, std::vector<config::Node::Entry> given = {});

/// A list of scalars.
config::Node list(std::initializer_list<std::string_view> items);

}  // namespace konduit::testkit
