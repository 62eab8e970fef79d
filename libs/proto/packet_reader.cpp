#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <utility>

#include <google/protobuf/stubs/logging.h>

#include "proto/konnectivity.pb.h"
#include "proto/packet.hpp"
#include "proto/window.hpp"
#include "proto/wire.hpp"

namespace konduit::proto {

namespace {

// The longest head of a DATA packet: four tags, each with a varint of ten bytes at the most. With so many bytes at hand
// the parser never asks for more.
constexpr std::size_t kLongestHead = 44;

enum class Match : std::uint8_t { yes, no, more };

struct DataHead {
  Match match = Match::no;
  std::size_t size = 0;
  std::size_t payload = 0;
  std::int64_t connect_id = 0;
};

// Reads the head of a DATA packet in the form that every known encoder writes: type, then Data as the last field, and
// in it connectID, then the bytes as the last field. `message` is the length that the prefix announced.
class HeadParser {
 public:
  HeadParser(std::span<const std::byte> bytes, std::size_t message) noexcept : bytes_(bytes), message_(message) {}

  DataHead parse() noexcept {
    std::uint64_t type = 0;
    std::uint64_t length = 0;
    if (!tag(wire::kPacketType) || !varint(type)) return answer();
    if (type != wire::kTypeData) return {};
    if (!tag(wire::kPacketData) || !varint(length)) return answer();
    if (length != message_ - position_) return {};

    std::uint64_t connect_id = 0;
    if (position_ < message_ && peek() == wire::kDataConnectId) {
      ++position_;
      if (!varint(connect_id)) return answer();
    }
    std::uint64_t payload = 0;
    if (position_ < message_) {
      if (!tag(wire::kDataBytes) || !varint(payload)) return answer();
      if (payload != message_ - position_) return {};
    }
    return {Match::yes, position_, static_cast<std::size_t>(payload), static_cast<std::int64_t>(connect_id)};
  }

 private:
  // What stopped the parser: bytes that have not come yet, or another form.
  DataHead answer() const noexcept { return {short_ ? Match::more : Match::no, 0, 0, 0}; }

  std::optional<std::uint8_t> peek() noexcept {
    if (position_ >= message_) return std::nullopt;
    if (position_ >= bytes_.size()) {
      short_ = true;
      return std::nullopt;
    }
    return static_cast<std::uint8_t>(bytes_[position_]);
  }

  bool tag(std::uint8_t expected) noexcept {
    if (peek() != expected) return false;
    ++position_;
    return true;
  }

  bool varint(std::uint64_t& value) noexcept {
    value = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
      const auto byte = peek();
      if (!byte) return false;
      ++position_;
      if (shift < 64) value |= static_cast<std::uint64_t>(*byte & 0x7f) << shift;
      if (!(*byte & 0x80)) return true;
    }
    return false;
  }

  std::span<const std::byte> bytes_;
  std::size_t message_;
  std::size_t position_ = 0;
  bool short_ = false;
};

}  // namespace

PacketReader::PacketReader(BlockPool& pool, std::size_t limit)
    : pool_(pool), limit_(limit), packet_(std::make_unique<::Packet>()) {
  // protobuf writes a line to standard error for each bad string, as often as a peer likes.
  [[maybe_unused]] static const auto previous = google::protobuf::SetLogHandler(nullptr);
}

PacketReader::~PacketReader() = default;

void PacketReader::push(Buffer bytes) {
  if (state_ == State::failed) {
    overhead_ += bytes.size();
    return;
  }
  input_.push_back(std::move(bytes));
}

PacketReader::Event PacketReader::next() {
  payload_.clear();
  charge_ = 0;
  if (packet_->payload_case() != ::Packet::PAYLOAD_NOT_SET) packet_->Clear();
  switch (state_) {
    case State::prefix:
    case State::head: {
      const Event event = read_head();
      if (event == Event::none) gather_head();
      return event;
    }
    case State::streaming: return stream_payload();
    case State::whole: return read_whole();
    case State::failed: break;
  }
  return error_ == Error::none ? Event::none : Event::error;
}

PacketReader::Event PacketReader::fail(Error error) noexcept {
  error_ = error;
  state_ = State::failed;
  overhead_ += input_.size();
  input_.clear();
  return Event::error;
}

PacketReader::Event PacketReader::read_head() {
  if (state_ == State::prefix) {
    std::array<std::byte, kMessagePrefix> prefix;
    if (input_.peek(prefix) < prefix.size()) return Event::none;
    if (prefix[0] != std::byte{0}) return fail(Error::compressed);
    remaining_ = 0;
    for (std::size_t i = 1; i < prefix.size(); ++i) remaining_ = remaining_ << 8 | static_cast<std::size_t>(prefix[i]);
    if (remaining_ > limit_) return fail(Error::too_large);
    input_.consume(prefix.size());
    overhead_ += prefix.size();
    state_ = State::head;
  }

  std::array<std::byte, kLongestHead> head;
  const std::size_t available = input_.peek(head);
  const DataHead data = HeadParser(std::span(head).first(available), remaining_).parse();
  if (data.match == Match::more) return Event::none;
  if (data.match == Match::no) {
    if (remaining_ > whole_limit_) return fail(Error::too_large);
    state_ = State::whole;
    return read_whole();
  }
  input_.consume(data.size);
  overhead_ += data.size;
  connect_id_ = data.connect_id;
  remaining_ = data.payload;
  fresh_ = true;
  if (remaining_ > 0) {
    state_ = State::streaming;
    return stream_payload();
  }
  starts_ = true;
  state_ = State::prefix;
  return Event::data;
}

// Where they lie, each of the few bytes may pin a large block.
void PacketReader::gather_head() {
  if (input_.empty()) return;
  Buffer head = pool_.allocate(input_.size());
  input_.peek(head.bytes());
  input_.clear();
  input_.push_back(std::move(head));
}

PacketReader::Event PacketReader::stream_payload() {
  // A head without bytes is not handed out: an empty piece would look like an empty packet.
  if (input_.empty()) return Event::none;
  const std::size_t piece = std::min(remaining_, input_.size());
  take_payload(piece);
  charge_ = piece;
  starts_ = std::exchange(fresh_, false);
  remaining_ -= piece;
  if (remaining_ == 0) state_ = State::prefix;
  return Event::data;
}

void PacketReader::take_payload(std::size_t count) {
  while (count > 0) {
    Buffer slice = input_.pop_front();
    if (slice.size() > count) {
      Buffer taken = slice.split_front(count);
      input_.push_front(std::move(slice));
      slice = std::move(taken);
    }
    count -= slice.size();
    const bool worth_copying = slice.size() <= Buffer::kSmall && wastes_memory(slice);
    payload_.push_back(worth_copying ? pool_.copy(slice.bytes()) : std::move(slice));
  }
}

PacketReader::Event PacketReader::read_whole() {
  gather_whole();
  if (gathered_ < remaining_) return Event::none;
  overhead_ += remaining_;
  gathered_ = 0;
  state_ = State::prefix;
  return read_message(std::move(whole_));
}

// As for a head. The block grows with what has come: what a message's prefix promises costs a peer nothing.
void PacketReader::gather_whole() {
  const std::size_t count = std::min(input_.size(), remaining_ - gathered_);
  if (const std::size_t size = gathered_ + count; size > whole_.size()) {
    Buffer larger = pool_.allocate(std::min(remaining_, 2 * size));
    std::copy_n(whole_.data(), gathered_, larger.data());
    whole_ = std::move(larger);
  }
  input_.peek(whole_.bytes().subspan(gathered_, count));
  input_.consume(count);
  gathered_ += count;
}

PacketReader::Event PacketReader::read_message(Buffer message) {
  if (const auto window = read_window(message.bytes())) {
    connect_id_ = window->connect_id;
    credit_ = window->bytes;
    return Event::window;
  }
  if (!packet_->ParseFromArray(message.data(), static_cast<int>(message.size()))) return fail(Error::malformed);
  if (packet_->type() == ::WINDOW && packet_->has_window()) {
    connect_id_ = packet_->window().connectid();
    credit_ = packet_->window().bytes();
    return Event::window;
  }
  if (packet_->type() != ::DATA || !packet_->has_data()) return Event::packet;

  connect_id_ = packet_->data().connectid();
  starts_ = true;
  charge_ = packet_->data().data().size();
  overhead_ -= charge_;
  payload_.push_back(pool_.copy(packet_->data().data()));
  packet_->Clear();
  return Event::data;
}

std::string_view PacketReader::text(Error error) noexcept {
  switch (error) {
    case Error::none: return "no error";
    case Error::compressed: return "the message is compressed, which was not agreed";
    case Error::too_large: return "the message is larger than the limit";
    case Error::malformed: return "the message is not a Packet";
  }
  return "unknown error";
}

std::size_t PacketReader::take_overhead() noexcept { return std::exchange(overhead_, 0); }

bool PacketReader::at_boundary() const noexcept { return state_ == State::prefix && input_.empty(); }

}  // namespace konduit::proto
