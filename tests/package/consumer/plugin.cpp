#include <konduit/asio.hpp>
#include <konduit/component.hpp>

static_assert(sizeof(KONDUIT_PLUGIN_NAME) == sizeof("consumer"));

/// Links Asio's compiled half and the SDK's, which are both in the installed library.
extern "C" KONDUIT_API std::size_t consumer_entry() {
  boost::asio::io_context context;
  return context.poll() + konduit::to_string(konduit::ComponentKind::filter).size();
}
