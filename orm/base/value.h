// A value as the ORM core knows it: 16 bytes, a tag and either a scalar or a run of bytes. It is
// what travels between a user's program, an instance's slots and a database driver. Text-like
// values own their bytes, or, made by `borrowed`, point at bytes that somebody else keeps alive (an
// instance's own tail, a driver's row buffer). A copy is always owned, so only a value that is
// moved around can be borrowed. Not synchronised: one thread at a time.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace moonbase::base {

enum class Tag : uint8_t {
  kNull,
  kBool,
  kInt,
  kDouble,
  kText,
  kBlob,
  kDecimal,   // canonical decimal text, "-12.50"
  kDate,      // days since 1970-01-01
  kTime,      // microseconds since midnight
  kDateTime,  // microseconds since 1970-01-01 00:00:00, with an optional UTC offset
  kInterval,  // microseconds
  kUuid,      // 36 characters, lower case, with hyphens
  kJson,      // JSON text
  // The tags below never leave an instance's slots: see state/instance.h.
  kNeverSet,
  kNotLoaded,
  kExpression,
  kObject,
  kCollection,
};

std::string_view tag_name(Tag tag);

// The UTC offset of a date-time that has none (a naive one).
inline constexpr int32_t kNaive = INT32_MIN;

class Value {
 public:
  Value() noexcept : tag_(Tag::kNull), owned_(false), size_(0) { payload_.i = 0; }
  static Value boolean(bool b) noexcept { return Value(Tag::kBool, b ? 1 : 0, 0); }
  static Value integer(int64_t i) noexcept { return Value(Tag::kInt, i, 0); }
  static Value real(double d) noexcept {
    Value v(Tag::kDouble, 0, 0);
    v.payload_.d = d;
    return v;
  }
  static Value text(std::string_view s) { return bytes(Tag::kText, s); }
  static Value blob(std::string_view s) { return bytes(Tag::kBlob, s); }
  // An owned text-like value of the given tag (text, blob, decimal, uuid, json). Throws
  // std::length_error past 4 GiB.
  static Value bytes(Tag tag, std::string_view s);
  // A text-like value that does not own its bytes: `s` must outlive it.
  static Value borrowed(Tag tag, std::string_view s) noexcept {
    Value v(tag, 0, static_cast<uint32_t>(s.size()));
    v.payload_.p = const_cast<char*>(s.data());
    return v;
  }
  static Value date(int64_t days) noexcept { return Value(Tag::kDate, days, 0); }
  static Value time(int64_t micros) noexcept { return Value(Tag::kTime, micros, 0); }
  static Value datetime(int64_t micros, int32_t utc_offset_seconds = kNaive) noexcept {
    return Value(Tag::kDateTime, micros, static_cast<uint32_t>(utc_offset_seconds));
  }
  static Value interval(int64_t micros) noexcept { return Value(Tag::kInterval, micros, 0); }
  // A tag without content: the slot markers.
  static Value marker(Tag tag) noexcept { return Value(tag, 0, 0); }
  // A slot that points at something its owner manages (an instance, a collection, an expression).
  static Value pointer(Tag tag, void* p) noexcept {
    Value v(tag, 0, 0);
    v.payload_.o = p;
    return v;
  }

  Value(const Value& other) : Value() { copy_from(other); }
  Value(Value&& other) noexcept
      : tag_(other.tag_), owned_(other.owned_), size_(other.size_), payload_(other.payload_) {
    other.owned_ = false;
    other.tag_ = Tag::kNull;
  }
  Value& operator=(const Value& other) {
    if (this != &other) {
      Value copy(other);
      *this = std::move(copy);
    }
    return *this;
  }
  Value& operator=(Value&& other) noexcept {
    if (this != &other) {
      if (owned_) release();
      tag_ = other.tag_;
      owned_ = other.owned_;
      size_ = other.size_;
      payload_ = other.payload_;
      other.owned_ = false;
      other.tag_ = Tag::kNull;
    }
    return *this;
  }
  ~Value() {
    if (owned_) release();
  }

  Tag tag() const noexcept { return tag_; }
  bool is_null() const noexcept { return tag_ == Tag::kNull; }
  bool is_bytes() const noexcept {
    return tag_ == Tag::kText || tag_ == Tag::kBlob || tag_ == Tag::kDecimal ||
           tag_ == Tag::kUuid || tag_ == Tag::kJson;
  }
  // Never set or not loaded: there is no value here at all.
  bool is_absent() const noexcept { return tag_ == Tag::kNeverSet || tag_ == Tag::kNotLoaded; }

  bool as_bool() const noexcept { return payload_.i != 0; }
  int64_t as_int() const noexcept { return payload_.i; }  // also days and microseconds
  double as_double() const noexcept { return payload_.d; }
  std::string_view as_bytes() const noexcept { return {payload_.p, size_}; }
  int32_t utc_offset() const noexcept { return static_cast<int32_t>(size_); }
  void* as_pointer() const noexcept { return payload_.o; }

  // Makes a borrowed value own its bytes.
  void own();
  // The same bytes, owned or borrowed as they were, as another text-like tag: text that turns out
  // to be JSON.
  Value&& retagged(Tag tag) && noexcept {
    tag_ = tag;
    return std::move(*this);
  }

  // Same tag and same content. Types decide about equality across representations (types/type.h).
  friend bool operator==(const Value& a, const Value& b) noexcept { return equal(a, b); }
  uint64_t hash() const noexcept;
  // For messages and echo: 'text' quoted, NULL, 3, 2.5, x'00ff'; long bytes are cut in the middle
  // at `max_bytes`.
  std::string repr(size_t max_bytes = 200) const;

 private:
  Value(Tag tag, int64_t i, uint32_t size) noexcept : tag_(tag), owned_(false), size_(size) {
    payload_.i = i;
  }
  static bool equal(const Value& a, const Value& b) noexcept;
  void copy_from(const Value& other);
  void release() noexcept;

  Tag tag_;
  bool owned_;
  uint32_t size_;  // bytes, or the UTC offset of a date-time
  union {
    int64_t i;
    double d;
    char* p;
    void* o;
  } payload_;
};

static_assert(sizeof(Value) == 16);

}  // namespace moonbase::base

template <>
struct std::hash<moonbase::base::Value> {
  size_t operator()(const moonbase::base::Value& v) const noexcept {
    return static_cast<size_t>(v.hash());
  }
};
