#include "orm/dialect/postgresql/postgresql_queue.h"

#include <cstring>

namespace moonbase::dialect::postgresql {

namespace {

using base::Tag;
using base::Value;

constexpr TypeId kTextId = 25;

// The type whose array holds the value: what has no binary form goes as text, and is cast.
TypeId item_type(const Value& value) {
  switch (value.tag()) {
    case Tag::kInt:
      return kInt8Id;
    case Tag::kDecimal:
    case Tag::kUuid:
      return kTextId;
    default: {
      const TypeId type = parameter_type(value);
      return type == kInferred ? kTextId : type;
    }
  }
}

void append_int32(std::string& out, size_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
}

void append_item(std::string& out, const Value& value, TypeId item) {
  const size_t begin = out.size();
  append_int32(out, 0);
  if (value.tag() == Tag::kBlob)
    out += value.as_bytes();
  else if (!append_binary(out, value, item))
    append_text(out, value);
  std::string length;
  append_int32(length, out.size() - begin - 4);
  out.replace(begin, 4, length);
}

}  // namespace

bool RowArrays::add(std::span<const Value> row) {
  if (count_ == kMaxQueued || bytes_ >= kMaxQueuedBytes) return false;
  for (size_t i = 0; i < row.size(); ++i) {
    const TypeId item = columns_[i].item;
    if (!row[i].is_null() && item != kInferred && item != item_type(row[i])) return false;
  }
  for (size_t i = 0; i < row.size(); ++i) {
    Column& column = columns_[i];
    const size_t before = column.bytes.size();
    if (row[i].is_null()) {
      append_int32(column.bytes, 0xffffffff);
      column.has_null = true;
    } else {
      column.item = item_type(row[i]);
      append_item(column.bytes, row[i], column.item);
    }
    bytes_ += column.bytes.size() - before;
  }
  ++count_;
  return true;
}

bool RowArrays::write(WireParameters& wire) const {
  bool is_as_before = true;
  wire.room.clear();
  for (size_t i = 0; i < columns_.size(); ++i) {
    const Column& column = columns_[i];
    const TypeId item = column.item == kInferred ? kTextId : column.item;
    is_as_before = is_as_before && wire.types[i] == array_of(item);
    wire.types[i] = array_of(item);
    wire.offsets[i] = wire.room.size();
    wire.formats[i] = 1;
    append_int32(wire.room, 1);  // dimensions
    append_int32(wire.room, column.has_null ? 1 : 0);
    append_int32(wire.room, item);
    append_int32(wire.room, count_);
    append_int32(wire.room, 1);  // the number of the first
    wire.room += column.bytes;
    wire.lengths[i] = static_cast<int>(wire.room.size() - wire.offsets[i]);
  }
  for (size_t i = 0; i < columns_.size(); ++i) wire.values[i] = wire.room.data() + wire.offsets[i];
  return is_as_before;
}

void RowArrays::clear() {
  for (Column& column : columns_) {
    column.item = kInferred;
    column.has_null = false;
    column.bytes.clear();
  }
  count_ = bytes_ = 0;
}

bool QueuedRuns::add(const WireParameters& wire) {
  if (count_ == kMaxQueued || room_.size() >= kMaxQueuedBytes) return false;
  for (size_t i = 0; i < wire.values.size(); ++i) {
    const char* value = wire.values[i];
    fields_.push_back({room_.size(), wire.lengths[i], wire.formats[i], value == nullptr});
    if (value == nullptr) continue;
    // Text ends with a NUL, which its length does not tell.
    const size_t size =
        wire.formats[i] == 0 ? std::strlen(value) + 1 : static_cast<size_t>(wire.lengths[i]);
    room_.append(value, size);
  }
  ++count_;
  return true;
}

void QueuedRuns::show(size_t run, WireParameters& wire) const {
  const size_t width = wire.values.size();
  for (size_t i = 0; i < width; ++i) {
    const Field& field = fields_[run * width + i];
    wire.values[i] = field.is_null ? nullptr : room_.data() + field.offset;
    wire.lengths[i] = field.length;
    wire.formats[i] = field.format;
  }
}

void QueuedRuns::clear() {
  room_.clear();
  fields_.clear();
  count_ = 0;
}

}  // namespace moonbase::dialect::postgresql
