#include "review_fixture.hpp"

#include <openssl/evp.h>

#include <algorithm>

#include "config/configuration.hpp"
#include "konduit/peer.hpp"

namespace konduit::auth::test {
namespace {

/// The component's node with the defaults of its schema.
config::Node node_of(const std::string& kubeconfig, const std::string& more) {
  const std::string yaml =
      "namespace: kube-system\nservice_account: konnectivity-agent\naudience: konnectivity\nkubeconfig: " + kubeconfig +
      "\ntimeout: 8s\ncache: 60s\ncache_refused: 10s\ncache_size: 16384\nqps: \"1000\"\nburst: 1000\n";
  config::Problems problems;
  auto node = config::read_text(yaml, "auth.yaml", problems);
  EXPECT_TRUE(problems.ok()) << problems.text();
  auto changes = config::read_text(more.empty() ? "{}" : more, "more.yaml", problems);
  EXPECT_TRUE(problems.ok()) << problems.text();
  for (auto& entry : changes->entries()) {
    const auto same = std::ranges::find(node->entries(), entry.key, &config::Node::Entry::key);
    if (same != node->entries().end()) {
      same->value = entry.value;
    } else {
      node->add(entry.key, entry.value);
    }
  }
  return std::move(*node);
}

}  // namespace

ApiReply review_reply(const std::string& username, const std::string& audience) {
  return {.status = 201,
          .body = R"({"kind":"TokenReview","status":{"authenticated":true,"audiences":[")" + audience +
                  R"("],"user":{"username":")" + username + R"(","uid":"u","groups":["system:serviceaccounts"]}}})"};
}

ApiReply unknown_reply(const std::string& error) {
  return {.status = 201, .body = R"({"kind":"TokenReview","status":{"user":{},"error":")" + error + R"("}})"};
}

std::string token_ending_in(std::chrono::seconds life) {
  const auto end = std::chrono::system_clock::now() + life;
  const std::string claims =
      R"({"exp":)" + std::to_string(std::chrono::system_clock::to_time_t(end)) + R"(,"sub":"x"})";
  std::string encoded((claims.size() + 2) / 3 * 4 + 1, '\0');
  encoded.resize(static_cast<std::size_t>(EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                                                          reinterpret_cast<const unsigned char*>(claims.data()),
                                                          static_cast<int>(claims.size()))));
  while (encoded.ends_with('=')) encoded.pop_back();
  return "eyJhbGciOiJSUzI1NiJ9." + encoded + ".signature";
}

std::optional<Refusal::Reason> Bearer::refused_as() const {
  if (!verdict || verdict->has_value()) return std::nullopt;
  return verdict->error().reason;
}

std::string Bearer::text() const {
  if (!verdict) return "no verdict";
  return verdict->has_value() ? (*verdict)->name : verdict->error().text;
}

ReviewTest::ReviewTest() : listener_(host_.network.listen("tcp://localhost:6443")) {
  for (Shard* shard : shards_) {
    shard->deadlines().fake_clock();
    groups_.push_back(std::make_unique<TaskGroup>(*shard));
  }
  listener_->start(first_, server_);
  server_.script = [](const ApiRequest&) { return review_reply(kAgent); };
}

ReviewTest::~ReviewTest() {
  for (unsigned index = 0; index != shards_.size(); ++index) cancel_bearers(index);
  stop_parts();
  listener_->stop(first_);
  component_.reset();
  testkit::await(first_, server_.stop());
}

void ReviewTest::stop_parts() {
  // As the core does it: the control shard's first.
  for (std::size_t index = 0; index != parts_.size(); ++index) testkit::await(*shards_[index], parts_[index]->stop());
  parts_.clear();
}

void ReviewTest::make(const std::string& more) {
  const auto kubeconfig =
      folder_.write("kubeconfig", server_.kubeconfig("https://localhost:6443", "{token: server-token}"));
  component_ = std::make_unique<TokenReview>(node_of(kubeconfig, more), host_);
  ASSERT_TRUE(host_.reports().empty()) << host_.reports().front().what;
  testkit::await(first_, component_->prepare());
  for (Shard* shard : shards_) {
    testkit::TestAttachment attachment(*shard);
    parts_.push_back(component_->attach(attachment));
  }
}

awaitable<void> ReviewTest::authenticate(AuthenticatorPart* part, std::string token, std::string host, Bearer* bearer) {
  const Peer peer{.address = "tcp://" + host + ":1", .certificate = nullptr, .identity = {}};
  Credentials credentials;
  credentials.peer = &peer;
  credentials.token = token;
  bearer->verdict = co_await part->authenticate(credentials);
}

Bearer& ReviewTest::show(const std::string& token, unsigned shard, const std::string& host) {
  bearers_.push_back(std::make_unique<Bearer>());
  groups_[shard]->spawn(authenticate(parts_[shard].get(), token, host, bearers_.back().get()));
  return *bearers_.back();
}

Bearer& ReviewTest::judged(const std::string& token, unsigned shard) {
  Bearer& bearer = show(token, shard);
  pass_time_until([&] { return bearer.verdict.has_value(); });
  return bearer;
}

bool ReviewTest::all_judged() const {
  return std::ranges::all_of(bearers_, [](const auto& bearer) { return bearer->verdict.has_value(); });
}

void ReviewTest::settle() {
  while (first_.run_ready() + second_.run_ready() > 0) {
  }
}

void ReviewTest::pass_time(Duration duration) {
  settle();
  for (Shard* shard : shards_) shard->deadlines().advance(duration);
  settle();
}

void ReviewTest::pass_time_until(const std::function<bool()>& done) {
  constexpr int kSteps = 20'000;
  settle();
  for (int step = 0; step != kSteps; ++step) {
    if (done()) return;
    pass_time(std::chrono::milliseconds(10));
  }
  ADD_FAILURE() << "nothing came of it in " << kSteps << " steps of time";
}

void ReviewTest::cancel_bearers(unsigned shard) {
  groups_[shard]->cancel();
  testkit::await(*shards_[shard], groups_[shard]->join());
  groups_[shard] = std::make_unique<TaskGroup>(*shards_[shard]);
}

}  // namespace konduit::auth::test
