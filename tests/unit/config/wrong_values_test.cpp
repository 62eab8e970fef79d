#include "unit/config/rejection.hpp"

namespace konduit::config::testing {
namespace {

constexpr WrongDocument kDocuments[] = {
    {"UnknownKey", "filters: {acl/a: {denny: []}}\n",
     "1:19: error: filters.acl/a.denny: unknown key; did you mean \"deny\"? (fake-filter)\n"},
    {"UnknownKeyLikeNoOther", "filters: {acl/a: {when: now}}\n",
     "1:19: error: filters.acl/a.when: unknown key; known are: deny, action (fake-filter)\n"},
    {"KeyOfAComponentWithoutAny", "selectors: {any/a: {weight: 1}}\n",
     "1:21: error: selectors.any/a.weight: unknown key; nothing can be set here (fake-selector)\n"},
    {"ComponentIsAList", "filters: {acl/a: [x]}\n",
     "1:18: error: filters.acl/a: must be a map, found a list (fake-filter)\n"},
    {"ComponentIsText", "filters: {acl/a: yes}\n",
     "1:18: error: filters.acl/a: must be a map, found \"yes\" (fake-filter)\n"},
    {"NoValue", "filters: {acl/a: {action: }}\n",
     "1:19: error: filters.acl/a.action: has no value; give one, or leave the key out (fake-filter)\n"},
    {"TextForAList", "filters: {acl/a: {deny: x}}\n",
     "1:25: error: filters.acl/a.deny: must be a list, found \"x\" (fake-filter)\n"},
    {"ListInAListOfText", "filters: {acl/a: {deny: [a, [b]]}}\n",
     "1:29: error: filters.acl/a.deny[1]: must be text, found a list (fake-filter)\n"},
    {"NullInAList", "filters: {acl/a: {deny: [a, ~]}}\n",
     "1:29: error: filters.acl/a.deny[1]: has no value; give one, or leave the key out (fake-filter)\n"},
    {"Choice", "filters: {acl/a: {action: refuze}}\n",
     "1:27: error: filters.acl/a.action: must be one of refuse, drop, found \"refuze\"; did you mean \"refuse\"? (fake-filter)\n"},
    {"ChoiceIsAMap", "filters: {acl/a: {action: {}}}\n",
     "1:27: error: filters.acl/a.action: must be one of refuse, drop, found a map (fake-filter)\n"},
    {"SizeNotation", "filters: {limits/a: {bytes: 1 MB}}\n",
     "1:29: error: filters.limits/a.bytes: must be a size as in \"64KiB\", \"1MiB\" or \"4096\", found \"1 MB\" (fake-filter)\n"},
    {"SizeTooSmall", "filters: {limits/a: {bytes: 10}}\n",
     "1:29: error: filters.limits/a.bytes: must be from 1KiB to 1GiB, found 10 (fake-filter)\n"},
    {"IntegerIsText", "filters: {limits/a: {dials: many}}\n",
     "1:29: error: filters.limits/a.dials: must be an integer, found \"many\" (fake-filter)\n"},
    {"IntegerInQuotes", "filters: {limits/a: {dials: \"5\"}}\n",
     "1:29: error: filters.limits/a.dials: must be an integer, found the quoted text \"5\"; remove the quotes (fake-filter)\n"},
    {"IntegerWithAPoint", "filters: {limits/a: {dials: 1.5}}\n",
     "1:29: error: filters.limits/a.dials: must be an integer, found \"1.5\" (fake-filter)\n"},
    {"IntegerWithALeadingZero", "filters: {limits/a: {dials: 010}}\n",
     "1:29: error: filters.limits/a.dials: must be an integer, found \"010\" (fake-filter)\n"},
    {"IntegerTooLargeForTheType", "filters: {limits/a: {dials: 99999999999999999999}}\n",
     "1:29: error: filters.limits/a.dials: must be an integer, found \"99999999999999999999\" (fake-filter)\n"},
    {"IntegerTooLarge", "filters: {limits/a: {dials: 1001}}\n",
     "1:29: error: filters.limits/a.dials: must be at most 1000, found 1001 (fake-filter)\n"},
    {"IntegerIsAList", "filters: {limits/a: {dials: [1]}}\n",
     "1:29: error: filters.limits/a.dials: must be an integer, found a list (fake-filter)\n"},
    {"ElementOfAMap", "filters: {limits/a: {weights: {x: 1, y: 11, z: no}}}\n",
     "1:41: error: filters.limits/a.weights.y: must be from 1 to 10, found 11 (fake-filter)\n"
     "1:48: error: filters.limits/a.weights.z: must be an integer, found \"no\" (fake-filter)\n"},
    {"DurationWithoutUnit", "backends: {direct/z: {dial_timeout: 5}}\n",
     "1:37: error: backends.direct/z.dial_timeout: must be a duration as in \"1h\", \"1m30s\" or \"100ms\", found \"5\" "
     "(fake-backend)\n"},
    {"DurationTooLong", "backends: {direct/z: {dial_timeout: 2h}}\n",
     "1:37: error: backends.direct/z.dial_timeout: must be from 1ms to 1h, found 2h (fake-backend)\n"},
    {"NestedObject",
     "discovery: {static/s: {servers: [a]}}\nfrontends:\n  grpc/z: {listen: {url: \"tcp://localhost:1\"}}\n"
     "  uplink/u:\n    servers: static/s\n    sync:\n      intervall: 1s\n      forever: yes\n",
     "7:7: error: frontends.uplink/u.sync.intervall: unknown key; did you mean \"interval\"? (fake-frontend)\n"
     "8:16: error: frontends.uplink/u.sync.forever: must be true or false, found \"yes\" (fake-frontend)\n"},
    {"BooleanInQuotes",
     "discovery: {static/s: {servers: [a]}}\nfrontends:\n  grpc/z: {listen: {url: \"tcp://localhost:1\"}}\n"
     "  uplink/u: {servers: static/s, sync: {forever: \"true\"}}\n",
     "4:49: error: frontends.uplink/u.sync.forever: must be true or false, found the quoted text \"true\"; remove the quotes "
     "(fake-frontend)\n"},
    {"EmptyPath",
     "discovery: {static/s: {servers: [a]}}\nfrontends:\n  grpc/z: {listen: {url: \"tcp://localhost:1\"}}\n"
     "  uplink/u: {servers: static/s, token_file: \"\"}\n",
     "4:45: error: frontends.uplink/u.token_file: must be the name of a file, found \"\" (fake-frontend)\n"},
    {"SecretsAreNotTold", "authenticators: {static-token/t: {tokens: {a: hunter2}, rounds: hunter2}}\n",
     "1:43: error: authenticators.static-token/t.tokens: must be a list, found a map (fake-authenticator)\n"
     "1:65: error: authenticators.static-token/t.rounds: must be an integer, found another value (fake-authenticator)\n"},
    {"SecretsOutOfRangeAreNotTold", "authenticators: {static-token/t: {tokens: [[hunter2]], rounds: 77}}\n",
     "1:44: error: authenticators.static-token/t.tokens[0]: must be text, found a list (fake-authenticator)\n"
     "1:64: error: authenticators.static-token/t.rounds: must be from 1 to 9, found another value (fake-authenticator)\n"},
};

class WrongValue : public ::testing::TestWithParam<WrongDocument> {};

TEST_P(WrongValue, IsReportedWithWhatWouldBeRight) {
  EXPECT_EQ(rejection_of(completed(GetParam().document)), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(Documents, WrongValue, ::testing::ValuesIn(kDocuments), name_of);

}  // namespace
}  // namespace konduit::config::testing
