#include "telemetry/router.hpp"

#include <gmock/gmock.h>

#include <stdexcept>

namespace konduit::telemetry {
namespace {

TEST(HttpRequest, SplitsPathAndQuery) {
  const HttpRequest request = HttpRequest::parse("/debug?verbose&seconds=5&&x=a=b");
  EXPECT_EQ(request.path, "/debug");
  EXPECT_TRUE(request.has("verbose"));
  EXPECT_FALSE(request.has("verbos"));
  EXPECT_EQ(request.value("seconds"), "5");
  EXPECT_EQ(request.value("x"), "a=b");
  EXPECT_EQ(request.value("verbose"), "");
  EXPECT_EQ(request.query.size(), 3u);
  EXPECT_TRUE(HttpRequest::parse("/").query.empty());
  EXPECT_TRUE(HttpRequest::parse("/?").query.empty());
}

TEST(Router, AnswersByExactPath) {
  Router router;
  router.add("/a", [](const HttpRequest& request) { return HttpResponse{.body = request.path}; });
  EXPECT_EQ(router.answer("GET", "/a?x").body, "/a");
  EXPECT_EQ(router.answer("HEAD", "/a").status, 200u);
  for (const char* target : {"/", "/a/", "/ab", "", "*", "http://a/a"}) {
    EXPECT_EQ(router.answer("GET", target).status, 404u) << target;
  }
}

TEST(Router, OtherMethodsAreNotAllowedWhereThereIsSomething) {
  Router router;
  router.add("/a", [](const HttpRequest&) { return HttpResponse{}; });
  const HttpResponse response = router.answer("POST", "/a");
  EXPECT_EQ(response.status, 405u);
  EXPECT_THAT(response.headers, ::testing::ElementsAre(std::pair<std::string, std::string>("Allow", "GET, HEAD")));
  EXPECT_EQ(router.answer("POST", "/b").status, 404u);
}

TEST(Router, SomePathsTakeABody) {
  Router router;
  router.add_posted("/a", [](const HttpRequest& request) { return HttpResponse{.body = "<" + request.body + ">"}; });
  router.add("/b", [](const HttpRequest&) { return HttpResponse{}; });
  EXPECT_TRUE(router.takes_body("POST", "/a?x"));
  EXPECT_FALSE(router.takes_body("GET", "/a"));
  EXPECT_FALSE(router.takes_body("POST", "/b"));
  EXPECT_EQ(router.answer("POST", "/a", {}, "text").body, "<text>");
  EXPECT_EQ(router.answer("GET", "/a").body, "<>");
}

TEST(Router, SomePathsTakeTime) {
  Router router;
  router.add_slow("/a", [](HttpRequest) -> awaitable<HttpResponse> { co_return HttpResponse{}; });
  EXPECT_NE(router.slow("GET", "/a?x"), nullptr);
  EXPECT_EQ(router.slow("POST", "/a"), nullptr);
  EXPECT_EQ(router.slow("GET", "/b"), nullptr);
  EXPECT_EQ(router.answer("POST", "/a").status, 405u);
}

TEST(Router, TellsHandlersTheHost) {
  Router router;
  router.add("/a", [](const HttpRequest& request) { return HttpResponse{.body = request.host}; });
  EXPECT_EQ(router.answer("GET", "/a", "h:1").body, "h:1");
}

TEST(Router, AHandlerThatThrowsAnswers500) {
  Router router;
  router.add("/a", [](const HttpRequest&) -> HttpResponse { throw std::runtime_error("no figures"); });
  EXPECT_EQ(router.answer("GET", "/a").status, 500u);
  EXPECT_EQ(router.answer("GET", "/a").body, "no figures\n");
}

}  // namespace
}  // namespace konduit::telemetry
