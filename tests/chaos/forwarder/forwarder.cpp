#include "chaos/forwarder/forwarder.hpp"

#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <iostream>
#include <list>
#include <sstream>
#include <utility>

#include "chaos/forwarder/link.hpp"

namespace konduit::chaos {

namespace {

using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, executor>;
using Input = asio::posix::basic_stream_descriptor<executor>;
constexpr asio::as_tuple_t<asio::use_awaitable_t<executor>> kTuple;

asio::ip::tcp::endpoint endpoint_of(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) throw std::runtime_error(text + ": ADDRESS:PORT is wanted");
  return {asio::ip::make_address(text.substr(0, colon)),
          static_cast<std::uint16_t>(std::stoul(text.substr(colon + 1)))};
}

class Forwarder {
 public:
  Forwarder(asio::io_context& context, const ForwarderSettings& settings)
      : context_(context),
        target_(endpoint_of(settings.target)),
        seed_(settings.seed),
        acceptor_(context.get_executor(), asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
        input_(context.get_executor(), ::dup(STDIN_FILENO)) {}

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

  awaitable<void> accept() {
    for (;;) {
      auto [error, socket] = co_await acceptor_.async_accept(kTuple);
      if (error) continue;
      const auto link = links_.emplace(links_.end(), std::move(socket), conditions_, ++seed_);
      asio::co_spawn(context_.get_executor(), carry(link), asio::detached);
    }
  }

  /// Until standard input ends.
  awaitable<void> obey() {
    std::string text;
    std::vector<char> memory(1024);
    for (;;) {
      const auto [error, count] = co_await input_.async_read_some(asio::buffer(memory), kTuple);
      if (error) break;
      text.append(memory.data(), count);
      for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n')) {
        const std::string wrong = carry_out(text.substr(0, end));
        text.erase(0, end + 1);
        std::cout << (wrong.empty() ? "ok" : "error: " + wrong) << std::endl;
      }
    }
    context_.stop();
  }

 private:
  using Links = std::list<Link>;

  awaitable<void> carry(Links::iterator link) {
    co_await link->run(target_);
    links_.erase(link);
  }

  std::string carry_out(const std::string& line) {
    std::istringstream stream(line);
    const std::vector<std::string> words(std::istream_iterator<std::string>(stream), {});
    if (words.empty()) return "an empty line";
    const std::string& what = words[0];
    if (what == "half-open") return half_open(words);
    if (what == "cut") {
      for (Link& link : links_) link.cut();
    } else {
      return conditions_.change(words);
    }
    return {};
  }

  std::string half_open(const std::vector<std::string>& words) {
    if (words.size() != 2 || (words[1] != "accepted" && words[1] != "connected")) return "accepted or connected?";
    const Link::Side kept = words[1] == "accepted" ? Link::Side::accepted : Link::Side::connected;
    for (Link& link : links_) link.half_open(kept);
    return {};
  }

  asio::io_context& context_;
  const asio::ip::tcp::endpoint target_;
  std::uint64_t seed_;
  BothWays conditions_;
  Links links_;
  Acceptor acceptor_;
  Input input_;
};

}  // namespace

int run_forwarder(const ForwarderSettings& settings) {
  asio::io_context context(1);
  Forwarder forwarder(context, settings);
  std::cout << forwarder.port() << std::endl;
  asio::co_spawn(context.get_executor(), forwarder.accept(), asio::detached);
  asio::co_spawn(context.get_executor(), forwarder.obey(), asio::detached);
  context.run();
  return 0;
}

}  // namespace konduit::chaos
