// String and Text, LargeBinary, Enum, Uuid, and the type that is not known.
#include <algorithm>
#include <memory>
#include <optional>

#include "orm/base/error.h"
#include "orm/base/scalar.h"
#include "orm/base/text.h"
#include "orm/types/builtin.h"

namespace moonbase::types {
namespace {

using base::Error;
using base::ErrorKind;
using base::Tag;
using base::Value;

constexpr uint32_t kNullOnly = tag_mask({Tag::kNull});

class TextType final : public Type {
 public:
  explicit TextType(TypeSpec spec)
      : Type(std::move(spec), kNullOnly, tag_mask({Tag::kNull, Tag::kText})) {}

 private:
  Value do_cast(Value v) const override {
    if (v.tag() == Tag::kText || v.tag() == Tag::kBlob) {
      if (base::is_valid_utf8(v.as_bytes())) return std::move(v).retagged(Tag::kText);
      refuse_content(*this, "UTF-8 text", v, "bytes belong in a LargeBinary column");
    }
    const bool has_text_form = v.tag() != Tag::kJson && v.tag() < Tag::kNeverSet;
    refuse_sort(*this, "text", v, has_text_form ? "write tostring(…)" : "");
  }

  // A database whose columns hold anything (SQLite) may give numbers.
  Value do_load(Value v) const override {
    switch (v.tag()) {
      case Tag::kInt:
      case Tag::kDouble:
      case Tag::kBool:
        return Value::text(v.repr());
      case Tag::kBlob:
      case Tag::kDecimal:
      case Tag::kUuid:
      case Tag::kJson:
        return std::move(v).retagged(Tag::kText);
      default:
        cannot_read(*this, v);
    }
  }
};

class BinaryType final : public Type {
 public:
  explicit BinaryType(TypeSpec spec)
      : Type(std::move(spec), tag_mask({Tag::kNull, Tag::kBlob}),
             tag_mask({Tag::kNull, Tag::kBlob})) {}

 private:
  Value do_cast(Value v) const override {
    if (v.tag() == Tag::kText) return std::move(v).retagged(Tag::kBlob);
    refuse_sort(*this, "bytes (a string)", v);
  }
  Value do_load(Value v) const override {
    if (v.tag() == Tag::kText) return std::move(v).retagged(Tag::kBlob);
    cannot_read(*this, v);
  }
};

class EnumType final : public Type {
 public:
  explicit EnumType(TypeSpec spec) : Type(std::move(spec), kNullOnly, kNullOnly) {}

 private:
  bool has(std::string_view value) const {
    return std::find(enum_values().begin(), enum_values().end(), value) != enum_values().end();
  }

  // " (the values are 'a', 'b'; did you mean 'b'?)"
  std::string allowed(std::string_view value) const {
    std::vector<std::string> quoted;
    for (const std::string& v : enum_values()) quoted.push_back(base::quote_for_message(v));
    return "the values are " + base::join(quoted, ", ") + base::did_you_mean(value, enum_values());
  }

  Value do_cast(Value v) const override {
    if (v.tag() != Tag::kText) refuse_sort(*this, "text", v, allowed(""));
    if (!has(v.as_bytes())) refuse_content(*this, "one of its values", v, allowed(v.as_bytes()));
    return v;
  }

  Value do_load(Value v) const override {
    if (v.tag() != Tag::kText) cannot_read(*this, v);
    if (!has(v.as_bytes())) {
      throw Error(ErrorKind::kValueError,
                  "Couldn't read " + v.repr(60) + " as " + name() + "; " + allowed(v.as_bytes()));
    }
    return v;
  }
};

class UuidType final : public Type {
 public:
  explicit UuidType(TypeSpec spec)
      : Type(std::move(spec), tag_mask({Tag::kNull, Tag::kUuid}),
             tag_mask({Tag::kNull, Tag::kUuid})) {}

 private:
  Value do_cast(Value v) const override {
    constexpr std::string_view kTakes = "a UUID as text (32 hex digits, with or without hyphens)";
    if (v.tag() != Tag::kText) refuse_sort(*this, kTakes, v);
    if (const auto canonical = base::parse_uuid(v.as_bytes()))
      return Value::bytes(Tag::kUuid, *canonical);
    refuse_content(*this, kTakes, v);
  }
  Value do_load(Value v) const override {
    if (v.tag() == Tag::kText) {
      if (const auto canonical = base::parse_uuid(v.as_bytes()))
        return Value::bytes(Tag::kUuid, *canonical);
    }
    cannot_read(*this, v);
  }
};

class NullType final : public Type {
 public:
  explicit NullType(TypeSpec spec) : Type(std::move(spec), UINT32_MAX, UINT32_MAX) {}

 private:
  Value do_cast(Value v) const override { return v; }
  Value do_load(Value v) const override { return v; }
};

}  // namespace

TypePtr make_text(TypeSpec spec) { return std::make_shared<TextType>(std::move(spec)); }
TypePtr make_binary(TypeSpec spec) { return std::make_shared<BinaryType>(std::move(spec)); }
TypePtr make_uuid(TypeSpec spec) { return std::make_shared<UuidType>(std::move(spec)); }
TypePtr make_null(TypeSpec spec) { return std::make_shared<NullType>(std::move(spec)); }

TypePtr make_enumeration(TypeSpec spec) {
  if (spec.enum_values.empty())
    throw Error(ErrorKind::kArgumentError, spec.name + " needs its values: Enum('a', 'b')");
  int longest = 0;
  for (size_t i = 0; i < spec.enum_values.size(); ++i) {
    const std::string& value = spec.enum_values[i];
    if (std::find(spec.enum_values.begin(),
                  spec.enum_values.begin() + static_cast<std::ptrdiff_t>(i),
                  value) != spec.enum_values.begin() + static_cast<std::ptrdiff_t>(i)) {
      throw Error(ErrorKind::kArgumentError,
                  spec.name + " has the value " + base::quote_for_message(value) + " twice");
    }
    longest = std::max(longest, static_cast<int>(base::utf8_length(value)));
  }
  if (spec.length == kUnspecified) spec.length = longest;
  if (spec.length < longest) {
    throw Error(ErrorKind::kArgumentError, spec.name + ": length " + std::to_string(spec.length) +
                                               " is shorter than the longest value, which has " +
                                               std::to_string(longest) + " characters");
  }
  return std::make_shared<EnumType>(std::move(spec));
}

}  // namespace moonbase::types
