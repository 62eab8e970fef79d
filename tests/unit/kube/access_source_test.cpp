#include "kube/access_source.hpp"

#include <filesystem>

#include "fixture.hpp"
#include "konduit/error.hpp"

namespace konduit::kube_test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

/// A client whose token lies in a file, and a server that is content.
class RotationTest : public ClientTest {
 protected:
  RotationTest() {
    server_.script = [](const ApiRequest&) { return ApiReply{.body = "{}"}; };
    folder_.write("token", "first");
    connect("{tokenFile: " + folder_.file("token") + "}");
  }
  void replace(const std::string& name, const std::string& text) {
    fs::rename(folder_.write(name + ".new", text), folder_.file(name));
  }
  std::string shown_token() {
    shard_.deadlines().advance(std::chrono::seconds(1));
    EXPECT_TRUE(get(*client_));
    return server_.requests.back().authorization;
  }
  std::uint64_t reloads(std::string_view result) {
    return host_.metrics().counted("konduit_file_reloads_total",
                                   {{"file", folder_.file("kubeconfig")}, {"result", result}});
  }
};

TEST_F(RotationTest, ShowsATokenThatWasPutInPlaceOfTheOldOne) {
  EXPECT_EQ(shown_token(), "Bearer first");
  replace("token", "second");
  EXPECT_EQ(shown_token(), "Bearer second");
  EXPECT_EQ(reloads("success"), 1U);
  EXPECT_EQ(server_.connections, 1U) << "a new token is no reason for a new connection";
}

TEST_F(RotationTest, SaysNothingWhileNothingChanges) {
  for (int i = 0; i != 200; ++i) shown_token();
  EXPECT_EQ(reloads("success"), 0U);
  EXPECT_FALSE(host_.log().has("read again"));
}

TEST_F(RotationTest, KeepsTheOldTokenWhileTheFileIsBroken) {
  fs::remove(folder_.file("token"));
  EXPECT_EQ(shown_token(), "Bearer first");
  EXPECT_EQ(shown_token(), "Bearer first");
  EXPECT_EQ(reloads("failure"), 1U) << "one failure is one failure, however often it is met";
  EXPECT_THAT(host_.log().text(), HasSubstr("the old one stays in force"));
  folder_.write("token", "third");
  EXPECT_EQ(shown_token(), "Bearer third");
}

TEST_F(RotationTest, FollowsAChangedKubeconfig) {
  shown_token();
  replace("kubeconfig", server_.kubeconfig(kUrl, "{token: other}"));
  EXPECT_EQ(shown_token(), "Bearer other");
  EXPECT_EQ(server_.connections, 1U);
  // The same server under another name is another server.
  replace("kubeconfig", server_.kubeconfig("https://localhost:6443/base", "{token: other}"));
  shown_token();
  EXPECT_EQ(server_.requests.back().target, "/base/things?x=1");
  EXPECT_EQ(server_.connections, 2U);
}

TEST_F(RotationTest, WillNotStartWithoutAConfiguration) {
  EXPECT_THROW(kube::AccessSource(host_, {.kubeconfig = folder_.file("missing")}, shard_.now()), StartError);
}

}  // namespace
}  // namespace konduit::kube_test
