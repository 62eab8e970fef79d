#include <utility>

#include "proto/packet.hpp"
#include "proto/wire.hpp"

namespace konduit::proto {

namespace {

// What a frame carries that fills a TLS record together with its header.
constexpr std::size_t kFramePayload = 16 * 1024 - kFrameHeader;

// A payload up to this size is cheaper to copy than to send as a second slice.
constexpr std::size_t kTinyPayload = 1024;

struct Layout {
  std::size_t id_field;    // tag and varint of the connectID; 0 is left out, as every encoder does
  std::size_t data_field;  // tag and length of the bytes; left out where there are none
  std::size_t submessage;  // Data, with the payload
  std::size_t header;      // everything in front of the payload, the gRPC prefix included

  Layout(std::int64_t connect_id, std::size_t payload) noexcept
      : id_field(connect_id ? 1 + wire::varint_size(static_cast<std::uint64_t>(connect_id)) : 0),
        data_field(payload ? 1 + wire::varint_size(payload) : 0),
        submessage(id_field + data_field + payload),
        header(kMessagePrefix + 2 + 1 + wire::varint_size(submessage) + id_field + data_field) {}
};

void write_header(std::byte* out, const Layout& layout, std::int64_t connect_id, std::size_t payload) noexcept {
  out = wire::put_prefix(out, layout.header - kMessagePrefix + payload);
  out = wire::put_tag(out, wire::kPacketType);
  out = wire::put_varint(out, wire::kTypeData);
  out = wire::put_tag(out, wire::kPacketData);
  out = wire::put_varint(out, layout.submessage);
  if (layout.id_field) {
    out = wire::put_tag(out, wire::kDataConnectId);
    out = wire::put_varint(out, static_cast<std::uint64_t>(connect_id));
  }
  if (layout.data_field) {
    out = wire::put_tag(out, wire::kDataBytes);
    wire::put_varint(out, payload);
  }
}

Buffer separate_header(BlockPool& pool, std::int64_t connect_id, std::size_t payload) {
  const Layout layout(connect_id, payload);
  Buffer header = pool.allocate(layout.header, kFrameHeader);
  write_header(header.data(), layout, connect_id, payload);
  return header;
}

// The header of `size` bytes of payload, of which `first` are the first, into the room in front of them.
bool prepend_header(Buffer& first, std::int64_t connect_id, std::size_t size) noexcept {
  const Layout layout(connect_id, size);
  if (first.headroom() < layout.header) return false;
  write_header(first.prepend(layout.header).data(), layout, connect_id, size);
  return true;
}

// REQUIRES: the first slice has `count` bytes.
Buffer take_from_first(BufferQueue& queue, std::size_t count) {
  if (count == 0) return {};
  Buffer first = queue.pop_front();
  Buffer taken = first.split_front(count);
  queue.push_front(std::move(first));
  return taken;
}

}  // namespace

std::size_t data_header_size(std::int64_t connect_id, std::size_t payload) noexcept {
  return Layout(connect_id, payload).header;
}

std::size_t data_payload(std::int64_t connect_id, std::size_t frames) noexcept {
  // The lengths of all payloads near so many full frames take the same number of bytes, so the header's size does not
  // move.
  const std::size_t room = frames * kFramePayload;
  return room - data_header_size(connect_id, room - kDataHeadroom);
}

std::size_t data_slice(std::int64_t connect_id) noexcept {
  // The header of two is the longer one.
  return data_payload(connect_id, 2) - kFramePayload;
}

bool prepend_data_header(Buffer& payload, std::int64_t connect_id) noexcept {
  return prepend_header(payload, connect_id, payload.size());
}

void encode_data(BlockPool& pool, BufferQueue& out, std::int64_t connect_id, Buffer payload) {
  if (prepend_data_header(payload, connect_id)) {
    out.push_back(std::move(payload));
    return;
  }
  if (payload.size() <= kTinyPayload) {
    Buffer moved = pool.copy(payload.bytes(), kDataHeadroom);
    prepend_data_header(moved, connect_id);
    out.push_back(std::move(moved));
    return;
  }
  out.push_back(separate_header(pool, connect_id, payload.size()));
  out.push_back(std::move(payload));
}

void encode_data(BlockPool& pool, BufferQueue& out, std::int64_t connect_id, BufferQueue& payload, std::size_t count) {
  if (count == 0 || payload.front().size() >= count) {
    encode_data(pool, out, connect_id, take_from_first(payload, count));
    return;
  }
  Buffer first = payload.pop_front();
  const std::size_t rest = count - first.size();
  if (!prepend_header(first, connect_id, count)) out.push_back(separate_header(pool, connect_id, count));
  out.push_back(std::move(first));
  payload.move_to(out, rest);
}

}  // namespace konduit::proto
