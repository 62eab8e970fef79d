#include "fixture.hpp"

#include "konduit/task_group.hpp"

namespace konduit::kube_test {

ApiReply status_reply(unsigned code, const std::string& reason, const std::string& message) {
  return {.status = code,
          .body = R"({"kind":"Status","apiVersion":"v1","status":"Failure","reason":")" + reason + R"(","message":")" +
                  message + R"(","code":)" + std::to_string(code) + "}"};
}

ClientTest::ClientTest() : listener_(host_.network.listen("tcp://localhost:6443")) {
  shard_.deadlines().fake_clock();
  listener_->start(shard_, server_);
}

ClientTest::~ClientTest() {
  listener_->stop(shard_);
  client_.reset();
  testkit::await(shard_, server_.stop());
}

kube::Client& ClientTest::connect(const std::string& user, kube::ClientSettings settings) {
  settings.place.kubeconfig = folder_.write("kubeconfig", server_.kubeconfig(kUrl, user));
  client_ = std::make_unique<kube::Client>(shard_, host_, settings);
  return *client_;
}

void ClientTest::pass_time_until(const std::function<bool()>& done) {
  constexpr auto kStep = std::chrono::milliseconds(10);
  constexpr int kSteps = 100'000;
  for (int step = 0; step != kSteps; ++step) {
    shard_.run_ready();
    if (done()) return;
    shard_.deadlines().advance(kStep);
  }
  ADD_FAILURE() << "nothing came of it in " << kSteps << " steps of time";
}

kube::Call ClientTest::call(bool repeatable) const {
  return {.verb = "get", .resource = "things", .method = "GET", .target = "/things?x=1", .repeatable = repeatable};
}

kube::Answer<std::string> ClientTest::get(kube::Client& client, Duration patience) {
  return run(client.call(call(), shard_.now() + patience));
}

}  // namespace konduit::kube_test
