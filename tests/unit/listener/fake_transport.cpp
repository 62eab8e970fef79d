#include "fake_transport.hpp"

namespace konduit::listener::test {

std::unique_ptr<testkit::MemoryStream> Backlog::connect(std::string address) {
  auto [client, accepted] = testkit::MemoryStream::make_pair(shard_);
  push(Acceptor::Accepted{std::move(accepted), std::move(address)});
  return std::move(client);
}

void Backlog::fail(error_code error) { push(error); }

void Backlog::push(Result<Acceptor::Accepted> next) {
  waiting_.push_back(std::move(next));
  filled_.set();
}

awaitable<Result<Acceptor::Accepted>> Backlog::next() {
  for (;;) {
    if (auto taken = take()) co_return std::move(*taken);
    filled_.clear();
    if (const error_code cancelled = co_await filled_.wait()) co_return cancelled;
  }
}

std::optional<Result<Acceptor::Accepted>> Backlog::take() {
  if (waiting_.empty()) return std::nullopt;
  auto next = std::move(waiting_.front());
  waiting_.pop_front();
  return next;
}

class FakeTransport::FakeBinding final : public Binding {
 public:
  FakeBinding(const FakeTransport& transport, std::string url) : transport_(transport), url_(std::move(url)) {
    ++transport_.bound;
  }
  ~FakeBinding() override { --transport_.bound; }

  const std::string& url() const noexcept override { return url_; }
  std::unique_ptr<Acceptor> open(Shard&, const Liveness& liveness) override {
    transport_.liveness.push_back(liveness);
    return std::make_unique<FakeAcceptor>(transport_.backlog);
  }

 private:
  const FakeTransport& transport_;
  const std::string url_;
};

std::unique_ptr<Binding> FakeTransport::bind(const config::Node& endpoint) const {
  std::string url = endpoint["url"].text();
  if (url.ends_with(":0")) url.replace(url.size() - 1, 1, std::to_string(next_port++));
  return std::make_unique<FakeBinding>(*this, std::move(url));
}

awaitable<boost::system::result<Connection, Connector::Failure>> FakeTransport::connect(Shard&, std::string url,
                                                                                        Liveness its_liveness,
                                                                                        TimePoint) const {
  attempts.push_back(url);
  liveness.push_back(its_liveness);
  Connection connection;
  connection.stream = backlog.connect();
  connection.peer.address = std::move(url);
  co_return connection;
}

TlsSettings TlsFiles::server() const {
  TlsSettings settings;
  settings.cert = certificate;
  settings.key = key;
  return settings;
}

config::Node TlsFiles::server_node() const {
  return config::Node::map({{"cert", config::Node::scalar(certificate), {}}, {"key", config::Node::scalar(key), {}}});
}

TlsSettings TlsFiles::client() const {
  TlsSettings settings;
  settings.ca = ca;
  return settings;
}

const TlsFiles& tls_files() {
  static const TlsFiles made;
  return made;
}

}  // namespace konduit::listener::test
