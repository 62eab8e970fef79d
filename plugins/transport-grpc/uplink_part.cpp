#include "transport-grpc/uplink_part.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <sstream>
#include <utility>

#include "transport-grpc/last_words.hpp"
#include "transport-grpc/uplink_frontend.hpp"

namespace konduit::transport_grpc {
namespace {

/// How long a connection may take, the server's greeting included.
constexpr Duration kGreeting = std::chrono::seconds(10);
/// How often a drain asks whether what the last tunnels wrote has left.
constexpr Duration kLookAgain = std::chrono::milliseconds(10);

/// "host:port" of "tcp://host:port".
std::string_view authority_of(std::string_view url) {
  const std::size_t scheme = url.find("://");
  return scheme == std::string_view::npos ? url : url.substr(scheme + 3);
}

std::string trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(kBlank) - begin + 1));
}

}  // namespace

UplinkPart::UplinkPart(UplinkFrontend& frontend, Attachment& attachment, Dialer& dialer)
    : shard_(attachment.shard()),
      frontend_(frontend),
      log_(frontend.host().log()),
      servers_(attachment.part<DiscoveryPart>(frontend.node()["servers"])),
      tasks_(shard_),
      counters_(frontend.host().metrics()),
      offenders_(frontend.host()),
      connected_(frontend.host().metrics().gauge("konduit_uplink_servers", "Different servers that are connected.")),
      wanted_(
          frontend.host().metrics().gauge("konduit_uplink_servers_wanted", "Different servers that there should be.")),
      failures_(frontend.host().metrics().counter("konduit_uplink_connect_failures_total",
                                                  "Attempts to connect to a server that failed.")),
      service_{shard_,
               dialer,
               tasks_,
               frontend.ids(),
               counters_,
               frontend.host().id(),
               frontend.node()["keepalive"].duration(),
               frontend.host().budget(),
               offenders_},
      pace_(frontend.node()["sync"]["interval"].duration(), frontend.node()["sync"]["cap"].duration()),
      random_(std::random_device()()),
      retired_(shard_),
      look_(frontend.node()["sync"]["look"].duration()),
      wake_(shard_),
      changed_(shard_) {
  if (frontend.node()["count"]) count_ = &attachment.part<DiscoveryPart>(frontend.node()["count"]);
  frontend_.set_part(this);
}

UplinkPart::~UplinkPart() { frontend_.set_part(nullptr); }

awaitable<void> UplinkPart::start() {
  servers_.subscribe(*this);
  if (count_ != nullptr && count_ != &servers_) count_->subscribe(*this);
  next_attempt_ = shard_.now();
  update_gauges();
  tasks_.spawn(sync(this));
  co_return;
}

awaitable<void> UplinkPart::drain(TimePoint deadline) {
  leaving_ = true;
  wake_.set();
  for (const auto& [number, session] : sessions_) session->drain();
  for (;;) {
    const TimePoint now = shard_.now();
    if (now >= deadline || settled()) co_return;
    // Nobody tells when the last bytes have left: a stream that is idle is looked at again soon.
    const TimePoint look_again = idle() ? now + kLookAgain : deadline;
    changed_.clear();
    if (co_await changed_.wait(std::min(look_again, deadline)) == asio::error::operation_aborted) co_return;
  }
}

bool UplinkPart::idle() const {
  return std::all_of(sessions_.begin(), sessions_.end(), [](const auto& entry) { return entry.second->idle(); });
}

bool UplinkPart::settled() const {
  return idle() &&
         std::all_of(sessions_.begin(), sessions_.end(), [](const auto& entry) { return entry.second->flushed(); });
}

awaitable<void> UplinkPart::stop() {
  leaving_ = true;
  wake_.set();
  servers_.unsubscribe(*this);
  if (count_ != nullptr && count_ != &servers_) count_->unsubscribe(*this);
  for (const auto& [number, session] : sessions_) session->close("the agent is shutting down");
  const TimePoint patience = shard_.now() + kLastWords;
  while (!sessions_.empty()) {
    changed_.clear();
    if ((co_await changed_.wait(patience)).failed()) break;
  }
  sessions_.clear();
  tasks_.cancel();
  co_await tasks_.join();
  update_gauges();
}

std::size_t UplinkPart::servers() const noexcept {
  return static_cast<std::size_t>(
      std::count_if(sessions_.begin(), sessions_.end(), [](const auto& entry) { return entry.second->serving(); }));
}

void UplinkPart::update_gauges() {
  connected_.set(static_cast<std::int64_t>(servers()));
  wanted_.set(static_cast<std::int64_t>(wanted()));
}

std::size_t UplinkPart::wanted() const {
  std::optional<unsigned> count = count_ != nullptr ? count_->count() : std::nullopt;
  if (!count) count = announced_count_;
  return std::max(count.value_or(1), 1u);
}

awaitable<UplinkPart::Outcome> UplinkPart::attempt() {
  const std::string url = next_url();
  if (url.empty()) {
    log_.warning("no server's address is known yet");
    co_return Outcome::failed;
  }
  const TimePoint deadline = shard_.now() + kGreeting;
  auto connection = co_await frontend_.connector().connect(shard_, url, deadline);
  if (leaving_) co_return Outcome::failed;
  if (!connection) {
    log_.warning("a server could not be reached", {{"server", url}, {"reason", connection.error().text}});
    co_return Outcome::failed;
  }
  const std::uint64_t number = ++last_number_;
  UplinkSession::Owner& owner = *this;
  const auto added =
      sessions_.emplace(number, std::make_unique<UplinkSession>(service_, std::move(*connection), number, url, owner));
  UplinkSession& opened = *added.first->second;
  if (!opened.call(request(url))) opened.close("the connection took no stream");
  co_await opened.greeting(deadline);

  // It may have closed while nobody looked.
  const auto at = sessions_.find(number);
  if (at == sessions_.end() || leaving_) co_return Outcome::failed;
  co_return judge(*at->second);
}

UplinkPart::Outcome UplinkPart::judge(UplinkSession& session) {
  if (!session.greeted()) {
    session.close("the server did not answer in time");
    return Outcome::failed;
  }
  if (session.server_count()) announced_count_ = session.server_count();
  const ServerAnnouncement announcement{session.server_id(), session.server_count()};
  servers_.announced(announcement);
  if (count_ != nullptr && count_ != &servers_) count_->announced(announcement);
  for (const auto& [number, other] : sessions_) {
    if (other->serving() && other->server_id() == session.server_id()) {
      met_again(session);
      session.close("this server is connected already");
      return Outcome::duplicate;
    }
  }
  session.serve();
  futile_.found();
  update_gauges();
  log_.info(
      "connected to a server",
      {{"server", session.url()}, {"server_id", session.server_id()}, {"servers", servers()}, {"wanted", wanted()}});
  return Outcome::fresh;
}

http2::Headers UplinkPart::request(const std::string& url) const {
  const std::string_view scheme = frontend_.node()["tls"] ? "https" : "http";
  http2::Headers headers = http2::grpc_request(scheme, authority_of(url), "/AgentService/Connect");
  headers.add("agentid", frontend_.agent_id());
  headers.add("agentidentifiers", encode_identifiers(frontend_.identifiers()));
  headers.add(kFeaturesKey, feature_list(kOwnFeatures));
  if (const auto token = read_token()) headers.add("authorization", "Bearer " + *token);
  return headers;
}

std::optional<std::string> UplinkPart::read_token() const {
  const config::Node& path = frontend_.node()["token_file"];
  if (!path || path.text().empty()) return std::nullopt;
  std::ifstream file(path.text());
  std::stringstream text;
  text << file.rdbuf();
  std::string token = trimmed(text.str());
  if (token.empty() || !http2::valid_metadata(token)) {
    log_.error("the token file is missing, empty or not a token", {{"file", path.text()}});
    return std::nullopt;
  }
  return token;
}

void UplinkPart::session_idle(UplinkSession&) { changed_.set(); }

void UplinkPart::session_going_away(UplinkSession& session) {
  log_.info("a server is going away", {{"server_id", session.server_id()}});
  last_loss_ = shard_.now();
  search_anew();
  update_gauges();
  wake_.set();
}

void UplinkPart::session_closed(UplinkSession& session, std::string_view text) {
  const auto at = sessions_.find(session.number());
  if (at == sessions_.end()) return;
  if (session.has_served()) {
    last_loss_ = shard_.now();
    search_anew();
    servers_.lost(session.server_id());
    if (count_ != nullptr && count_ != &servers_) count_->lost(session.server_id());
    log_.info("a server's connection ended",
              {{"server", session.url()}, {"server_id", session.server_id()}, {"reason", text}});
  } else if (!session.greeted()) {
    log_.warning("a server was reached and did not take this agent", {{"server", session.url()}, {"reason", text}});
  }
  retired_.take(std::move(at->second));
  sessions_.erase(at);
  update_gauges();
  wake_.set();
  changed_.set();
}

}  // namespace konduit::transport_grpc
