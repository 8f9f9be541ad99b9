// What a column's value is: which values a program may give (`cast`), what the database's values
// become (`load`), when two values are the same (`equal`) and how one is written as SQL text
// (`literal`). A type says nothing about SQL spelling: the DDL name and the wire form of a date or
// a decimal belong to the dialect, which asks for `base_kind()` and the parameters. Types are
// immutable and shared by `TypePtr`; any thread may use one. Casting and loading throw base::Error
// (TypeError, ValueError) without the column's name: the caller adds it as context.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "orm/base/value.h"

namespace moonbase::types {

enum class TypeKind : uint8_t {
  kInteger,
  kBigInteger,
  kSmallInteger,
  kBoolean,
  kString,
  kText,
  kUnicode,
  kUnicodeText,
  kFloat,
  kDouble,
  kNumeric,
  kDate,
  kDateTime,
  kTime,
  kInterval,
  kLargeBinary,
  kEnum,
  kJson,
  kUuid,
  kArray,
  kNull,       // unknown: every value passes
  kSqlName,    // an upper-case SQL type, written as it is: VARCHAR, BLOB, REAL
  kDecorator,  // a user's own, over an implementation type
};

// "Integer", "DateTime": the name a program declares the kind with.
std::string_view kind_name(TypeKind kind);

class Type;
using TypePtr = std::shared_ptr<const Type>;

// A length, precision or scale that was not given.
inline constexpr int kUnspecified = -1;

// Everything that is declared about a type. Plain data; `make` turns it into a Type.
struct TypeSpec {
  TypeKind kind = TypeKind::kNull;
  TypeKind base_kind =
      TypeKind::kNull;        // how it behaves: differs from `kind` for kSqlName and kDecorator
  std::string name;           // "String", "VARCHAR", a decorator's class name
  int length = kUnspecified;  // characters or bytes
  int precision = kUnspecified;
  int scale = kUnspecified;
  bool timezone = false;
  bool as_decimal =
      false;  // Numeric and Float: values are exact decimals (Numeric's default), not doubles
  std::string collation;
  std::vector<std::string> enum_values;
  std::string enum_name;  // the native type's name, and the CHECK constraint's (also of a Boolean)
  bool native_enum = true;         // false: VARCHAR even where the database has enum types
  bool create_constraint = false;  // Enum and Boolean: emit CHECK (x IN (…))
  TypePtr item;                    // ARRAY's element type
  TypePtr impl;                    // a decorator's implementation type
  std::string token;  // whatever else tells two types of the same parameters apart (decorators)
  std::vector<std::pair<std::string, TypePtr>> variants;  // dialect name -> the type to use there
};

// A set of value tags as bits, for the two inline paths below.
constexpr uint32_t tag_mask(std::initializer_list<base::Tag> tags) {
  uint32_t mask = 0;
  for (base::Tag tag : tags) mask |= uint32_t{1} << static_cast<unsigned>(tag);
  return mask;
}

class Type {
 public:
  virtual ~Type();
  Type(const Type&) = delete;
  Type& operator=(const Type&) = delete;

  TypeKind kind() const { return spec_.kind; }
  // The generic kind it behaves as: kString for VARCHAR, the implementation's for a decorator.
  TypeKind base_kind() const { return spec_.base_kind; }
  // The declared name: "String", "VARCHAR".
  const std::string& name() const { return spec_.name; }
  // As a program writes it: "String(64)", "Numeric(10, 2)", "DateTime(timezone=true)".
  const std::string& repr() const { return repr_; }
  // The SQL spelling of a kSqlName: "DOUBLE PRECISION(…)" comes from the name DOUBLE_PRECISION. No
  // parameters.
  std::string sql_name() const;

  int length() const {
    return spec_.length;
  }  // kUnspecified (-1) when not given; Enum: its longest value
  int precision() const { return spec_.precision; }
  int scale() const { return spec_.scale; }
  bool timezone() const { return spec_.timezone; }
  bool as_decimal() const { return spec_.as_decimal; }
  const std::string& collation() const { return spec_.collation; }
  const std::vector<std::string>& enum_values() const { return spec_.enum_values; }
  const std::string& enum_name() const { return spec_.enum_name; }
  bool native_enum() const { return spec_.native_enum; }
  bool create_constraint() const { return spec_.create_constraint; }
  const TypePtr& item() const { return spec_.item; }
  const TypeSpec& spec() const { return spec_; }
  // What DDL and wire formats look at: a decorator's innermost implementation, else the type
  // itself.
  const Type& impl() const { return spec_.impl ? spec_.impl->impl() : *this; }
  // True when a value handed out may change in place, unseen by assignment (JSON, ARRAY).
  bool is_mutable() const {
    return base_kind() == TypeKind::kJson || base_kind() == TypeKind::kArray;
  }
  // Equal for two types exactly when they give the same SQL and the same results: part of statement
  // cache keys.
  const std::string& cache_token() const { return cache_token_; }

  // What a program gives -> the value the column keeps. Throws TypeError for the wrong sort of
  // value, ValueError for the right sort with an impossible content; the message says what to write
  // instead. NULL passes.
  base::Value cast(base::Value v) const {
    return passes(cast_mask_, v) ? std::move(v) : do_cast(std::move(v));
  }
  // What the database returned for a column of this type -> the column's value. Borrowed text may
  // stay borrowed. Throws ValueError ("Couldn't read 'x' as DateTime").
  base::Value load(base::Value v) const {
    return passes(load_mask_, v) ? std::move(v) : do_load(std::move(v));
  }
  // True when storing `b` over `a` changes nothing: numbers and decimals by value, NaN equals NaN,
  // bytes by content.
  virtual bool equal(const base::Value& a, const base::Value& b) const;
  // A value of this type (as `cast` gives it) as SQL text: 'it''s', 1.5, NULL. Throws CompileError
  // for what has none.
  virtual std::string literal(const base::Value& v) const;

  // The same type, but `type` on the dialect of that name ("sqlite"). Throws ArgumentError when it
  // has one already.
  TypePtr with_variant(TypePtr type, std::string dialect) const;
  // The type to use on a dialect: the variant, or this one.
  const Type& variant_for(std::string_view dialect) const;

 protected:
  // The masks name the tags that `cast` and `load` return unchanged; everything else reaches
  // do_cast and do_load, NULL too when its bit is not set. A decorator passes 0 for both.
  Type(TypeSpec spec, uint32_t cast_mask, uint32_t load_mask);

  virtual base::Value do_cast(base::Value v) const = 0;
  virtual base::Value do_load(base::Value v) const = 0;
  // A type of the same class from a changed spec, for with_variant. The built-in types ask `make`.
  virtual TypePtr rebuild(TypeSpec spec) const;

 private:
  static bool passes(uint32_t mask, const base::Value& v) {
    return (mask >> static_cast<unsigned>(v.tag())) & 1;
  }

  TypeSpec spec_;
  uint32_t cast_mask_, load_mask_;
  std::string repr_, cache_token_;
};

// The built-in type a spec describes, chosen by its base_kind. Throws ArgumentError for impossible
// parameters.
TypePtr make(TypeSpec spec);

// Factories. Those without parameters return one shared object.
TypePtr integer();
TypePtr big_integer();
TypePtr small_integer();
TypePtr boolean();
TypePtr string(int length = kUnspecified);
TypePtr text();
TypePtr unicode(int length = kUnspecified);
TypePtr unicode_text();
// The names without an underscore are keywords. NOLINTBEGIN(readability-identifier-naming)
TypePtr float_(int precision = kUnspecified);
TypePtr double_();
// NOLINTEND(readability-identifier-naming)
TypePtr numeric(int precision = kUnspecified, int scale = kUnspecified);
TypePtr date();
TypePtr datetime(bool timezone = false);
TypePtr time();
TypePtr interval();
TypePtr large_binary(int length = kUnspecified);
struct EnumOptions {
  std::string name;
  bool native_enum = true;
  bool create_constraint = false;
};
TypePtr enumeration(std::vector<std::string> values, EnumOptions options = {});
TypePtr json();
TypePtr uuid();
TypePtr array(TypePtr item);
TypePtr null();

// The generic type that behaves like `type`: String(64) for VARCHAR(64). A generic type or a
// decorator is returned as it is, an unknown SQL name gives null().
TypePtr as_generic(const TypePtr& type);

}  // namespace moonbase::types
