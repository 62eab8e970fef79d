#include "flags/proxy_environment.hpp"

#include <gtest/gtest.h>

#include <map>

namespace konduit::flags {
namespace {

class ProxyEnvironment : public ::testing::Test {
 protected:
  std::optional<UpstreamProxy> proxy(const std::string& host, const std::string& port = "8091") const {
    return proxy_for(host, port, [this](const std::string& name) {
      const auto found = variables_.find(name);
      return found == variables_.end() ? std::string() : found->second;
    });
  }
  bool proxied(const std::string& host, const std::string& port = "8091") const {
    return proxy(host, port).has_value();
  }
  UpstreamProxy parsed(const std::string& text) {
    variables_["HTTPS_PROXY"] = text;
    return *proxy("server.example");
  }

  std::map<std::string, std::string> variables_{{"HTTPS_PROXY", "http://proxy:3128"}};
};

TEST_F(ProxyEnvironment, IsAskedInBothSpellings) {
  EXPECT_EQ(proxy("server.example")->url, "tcp://proxy:3128");
  EXPECT_EQ(proxy("server.example")->variable, "HTTPS_PROXY");
  variables_ = {{"https_proxy", "http://other"}};
  EXPECT_EQ(proxy("server.example")->url, "tcp://other:80");
  variables_ = {{"HTTP_PROXY", "http://other"}};
  EXPECT_FALSE(proxied("server.example"));
}

TEST_F(ProxyEnvironment, NamesAProxyInManyWays) {
  EXPECT_EQ(parsed("proxy:3128").url, "tcp://proxy:3128");
  EXPECT_EQ(parsed("HTTP://proxy/").url, "tcp://proxy:80");
  EXPECT_EQ(parsed("http://[2001:db8::1]:8080").url, "tcp://[2001:db8::1]:8080");
  EXPECT_FALSE(parsed("http://proxy").tls);
  EXPECT_EQ(parsed("https://proxy").url, "tcp://proxy:443");
  EXPECT_TRUE(parsed("https://proxy").tls);
  const UpstreamProxy named = parsed("http://us%40er:p%3Ass+1@proxy:1");
  EXPECT_EQ(named.url, "tcp://proxy:1");
  EXPECT_EQ(named.username, "us@er");
  EXPECT_EQ(named.password, "p:ss+1");
}

TEST_F(ProxyEnvironment, SaysWhatItCannotUse) {
  EXPECT_EQ(parsed("socks5://proxy:1080").fault, "only proxies by http:// and https:// can be used, found socks5://");
  EXPECT_EQ(parsed("http://:80").fault, "it names no host");
}

TEST_F(ProxyEnvironment, ReachesThisMachineDirectly) {
  for (const char* host : {"localhost", "LocalHost", "127.0.0.1", "127.9.9.9", "::1", "[::1]"}) {
    EXPECT_FALSE(proxied(host)) << host;
  }
  EXPECT_TRUE(proxied("10.0.0.1"));
}

TEST_F(ProxyEnvironment, LeavesOutWhatNoProxyNames) {
  variables_["NO_PROXY"] =
      "plain.example, .sub.example ,*.star.example,10.1.0.0/16,10.2.0.1,ported.example:8091,2001:db8::/32,";
  for (const char* host : {"plain.example", "PLAIN.example", "a.plain.example", "a.sub.example", "a.b.star.example",
                           "10.1.2.3", "10.2.0.1", "ported.example", "2001:db8::7"}) {
    EXPECT_FALSE(proxied(host)) << host;
  }
  for (const char* host :
       {"explain.example", "sub.example", "star.example", "10.2.0.2", "10.1.0.0.example", "2001:db9::7"}) {
    EXPECT_TRUE(proxied(host)) << host;
  }
  EXPECT_TRUE(proxied("ported.example", "443"));
}

TEST_F(ProxyEnvironment, IsOffWhereEverythingIsLeftOut) {
  variables_["no_proxy"] = "x,*";
  EXPECT_FALSE(proxied("server.example"));
}

}  // namespace
}  // namespace konduit::flags
