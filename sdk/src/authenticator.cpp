#include "konduit/authenticator.hpp"

#include <stdexcept>

#include "konduit/thrown.hpp"

namespace konduit {

void throw_exception_from_error(const Refusal& refusal, const boost::source_location&) {
  throw std::runtime_error("refused: " + refusal.text);
}

awaitable<boost::system::result<Identity, Refusal>> identify(AuthenticatorPart& part, const Credentials& credentials,
                                                             Logger& log) {
  try {
    co_return co_await part.authenticate(credentials);
  } catch (...) {
    if (thrown_by_cancellation()) co_return Refusal{Refusal::Reason::unavailable, "cancelled"};
    log.error("the authenticator threw an exception",
              {{"peer", credentials.peer->address}, {"what", words_of_thrown()}});
    co_return Refusal{Refusal::Reason::unavailable, "internal error of the authenticator; the proxy's log says more"};
  }
}

}  // namespace konduit
