#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "konduit/error.hpp"
#include "kube/access.hpp"
#include "support/temp_directory.hpp"

namespace konduit::kube {
namespace {

using ::testing::HasSubstr;

class InClusterTest : public ::testing::Test {
 protected:
  InClusterTest() {
    ::setenv("KUBERNETES_SERVICE_HOST", "10.96.0.1", 1);
    ::setenv("KUBERNETES_SERVICE_PORT", "443", 1);
    folder_.write("ca.crt", "CA");
    folder_.write("token", "pod-token\n");
    folder_.write("namespace", "kube-system");
  }
  ~InClusterTest() override {
    ::unsetenv("KUBERNETES_SERVICE_HOST");
    ::unsetenv("KUBERNETES_SERVICE_PORT");
  }
  std::string refusal() {
    try {
      read_in_cluster(folder_.path());
    } catch (const StartError& error) {
      return error.what();
    }
    return "taken";
  }

  test_support::TempDirectory folder_;
};

TEST_F(InClusterTest, ReadsTheServiceAccount) {
  const Access access = read_access({.kubeconfig = "", .service_account = folder_.path()});
  EXPECT_EQ(access.server, "https://10.96.0.1:443");
  EXPECT_EQ(access.material.ca, "CA");
  EXPECT_EQ(access.token, "pod-token");
  EXPECT_EQ(access.name_space, "kube-system");
}

TEST_F(InClusterTest, PutsBracketsAroundAnAddressOfVersion6) {
  ::setenv("KUBERNETES_SERVICE_HOST", "fd00::1", 1);
  EXPECT_EQ(read_in_cluster(folder_.path()).url, "tcp://[fd00::1]:443");
}

TEST_F(InClusterTest, SaysThatThisIsNoCluster) {
  ::unsetenv("KUBERNETES_SERVICE_HOST");
  EXPECT_EQ(refusal(),
            "no kubeconfig is given, and this does not run in a cluster: KUBERNETES_SERVICE_HOST is not set");
}

TEST_F(InClusterTest, SaysWhichFileIsMissing) {
  std::remove(folder_.file("token").c_str());
  EXPECT_THAT(refusal(), HasSubstr("cannot read token file " + folder_.file("token")));
}

TEST_F(InClusterTest, DoesWithoutANamespace) {
  std::remove(folder_.file("namespace").c_str());
  EXPECT_EQ(read_in_cluster(folder_.path()).name_space, "");
}

}  // namespace
}  // namespace konduit::kube
