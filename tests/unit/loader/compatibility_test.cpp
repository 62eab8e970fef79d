#include "loader/compatibility.hpp"

#include <gmock/gmock.h>

#include "konduit/api.hpp"
#include "konduit/fingerprint.hpp"

namespace konduit::loader {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const CoreInterface kCore{1, 3, {{"boost", "1_81"}, {"openssl", "3"}}};

PluginNote plugin(unsigned major, unsigned minor) { return {"filters", "1.0.0", major, minor, kCore.fingerprint}; }

TEST(Compatibility, EqualVersionAndPairsAreCompatible) { EXPECT_EQ(incompatibility(plugin(1, 3), kCore), ""); }

TEST(Compatibility, AnOlderMinorIsCompatible) { EXPECT_EQ(incompatibility(plugin(1, 0), kCore), ""); }

TEST(Compatibility, TheOrderOfPairsDoesNotMatter) {
  PluginNote note = plugin(1, 3);
  std::swap(note.fingerprint[0], note.fingerprint[1]);
  EXPECT_EQ(incompatibility(note, kCore), "");
}

TEST(Compatibility, ANewerMinorIsNamedWithBothVersions) {
  EXPECT_EQ(incompatibility(plugin(1, 4), kCore),
            "sdk is 1.4 in the plugin and 1.3 here: the plugin needs a newer konduit; upgrade konduit, or build the "
            "plugin with the SDK of this one");
}

TEST(Compatibility, AnOlderMajorIsRefusedAsWell) {
  EXPECT_THAT(incompatibility(plugin(0, 3), kCore), HasSubstr("sdk is 0.3 in the plugin and 1.3 here"));
}

TEST(Compatibility, ADifferingPairIsNamedWithBothValues) {
  PluginNote note = plugin(1, 3);
  note.fingerprint[0].second = "1_90";
  const std::string text = incompatibility(note, kCore);
  EXPECT_THAT(text, HasSubstr("boost is 1_90 in the plugin and 1_81 here"));
  EXPECT_THAT(text, Not(HasSubstr("openssl")));
}

TEST(Compatibility, EveryDifferingPairIsNamed) {
  PluginNote note = plugin(1, 3);
  note.fingerprint = {{"boost", "1_90"}, {"speed", "warp"}};
  const std::string text = incompatibility(note, kCore);
  EXPECT_THAT(text, HasSubstr("boost is 1_90 in the plugin and 1_81 here"));
  EXPECT_THAT(text, HasSubstr("openssl is nothing in the plugin and 3 here"));
  EXPECT_THAT(text, HasSubstr("speed is warp in the plugin and nothing here"));
}

TEST(Compatibility, ADescriptorMustRepeatItsNote) {
  const PluginNote note = plugin(1, 3);
  EXPECT_EQ(contradiction(note, "openssl=3;boost=1_81"), "");
  EXPECT_EQ(contradiction(note, "openssl=1;boost=1_81"), "openssl is 3 in its konduit note and 1 in its descriptor");
  EXPECT_EQ(contradiction(note, "openssl=3"), "boost is 1_81 in its konduit note and nothing in its descriptor");
  EXPECT_THAT(contradiction(note, "openssl=3;boost=1_81;more=1"), HasSubstr("more keys"));
  EXPECT_THAT(contradiction(note, "openssl"), HasSubstr("not a list of key=value"));
}

TEST(Compatibility, TheCoreKnowsItsOwnFingerprint) {
  const CoreInterface core = core_interface();
  EXPECT_EQ(core.sdk_major, KONDUIT_SDK_MAJOR);
  EXPECT_EQ(core.sdk_minor, KONDUIT_SDK_MINOR);
  EXPECT_THAT(core.fingerprint, ::testing::Contains(std::pair<std::string, std::string>("boost", BOOST_LIB_VERSION)));
  EXPECT_GE(core.fingerprint.size(), 6u);
}

}  // namespace
}  // namespace konduit::loader
