#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "konduit/authenticator.hpp"
#include "world.hpp"

namespace konduit::conformance {
namespace {

constexpr std::string_view kSecret = "s3cret-word-that-nobody-may-see";

struct Shown {
  const char* what;
  std::string token;
  std::string username;
  std::string password;
  bool certificate = false;
};

std::vector<Shown> odd_credentials() {
  return {{.what = "nothing"},
          {.what = "a token", .token = std::string(kSecret)},
          {.what = "a long token", .token = std::string(kSecret) + std::string(100'000, 'x')},
          {.what = "a token of odd bytes", .token = std::string("\0\xff\n\"", 4) + std::string(kSecret)},
          {.what = "a name and a password", .username = "alice", .password = std::string(kSecret)},
          {.what = "an empty name", .password = std::string(kSecret)},
          {.what = "a long name", .username = std::string(100'000, 'a'), .password = std::string(kSecret)},
          {.what = "a certificate", .certificate = true}};
}

void odd_credentials_get_an_answer(const Subject& subject) {
  World world(subject);
  Running running(world);
  if (!running.ok()) return;
  for (const auto& shown : odd_credentials()) {
    SCOPED_TRACE(std::string("who shows ") + shown.what);
    Peer peer{.address = "tcp://192.0.2.7:40312", .certificate = nullptr, .identity = {}};
    if (shown.certificate) peer.certificate = std::make_shared<const Certificate>();
    const Credentials credentials{
        .peer = &peer, .token = shown.token, .username = shown.username, .password = shown.password};
    const auto answer = world.result("authenticate()", running.part<AuthenticatorPart>().authenticate(credentials));
    if (!answer) continue;
    if (*answer) {
      EXPECT_NE((*answer)->name, "") << "somebody is let in without a name";
      EXPECT_EQ((*answer)->name.find(kSecret), std::string::npos) << "a peer's name, which logs show, tells the secret";
      continue;
    }
    const auto& text = answer->error().text;
    EXPECT_NE(text, "") << "a refusal without a word";
    EXPECT_EQ(text.find(kSecret), std::string::npos) << "a refusal tells the secret: " << text;
  }
  EXPECT_EQ(world.host.log().text().find(kSecret), std::string::npos) << "the log tells the secret";
}

void cancelled_checks_end(const Subject& subject) {
  constexpr unsigned kMostSteps = 100;
  at_every_step(kMostSteps, [&](unsigned steps) {
    World world(subject);
    Running running(world);
    if (!running.ok()) return false;
    const Peer peer;
    const Credentials credentials{.peer = &peer, .token = kSecret};
    std::optional<boost::system::result<Identity, Refusal>> answer;
    return world.cancel_after(
        steps, "authenticate()",
        testkit::store_result(running.part<AuthenticatorPart>().authenticate(credentials), &answer));
  });
}

constexpr Rule kRules[] = {
    {"whatever is shown gets an answer, and no secret comes out", odd_credentials_get_an_answer},
    {"a check that is cancelled ends", cancelled_checks_end},
};

}  // namespace

std::span<const Rule> authenticator_rules() { return kRules; }

}  // namespace konduit::conformance
