#include "report/json_schema.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include <regex>
#include <string>

#include "unit/config/fake_catalog.hpp"

namespace konduit::report {
namespace {

namespace json = boost::json;

json::value schema() { return json::parse(json_schema(config::testing::FakeCatalog())); }

/// The schema of the settings of "frontends.http-connect/x".
const json::object& settings(const json::value& schema, const char* section, const std::string& id) {
  const auto& patterns = schema.at("properties").at(section).at("patternProperties").as_object();
  for (const auto& [pattern, settings] : patterns) {
    if (std::regex_search(id, std::regex(std::string(pattern)))) return settings.as_object();
  }
  throw std::runtime_error("no pattern matches " + id);
}

TEST(JsonSchema, KnowsTheDocumentAndRefusesOtherKeys) {
  const auto all = schema();
  EXPECT_EQ(all.at("additionalProperties"), false);
  EXPECT_EQ(all.at("properties").at("apiVersion").at("anyOf").at(0).at("enum").at(0), "konduit/v1");
  EXPECT_EQ(all.at("required").as_array().front(), "apiVersion");
}

TEST(JsonSchema, KnowsTheSettingsOfEachComponentByItsId) {
  const auto all = schema();
  const auto& frontend = settings(all, "frontends", "http-connect/ops");
  EXPECT_TRUE(frontend.at("properties").as_object().contains("listen"));
  EXPECT_EQ(frontend.at("additionalProperties"), false);
  EXPECT_THROW(settings(all, "frontends", "http-conect/ops"), std::runtime_error);
}

TEST(JsonSchema, LetsReferencesNameOnlyWhatIsThere) {
  const auto all = schema();
  const auto& pipeline = all.at("properties").at("pipelines").at("additionalProperties").at("properties");
  const std::regex backend(std::string(pipeline.at("backend").at("pattern").as_string()));
  EXPECT_TRUE(std::regex_search("agents/main", backend));
  EXPECT_FALSE(std::regex_search("agent/main", backend));
}

TEST(JsonSchema, GivesDefaultsTheTypeThatTheirFieldHas) {
  const auto all = schema();
  const auto default_of = [&](const char* section, const std::string& id, const char* field) {
    return settings(all, section, id).at("properties").at(field).at("default");
  };
  EXPECT_EQ(default_of("filters", "acl/a", "deny"), json::array());
  EXPECT_EQ(default_of("filters", "acl/a", "action"), "refuse");
  EXPECT_EQ(default_of("filters", "limits/a", "dials"), 100);
  EXPECT_EQ(default_of("frontends", "uplink/a", "sync"), json::object());
  EXPECT_EQ(default_of("frontends", "http-connect/a", "head_timeout"), "60s");
  const auto& listen = settings(all, "frontends", "http-connect/a").at("properties").at("listen").at("properties");
  EXPECT_EQ(listen.at("delete_existing").at("default"), true);
  EXPECT_EQ(listen.at("mode").at("default"), "0770");
}

}  // namespace
}  // namespace konduit::report
