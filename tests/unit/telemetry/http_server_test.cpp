#include "telemetry/http_server.hpp"

#include <gmock/gmock.h>

#include "konduit/event.hpp"
#include "konduit/stream_pair.hpp"
#include "konduit/testkit/run.hpp"
#include "konduit/testkit/stream_user.hpp"

namespace konduit::telemetry {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using testkit::StreamUser;

/// Connects clients through memory.
class MemoryListener final : public Listener {
 public:
  explicit MemoryListener(Shard& shard) : shard_(shard) {}
  const std::string& url() const noexcept override { return url_; }
  void start(Shard&, Handler& handler) override { handler_ = &handler; }
  void stop(Shard&) override { handler_ = nullptr; }

  bool listening() const noexcept { return handler_ != nullptr; }
  std::unique_ptr<StreamUser> connect() {
    StreamPair pair = make_stream_pair(shard_, shard_);
    auto client = std::make_unique<StreamUser>(shard_, std::move(pair.second));
    handler_->on_connection({std::move(pair.first), {}, {}});
    return client;
  }

 private:
  Shard& shard_;
  Handler* handler_ = nullptr;
  const std::string url_ = "memory://server";
};

class HttpServerTest : public ::testing::Test {
 protected:
  HttpServerTest() {
    router_.add("/hello", [](const HttpRequest&) { return HttpResponse{.body = "hello"}; });
    router_.add("/large", [this](const HttpRequest&) { return HttpResponse{.body = large_}; });
    router_.add_posted("/echo", [](const HttpRequest& request) { return HttpResponse{.body = request.body}; });
    router_.add_slow("/slow", [this](HttpRequest request) { return answer_later(this, std::move(request)); });
    server_.start(listener_);
  }
  ~HttpServerTest() override { testkit::await(shard_, server_.stop()); }

  std::unique_ptr<StreamUser> send(std::string_view text) {
    auto client = listener_->connect();
    client->receive();
    client->send(text);
    return client;
  }
  bool until(const std::function<bool()>& done) { return testkit::run_until(shard_, done); }
  bool until_received(StreamUser& client, std::string_view text) {
    return until([&] { return client.received().find(text) != std::string::npos; });
  }
  bool until_ended(StreamUser& client) {
    return until([&] { return bool(client.read_end()); });
  }

  static awaitable<HttpResponse> answer_later(HttpServerTest* test, HttpRequest request) {
    test->asked_ = true;
    co_await test->ready_.wait(TimePoint::max());
    co_return HttpResponse{.body = request.path};
  }

  const std::string large_ = std::string(1'000'000, 'x');
  Shard shard_;
  Event ready_{shard_};
  bool asked_ = false;
  Router router_;
  std::shared_ptr<MemoryListener> listener_ = std::make_shared<MemoryListener>(shard_);
  HttpServer server_{shard_, router_, {.connections = 3}};
};

TEST_F(HttpServerTest, AnswersExactly) {
  const auto client = send("GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  ASSERT_TRUE(until_ended(*client));
  EXPECT_TRUE(end_of_stream(client->read_end()));
  EXPECT_EQ(client->received(),
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nCache-Control: no-store\r\n"
            "Connection: close\r\nContent-Length: 5\r\n\r\nhello");
}

TEST_F(HttpServerTest, TakesABodyWhereTheRouteDoes) {
  const auto client = send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab");
  client->send("cdeGET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  ASSERT_TRUE(until_ended(*client));
  EXPECT_THAT(client->received(), HasSubstr("\r\n\r\nabcdeHTTP/1.1 200 OK"));
  EXPECT_THAT(client->received(), EndsWith("hello"));
}

TEST_F(HttpServerTest, RefusesABodyElsewhereAndALargeOne) {
  for (const char* head :
       {"POST /hello HTTP/1.1\r\nContent-Length: 5\r\n\r\n", "POST /echo HTTP/1.1\r\nContent-Length: 65537\r\n\r\n",
        "POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"}) {
    const auto client = send(head);
    ASSERT_TRUE(until_ended(*client));
    EXPECT_THAT(client->received(), StartsWith("HTTP/1.1 413 ")) << head;
  }
}

TEST_F(HttpServerTest, GivesAnswersThatTakeTime) {
  const auto client = send("GET /slow?x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  ASSERT_TRUE(until([this] { return asked_; }));
  EXPECT_EQ(client->received(), "");
  ready_.set();
  ASSERT_TRUE(until_ended(*client));
  EXPECT_THAT(client->received(), EndsWith("/slow"));
}

TEST_F(HttpServerTest, KeepsTheConnectionForMoreRequests) {
  const auto client = send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_TRUE(until_received(*client, "hello"));
  client->send("GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_TRUE(until_received(*client, "404 page not found"));
  EXPECT_FALSE(client->read_end());
  EXPECT_EQ(server_.connections(), 1u);
}

TEST_F(HttpServerTest, AnswersPipelinedRequestsInOrder) {
  const auto client = send(
      "GET /hello HTTP/1.1\r\n\r\nGET /nothing HTTP/1.1\r\n\r\n"
      "POST /hello HTTP/1.1\r\nConnection: close\r\n\r\n");
  ASSERT_TRUE(until_ended(*client));
  const std::string& text = client->received();
  EXPECT_THAT(text, StartsWith("HTTP/1.1 200 OK"));
  EXPECT_LT(text.find("404 Not Found"), text.find("405 Method Not Allowed"));
  EXPECT_THAT(text, HasSubstr("Allow: GET, HEAD\r\n"));
}

TEST_F(HttpServerTest, LeavesTheLoopToOthersBetweenTwoAnswers) {
  int answers = 0;
  std::optional<int> before_others;
  router_.add("/counted", [&](const HttpRequest&) {
    if (++answers == 1) asio::post(shard_.context(), [&] { before_others = answers; });
    return HttpResponse{};
  });
  std::string requests;
  for (int i = 0; i != 3000; ++i) requests += "GET /counted HTTP/1.1\r\nHost: a\r\n\r\n";
  const auto client = send(requests);
  ASSERT_TRUE(until([&] { return before_others.has_value(); }));
  EXPECT_LT(*before_others, 64);
}

TEST_F(HttpServerTest, TakesTurnsAmongClientsThatAskWithoutEnd) {
  int busy = 0;
  router_.add("/busy", [&](const HttpRequest&) {
    ++busy;
    const TimePoint end = shard_.now() + std::chrono::milliseconds(1);
    while (shard_.now() < end) {
    }
    return HttpResponse{};
  });
  std::string requests;
  for (int i = 0; i != 3000; ++i) requests += "GET /busy HTTP/1.1\r\nHost: a\r\n\r\n";
  const auto first = send(requests);
  const auto second = send(requests);
  ASSERT_TRUE(until([&] { return busy > 2; }));
  const auto other = send("GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  const int before = busy;
  ASSERT_TRUE(until_received(*other, "hello"));
  EXPECT_LT(busy - before, 10);
}

TEST_F(HttpServerTest, WhoeverAsksWithoutEndKeepsNobodyOut) {
  int answers = 0;
  router_.add("/counted", [&](const HttpRequest&) {
    ++answers;
    return HttpResponse{};
  });
  std::string requests;
  for (int i = 0; i != 3000; ++i) requests += "GET /counted HTTP/1.1\r\nHost: a\r\n\r\n";
  std::vector<std::unique_ptr<StreamUser>> clients;
  for (int i = 0; i != 3; ++i) clients.push_back(send(requests));
  ASSERT_TRUE(until([&] { return answers >= 3; }));
  const auto probe = send("GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(until_received(*probe, "hello"));
}

TEST_F(HttpServerTest, ReadsAHeadThatComesByteByByte) {
  const auto client = listener_->connect();
  client->receive();
  for (const char c : std::string_view("GET /hello HTTP/1.1\r\nConnection: close\r\n\r\n")) {
    client->send(std::string_view(&c, 1));
    shard_.run_ready();
  }
  ASSERT_TRUE(until_ended(*client));
  EXPECT_THAT(client->received(), EndsWith("\r\n\r\nhello"));
}

TEST_F(HttpServerTest, AnswersHeadWithoutBody) {
  const auto client = send("HEAD /hello HTTP/1.1\r\nConnection: close\r\n\r\n");
  ASSERT_TRUE(until_ended(*client));
  EXPECT_THAT(client->received(), HasSubstr("Content-Length: 5\r\n"));
  EXPECT_THAT(client->received(), EndsWith("\r\n\r\n"));
}

TEST_F(HttpServerTest, DeliversALargeAnswerWhole) {
  const auto client = send("GET /large HTTP/1.1\r\nConnection: close\r\n\r\n");
  ASSERT_TRUE(until_ended(*client));
  EXPECT_TRUE(end_of_stream(client->read_end()));
  EXPECT_TRUE(client->received().ends_with(large_));
}

TEST_F(HttpServerTest, RefusesALongHeadAndCloses) {
  const auto client = send("GET /hello HTTP/1.1\r\nX: " + std::string(kMostHeadBytes, 'a'));
  ASSERT_TRUE(until_ended(*client));
  EXPECT_THAT(client->received(), StartsWith("HTTP/1.1 431 "));
}

TEST_F(HttpServerTest, RefusesWhatIsNotHttpAndCloses) {
  const auto client = send("\x16\x03\x01\r\n\r\n");
  ASSERT_TRUE(until_ended(*client));
  EXPECT_THAT(client->received(), StartsWith("HTTP/1.1 400 Bad Request\r\n"));
}

TEST_F(HttpServerTest, RefusesABodyAndCloses) {
  const auto client = send("POST /hello HTTP/1.1\r\nContent-Length: 5\r\n\r\n12345");
  ASSERT_TRUE(until_ended(*client));
  EXPECT_THAT(client->received(), StartsWith("HTTP/1.1 413 "));
}

TEST_F(HttpServerTest, AnswersAClientThatSendsEofBehindItsRequest) {
  const auto client = send("GET /hello HTTP/1.1\r\n\r\n");
  ASSERT_TRUE(client->half_close());
  ASSERT_TRUE(until_ended(*client));
  EXPECT_THAT(client->received(), EndsWith("hello"));
  EXPECT_TRUE(until([this] { return server_.connections() == 0; }));
}

TEST_F(HttpServerTest, ForgetsAClientThatVanishes) {
  const auto client = send("GET /hel");
  ASSERT_TRUE(until([this] { return server_.connections() == 1; }));
  client->reset();
  EXPECT_TRUE(until([this] { return server_.connections() == 0; }));
}

TEST_F(HttpServerTest, ClosesAConnectionThatSaysNothingForTenSeconds) {
  shard_.deadlines().fake_clock();
  const auto client = send("GET /hello HTTP/1.1\r\nHost:");
  shard_.run_ready();
  shard_.deadlines().advance(std::chrono::milliseconds(9999));
  shard_.run_ready();
  EXPECT_FALSE(client->read_end());
  shard_.deadlines().advance(std::chrono::milliseconds(2));
  EXPECT_TRUE(until_ended(*client));
  EXPECT_EQ(client->received(), "");
}

TEST_F(HttpServerTest, DoesNotWaitForeverForAClientThatDoesNotRead) {
  shard_.deadlines().fake_clock();
  const auto client = listener_->connect();
  client->send("GET /large HTTP/1.1\r\n\r\n");
  shard_.run_ready();
  EXPECT_EQ(server_.connections(), 1u);
  shard_.deadlines().advance(std::chrono::seconds(11));
  shard_.run_ready();
  shard_.deadlines().advance(std::chrono::seconds(2));
  EXPECT_TRUE(until([this] { return server_.connections() == 0; }));
}

TEST_F(HttpServerTest, BeyondItsLimitWhoHasLongAskedNothingGivesWay) {
  std::vector<std::unique_ptr<StreamUser>> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(send(""));
    ASSERT_TRUE(until([&] { return server_.connections() == clients.size(); }));
  }
  shard_.run_ready();
  clients[0]->send("GET /hello HTTP/1.1\r\n\r\n");
  ASSERT_TRUE(until_received(*clients[0], "hello"));
  const auto fourth = send("GET /hello HTTP/1.1\r\n\r\n");
  ASSERT_TRUE(until_received(*fourth, "hello"));
  EXPECT_TRUE(until_ended(*clients[1]));
  EXPECT_FALSE(clients[0]->read_end() || clients[2]->read_end());
  EXPECT_EQ(server_.connections(), 3u);
}

TEST_F(HttpServerTest, ResetsConnectionsBeyondItsLimitWhereAllAreAtWork) {
  std::vector<std::unique_ptr<StreamUser>> clients;
  for (int i = 0; i < 3; ++i) clients.push_back(send("GET /slow HTTP/1.1\r\n\r\n"));
  shard_.run_ready();
  const auto fourth = send("GET /hello HTTP/1.1\r\n\r\n");
  ASSERT_TRUE(until_ended(*fourth));
  EXPECT_FALSE(end_of_stream(fourth->read_end()));
  ready_.set();
  for (const auto& client : clients) EXPECT_TRUE(until_received(*client, "/slow"));
  clients.front()->reset();
  ASSERT_TRUE(until([this] { return server_.connections() == 2; }));
  const auto fifth = send("GET /hello HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(until_received(*fifth, "hello"));
}

TEST_F(HttpServerTest, StopEndsEveryConnectionAndAcceptsNoMore) {
  const auto idle = send("");
  const auto waiting = send("GET /hel");
  ASSERT_TRUE(until([this] { return server_.connections() == 2; }));
  testkit::await(shard_, server_.stop());
  EXPECT_FALSE(listener_->listening());
  EXPECT_EQ(server_.connections(), 0u);
  EXPECT_TRUE(until_ended(*idle));
  EXPECT_TRUE(until_ended(*waiting));
  testkit::await(shard_, server_.stop());
}

TEST(HttpServerLifetime, StopIsLegalWithoutStart) {
  Shard shard;
  Router router;
  HttpServer server(shard, router);
  testkit::await(shard, server.stop());
}

}  // namespace
}  // namespace konduit::telemetry
