#include "konduit/result.hpp"

namespace konduit {
namespace {

// The id makes copies of the category in several libraries compare equal; the number is arbitrary but fixed.
constexpr boost::ulong_long_type kStreamCategoryId = 0x6b6f'6e64'7569'7401ULL;

// Boost's categories have a protected destructor on purpose: nobody owns one.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"
class StreamCategory final : public boost::system::error_category {
 public:
  constexpr StreamCategory() noexcept : error_category(kStreamCategoryId) {}

  const char* name() const noexcept override { return "konduit.stream"; }
  std::string message(int value) const override { return text(static_cast<StreamErrc>(value)); }
  const char* message(int value, char*, std::size_t) const noexcept override {
    return text(static_cast<StreamErrc>(value));
  }

 private:
  static const char* text(StreamErrc code) noexcept {
    switch (code) {
      case StreamErrc::would_block: return "the operation would block";
      case StreamErrc::end_of_stream: return "end of stream";
      case StreamErrc::reset: return "the stream was reset";
      case StreamErrc::hangup: return "the peer has hung up";
      case StreamErrc::closed: return "the stream is closed";
      case StreamErrc::timed_out: return "timed out";
      case StreamErrc::too_large: return "a size limit was exceeded";
      case StreamErrc::protocol: return "protocol error";
      case StreamErrc::overloaded: return "overloaded";
      case StreamErrc::cancelled: return "cancelled";
    }
    return "unknown stream error";
  }
};
#pragma GCC diagnostic pop

}  // namespace

const boost::system::error_category& stream_category() noexcept {
  static const StreamCategory category;
  return category;
}

}  // namespace konduit
