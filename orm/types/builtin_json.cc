// JSON and ARRAY: values that travel as JSON text and are parsed when somebody looks.
#include <memory>

#include <nlohmann/json.hpp>

#include "orm/base/error.h"
#include "orm/base/text.h"
#include "orm/types/builtin.h"

namespace moonbase::types {
namespace {

using base::Tag;
using base::Value;
using Json = nlohmann::json;

Json parse(std::string_view text) {
  return Json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
}

// Spelling (blanks, order of keys, 1 and 1.0) does not count. Text that is not JSON equals only
// itself.
bool equal_json(const Value& a, const Value& b) {
  if (!a.is_bytes() || !b.is_bytes()) return a.is_null() && b.is_null();
  if (a.as_bytes() == b.as_bytes()) return true;
  const Json x = parse(a.as_bytes()), y = parse(b.as_bytes());
  return !x.is_discarded() && x == y;
}

class JsonType final : public Type {
 public:
  explicit JsonType(TypeSpec spec)
      : Type(std::move(spec), tag_mask({Tag::kNull, Tag::kJson}),
             tag_mask({Tag::kNull, Tag::kJson})) {}

  bool equal(const Value& a, const Value& b) const override { return equal_json(a, b); }

 private:
  // A scalar of the program is that JSON scalar: 'x' is "x".
  Value do_cast(Value v) const override {
    constexpr std::string_view kTakes = "a table, text, a finite number or a boolean";
    switch (v.tag()) {
      case Tag::kBool:
      case Tag::kInt:
        return Value::bytes(Tag::kJson, v.repr());
      case Tag::kDouble: {
        const Json number = v.as_double();
        if (number.dump() == "null") refuse_content(*this, kTakes, v);
        return Value::bytes(Tag::kJson, number.dump());
      }
      case Tag::kText:
        if (!base::is_valid_utf8(v.as_bytes())) refuse_content(*this, "UTF-8 text", v);
        return Value::bytes(Tag::kJson, Json(v.as_bytes()).dump());
      default:
        refuse_sort(*this, kTakes, v);
    }
  }
  // Not parsed here: most loaded documents are never looked into.
  Value do_load(Value v) const override {
    switch (v.tag()) {
      case Tag::kText:
      case Tag::kBlob:
        return std::move(v).retagged(Tag::kJson);
      case Tag::kBool:
      case Tag::kInt:
      case Tag::kDouble:
        // A database whose JSON columns are numeric by affinity (SQLite) stores 1 as a number.
        return Value::bytes(Tag::kJson, v.repr());
      default:
        cannot_read(*this, v);
    }
  }
};

class ArrayType final : public Type {
 public:
  explicit ArrayType(TypeSpec spec)
      : Type(std::move(spec), tag_mask({Tag::kNull}), tag_mask({Tag::kNull})) {}

  bool equal(const Value& a, const Value& b) const override { return equal_json(a, b); }

 private:
  static bool is_list(const Value& v) {
    return v.is_bytes() && base::trim(v.as_bytes()).starts_with('[');
  }

  Value do_cast(Value v) const override {
    if (v.tag() != Tag::kJson || !is_list(v)) refuse_sort(*this, "a list", v);
    return v;
  }
  Value do_load(Value v) const override {
    if ((v.tag() != Tag::kJson && v.tag() != Tag::kText) || !is_list(v)) cannot_read(*this, v);
    return std::move(v).retagged(Tag::kJson);
  }
};

}  // namespace

TypePtr make_json(TypeSpec spec) { return std::make_shared<JsonType>(std::move(spec)); }

TypePtr make_array(TypeSpec spec) {
  if (!spec.item) {
    throw base::Error(base::ErrorKind::kArgumentError,
                      "ARRAY needs the type of its elements: ARRAY(Integer)");
  }
  return std::make_shared<ArrayType>(std::move(spec));
}

}  // namespace moonbase::types
