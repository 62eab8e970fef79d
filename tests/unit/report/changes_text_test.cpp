#include "report/changes_text.hpp"

#include <gtest/gtest.h>

#include <string>

#include "documents.hpp"

namespace konduit::report {
namespace {

std::string with(const std::string& what, const std::string& instead) {
  std::string document = kDocument;
  return document.replace(document.find(what), what.size(), instead);
}

std::string difference(const std::string& newer) {
  return text(config::Changes(configured(kDocument), configured(newer)));
}

TEST(ChangesText, IsEmptyWhereNothingChanges) { EXPECT_EQ(difference(kDocument), ""); }

TEST(ChangesText, SaysWhatIsMadeAnewAndWhy) {
  EXPECT_EQ(difference(with("169.254.0.0/16", "10.0.0.0/8")),
            "~ frontends.http-connect/ops\n"
            "    pipelines.ops is made anew\n"
            "~ filters.acl/cluster\n"
            "    filters.acl/cluster.deny: [\"169.254.0.0/16\"] -> [\"10.0.0.0/8\"]\n"
            "~ pipelines.ops\n"
            "    filters.acl/cluster is made anew\n");
}

TEST(ChangesText, SaysWhatWaitsForARestart) {
  EXPECT_EQ(difference(std::string(kDocument) + "runtime: {shards: 4}\n"), "! runtime.shards: 1 -> 4\n");
}

}  // namespace
}  // namespace konduit::report
