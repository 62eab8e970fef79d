// Components whose parts note on which thread they are called. At its end each component writes what its parts saw: a
// line for each shard, into the file that the document names.
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "konduit/authenticator.hpp"
#include "konduit/backend.hpp"
#include "konduit/filter.hpp"
#include "konduit/plugin.hpp"
#include "konduit/selector.hpp"
#include "konduit/shard.hpp"

namespace {

using namespace konduit;

/// The calls of one part. Written by the part's shard alone if all is well: what is wrong is counted atomically.
class Account {
 public:
  explicit Account(Shard& shard) : shard_(shard), thread_(std::this_thread::get_id()) { note("attach"); }

  void note(const std::string& call) {
    if (std::this_thread::get_id() != thread_ || Shard::current() != &shard_) {
      ++foreign_;
      return;
    }
    ++calls_[call];
  }
  std::string line() const {
    std::string text = "shard=" + std::to_string(shard_.index()) + " foreign=" + std::to_string(foreign_.load());
    for (const auto& [call, count] : calls_) text += " " + call + "=" + std::to_string(count);
    return text;
  }

 private:
  Shard& shard_;
  const std::thread::id thread_;
  std::map<std::string, std::uint64_t> calls_;
  std::atomic<std::uint64_t> foreign_{0};
};
using AccountPtr = std::shared_ptr<Account>;  // shared by a part, what it made, and its component, which tells

/// What the components have in common.
class Ledger {
 public:
  Ledger(const config::Node& node, Host& host) : host_(host), file_(node["report"].text()) {}
  ~Ledger() {
    std::ofstream out(file_, std::ios::app);
    for (const auto& account : accounts_) {
      if (account) out << host_.id() << ' ' << account->line() << '\n';
    }
  }
  AccountPtr open(Shard& shard) {
    auto account = std::make_shared<Account>(shard);
    accounts_.at(shard.index()) = account;
    return account;
  }
  Host& host() const noexcept { return host_; }

 private:
  Host& host_;
  const std::string file_;
  std::array<AccountPtr, 4> accounts_;  // by shard, each written on its own
};

/// The life of a part of any kind.
template <class Base>
class WitnessPart : public Base {
 public:
  explicit WitnessPart(AccountPtr account) : account_(std::move(account)) {}
  ~WitnessPart() override { note("destroy"); }

  awaitable<void> start() override { return noted("start"); }
  awaitable<void> drain(TimePoint) override { return noted("drain"); }
  awaitable<void> stop() override { return noted("stop"); }

 protected:
  void note(const char* call) { account_->note(call); }
  awaitable<void> noted(const char* call) {
    note(call);
    co_return;
  }
  const AccountPtr account_;
};

class FilterWitness final : public WitnessPart<FilterPart> {
 public:
  using WitnessPart::WitnessPart;

  Verdict<DialResult<void>> on_dial(DialRequest&) override {
    note("on_dial");
    return DialResult<void>();
  }
  Verdict<DialResult<void>> on_resolved(const DialRequest&, std::vector<asio::ip::address>&) override {
    note("on_resolved");
    return DialResult<void>();
  }
  StreamPtr on_stream(const DialRequest&, StreamPtr stream) override {
    note("on_stream");
    return stream;
  }
  void on_end(const TunnelSummary&) override { note("on_end"); }
};

class BackendWitness final : public WitnessPart<BackendPart> {
 public:
  BackendWitness(AccountPtr account, BackendPart& inner) : WitnessPart(std::move(account)), inner_(inner) {}

  awaitable<DialResult<StreamPtr>> dial(const DialRequest& request) override {
    note("dial");
    auto result = co_await inner_.dial(request);
    note("dialled");
    co_return result;
  }

 private:
  BackendPart& inner_;
};

class IndexWitness final : public AgentIndex {
 public:
  IndexWitness(AccountPtr account, std::span<const AgentPtr> agents)
      : account_(std::move(account)), agents_(agents.begin(), agents.end()) {}
  ~IndexWitness() override { account_->note("forget"); }

  AgentPtr pick(const DialRequest&, std::span<const AgentPtr> excluded) const override {
    account_->note("pick");
    return agents_.empty() || !excluded.empty() ? nullptr : agents_[next_++ % agents_.size()];
  }
  bool has_agents() const noexcept override { return !agents_.empty(); }

 private:
  const AccountPtr account_;
  const std::vector<AgentPtr> agents_;
  mutable std::size_t next_ = 0;  // in turn, so that every shard dials over the agents of every other
};

class SelectorWitness final : public WitnessPart<SelectorPart> {
 public:
  using WitnessPart::WitnessPart;
  std::unique_ptr<const AgentIndex> build(std::span<const AgentPtr> agents) override {
    note("build");
    return std::make_unique<IndexWitness>(account_, agents);
  }
};

/// Holds the thread of each shard that comes until all have come. The system gives a connection to whichever shard asks
/// first; one that is held asks for none, so the next one is another's.
class Meeting {
 public:
  explicit Meeting(std::size_t shards) : shards_(shards) {}

  /// Gives up after a while: the test then misses who did not come.
  void come(unsigned shard, Logger& log) {
    std::unique_lock lock(mutex_);
    if (!there_.insert(shard).second) return;
    if (there_.size() < shards_) log.info("a shard waits for the others", {{"shard", shard}});
    all_.notify_all();
    all_.wait_for(lock, std::chrono::seconds(20), [this] { return there_.size() >= shards_; });
  }

 private:
  const std::size_t shards_;
  std::mutex mutex_;
  std::condition_variable all_;
  std::set<unsigned> there_;
};

class AuthenticatorWitness final : public WitnessPart<AuthenticatorPart> {
 public:
  AuthenticatorWitness(AccountPtr account, Shard& shard, Meeting& meeting, Logger& log)
      : WitnessPart(std::move(account)), shard_(shard), meeting_(meeting), log_(log) {}

  awaitable<boost::system::result<Identity, Refusal>> authenticate(const Credentials&) override {
    note("authenticate");
    meeting_.come(shard_.index(), log_);
    co_await shard_.deadlines().wait(std::chrono::milliseconds(1));
    note("authenticated");
    co_return Identity("somebody");
  }

 private:
  Shard& shard_;
  Meeting& meeting_;
  Logger& log_;
};

class WitnessFilter final : public Filter {
 public:
  WitnessFilter(const config::Node& node, Host& host) : ledger_(node, host) {}
  std::unique_ptr<FilterPart> attach(Attachment& attachment) override {
    return std::make_unique<FilterWitness>(ledger_.open(attachment.shard()));
  }

 private:
  Ledger ledger_;
};

class WitnessBackend final : public Backend {
 public:
  WitnessBackend(const config::Node& node, Host& host) : inner_(node["inner"]), ledger_(node, host) {}
  std::unique_ptr<BackendPart> attach(Attachment& attachment) override {
    auto& inner = attachment.part<BackendPart>(inner_);
    return std::make_unique<BackendWitness>(ledger_.open(attachment.shard()), inner);
  }

 private:
  const config::Node inner_;
  Ledger ledger_;
};

class WitnessSelector final : public Selector {
 public:
  WitnessSelector(const config::Node& node, Host& host) : ledger_(node, host) {}
  std::unique_ptr<SelectorPart> attach(Attachment& attachment) override {
    return std::make_unique<SelectorWitness>(ledger_.open(attachment.shard()));
  }

 private:
  Ledger ledger_;
};

class WitnessAuthenticator final : public Authenticator {
 public:
  WitnessAuthenticator(const config::Node& node, Host& host) : ledger_(node, host), meeting_(host.shards().size()) {}
  std::unique_ptr<AuthenticatorPart> attach(Attachment& attachment) override {
    Shard& shard = attachment.shard();
    return std::make_unique<AuthenticatorWitness>(ledger_.open(shard), shard, meeting_, ledger_.host().log());
  }

 private:
  Ledger ledger_;
  Meeting meeting_;
};

using config::Field;
using config::Type;

constexpr Field kReport{.name = "report", .type = Type::path, .summary = "Where to write the calls.", .required = true};
constexpr Field kFields[] = {kReport};
constexpr Field kBackendFields[] = {
    kReport,
    {.name = "inner", .type = Type::reference, .summary = "Who dials.", .required = true, .detail = "backend"},
};

constexpr ComponentDescriptor kComponents[] = {
    describe<WitnessFilter>("witness", "Notes the threads of its calls.", kFields, "report: calls"),
    describe<WitnessBackend>("witness", "Notes the threads of its calls.", kBackendFields,
                             "{report: calls, inner: direct/node}"),
    describe<WitnessAuthenticator>("witness", "Notes the threads of its calls.", kFields, "report: calls"),
    describe<WitnessSelector>("witness", "Notes the threads of its calls.", kFields, "report: calls"),
};

}  // namespace

KONDUIT_PLUGIN(KONDUIT_PLUGIN_NAME, KONDUIT_PLUGIN_VERSION, "Apache-2.0", kComponents)
