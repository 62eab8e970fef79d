#include "packets.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>

namespace konduit::bench {

namespace {

enum PacketType : unsigned { kDialRequest = 0, kDialResponse = 1, kCloseRequest = 2, kCloseResponse = 3, kData = 4 };

constexpr std::size_t kPrefix = 5;
constexpr std::size_t kLongestMessage = 64 * 1024;  // of those that are collected as a whole
constexpr unsigned kVarint = 0;
constexpr unsigned kBytes = 2;

void put_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

void put_number(std::string& out, unsigned field, std::uint64_t value) {
  put_varint(out, field << 3 | kVarint);
  put_varint(out, value);
}

void put_head(std::string& out, unsigned field, std::size_t size) {
  put_varint(out, field << 3 | kBytes);
  put_varint(out, size);
}

void put_bytes(std::string& out, unsigned field, std::string_view bytes) {
  put_head(out, field, bytes.size());
  out += bytes;
}

/// A gRPC message of `packet`, which goes on for `more` bytes.
std::string message(const std::string& packet, std::size_t more = 0) {
  const std::size_t size = packet.size() + more;
  std::string out(1, '\0');
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(size >> shift);
  return out + packet;
}

std::string packet(unsigned type, unsigned field, const std::string& payload) {
  std::string out;
  put_number(out, 1, type);
  put_bytes(out, field, payload);
  return message(out);
}

[[noreturn]] void fail() { throw std::runtime_error("the server sent what is no packet"); }

/// Walks over the fields of a protobuf message.
class Fields {
 public:
  explicit Fields(std::span<const char> bytes) : left_(bytes) {}

  struct Field {
    unsigned number = 0;
    std::uint64_t value = 0;      // of a number, or the size of `bytes` even where they are not there as a whole
    std::span<const char> bytes;  // as far as they are there
  };

  std::optional<Field> next() {
    if (left_.empty()) return std::nullopt;
    const std::uint64_t tag = varint();
    Field field{.number = static_cast<unsigned>(tag >> 3), .value = varint(), .bytes = {}};
    if ((tag & 7) == kBytes) {
      field.bytes = left_.first(std::min<std::uint64_t>(field.value, left_.size()));
      left_ = left_.subspan(field.bytes.size());
    } else if ((tag & 7) != kVarint) {
      fail();
    }
    return field;
  }

 private:
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !left_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(left_.front());
      left_ = left_.subspan(1);
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    fail();
  }

  std::span<const char> left_;
};

}  // namespace

std::string dial_request(std::string_view address, std::int64_t random) {
  std::string request;
  put_bytes(request, 1, "tcp");
  put_bytes(request, 2, address);
  put_number(request, 3, static_cast<std::uint64_t>(random));
  return packet(kDialRequest, 2, request);
}

std::string close_request(std::int64_t connect_id) {
  std::string request;
  put_number(request, 1, static_cast<std::uint64_t>(connect_id));
  return packet(kCloseRequest, 5, request);
}

std::string data_head(std::int64_t connect_id, std::size_t bytes) {
  std::string data;
  put_number(data, 1, static_cast<std::uint64_t>(connect_id));
  put_head(data, 3, bytes);
  std::string out;
  put_number(out, 1, kData);
  put_head(out, 4, data.size() + bytes);
  return message(out + data, bytes);
}

void PacketReader::push(std::span<const char> bytes) {
  while (!bytes.empty()) {
    if (payload_left_ != 0) {
      const auto payload = bytes.first(std::min(payload_left_, bytes.size()));
      bytes = bytes.subspan(payload.size());
      payload_left_ -= payload.size();
      handler_.on_data(payload);
      continue;
    }
    collect(bytes, goal());
    if (head_.size() == kPrefix) {
      if (head_[0] != 0) throw std::runtime_error("the server sent a compressed message");
      length_ = 0;
      for (std::size_t i = 1; i != kPrefix; ++i) length_ = length_ << 8 | static_cast<unsigned char>(head_[i]);
    }
    if (head_.size() >= kPrefix && head_.size() == goal()) read_collected();
  }
}

void PacketReader::collect(std::span<const char>& bytes, std::size_t goal) {
  const auto piece = bytes.first(std::min(goal - head_.size(), bytes.size()));
  head_.append(piece.data(), piece.size());
  bytes = bytes.subspan(piece.size());
}

/// How much of the message must be there: first what tells whether it is DATA, whose payload is not collected.
std::size_t PacketReader::goal() const {
  constexpr std::size_t kType = 2;
  if (head_.size() < kPrefix) return kPrefix;
  if (head_.size() < kPrefix + kType) return kPrefix + std::min(length_, kType);
  const bool data = head_[kPrefix] == 1 << 3 && head_[kPrefix + 1] == kData;
  if (!data && length_ > kLongestMessage) fail();
  return kPrefix + (data ? std::min(length_, kDataHead) : length_);
}

void PacketReader::read_collected() {
  unsigned type = 0;
  std::span<const char> payload;
  Fields fields(std::span<const char>(head_).subspan(kPrefix));
  while (const auto field = fields.next()) {
    if (field->number == 1) {
      type = static_cast<unsigned>(field->value);
    } else {
      payload = field->bytes;
    }
  }
  type == kData ? read_data(payload) : read_answer(type, payload);
  head_.clear();
}

void PacketReader::read_data(std::span<const char> data) {
  Fields fields(data);
  while (const auto field = fields.next()) {
    if (field->number != 3) continue;
    payload_left_ = field->value - field->bytes.size();
    if (!field->bytes.empty()) handler_.on_data(field->bytes);
  }
}

void PacketReader::read_answer(unsigned type, std::span<const char> answer) {
  if (type != kDialResponse && type != kCloseResponse) return;
  std::string error;
  std::int64_t connect_id = 0;
  Fields fields(answer);
  while (const auto field = fields.next()) {
    if (field->number == 1) error.assign(field->bytes.begin(), field->bytes.end());
    if (field->number == 2) connect_id = static_cast<std::int64_t>(field->value);
  }
  type == kDialResponse ? handler_.on_dial_answer(error, connect_id) : handler_.on_close_answer();
}

}  // namespace konduit::bench
