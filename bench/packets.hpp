#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

/// The few packets of the tunnel protocol (proto/konnectivity.proto) that a client needs, as gRPC messages. Written
/// anew instead of linked, so that a fault of the proxy's own code is not shared by what measures it.
namespace konduit::bench {

std::string dial_request(std::string_view address, std::int64_t random);
std::string close_request(std::int64_t connect_id);
/// What comes before so many bytes in a DATA message.
std::string data_head(std::int64_t connect_id, std::size_t bytes);

/// No head of a DATA message is longer.
inline constexpr std::size_t kDataHead = 35;

/// Whom a PacketReader tells.
class PacketHandler {
 public:
  /// `error` is empty on success.
  virtual void on_dial_answer(const std::string& error, std::int64_t connect_id) = 0;
  virtual void on_data(std::span<const char> bytes) = 0;
  virtual void on_close_answer() = 0;

 protected:
  ~PacketHandler() = default;
};

/// Takes what a server sends on one stream apart, in whatever pieces it comes. Packets that a client need not know are
/// passed over. Throws std::runtime_error for what is no packet.
class PacketReader {
 public:
  explicit PacketReader(PacketHandler& handler) : handler_(handler) {}

  void push(std::span<const char> bytes);

 private:
  void collect(std::span<const char>& bytes, std::size_t goal);
  std::size_t goal() const;
  void read_collected();
  void read_data(std::span<const char> fields);
  void read_answer(unsigned type, std::span<const char> fields);

  PacketHandler& handler_;
  std::string head_;              // the prefix and the message, or of DATA as much as has its head
  std::size_t length_ = 0;        // of the message
  std::size_t payload_left_ = 0;  // of a DATA message, behind what is in head_
};

}  // namespace konduit::bench
