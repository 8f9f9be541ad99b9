#include "orm/types/builtin.h"

#include "orm/base/error.h"

namespace moonbase::types {
namespace {

using base::Error;
using base::ErrorKind;

void check_parameters(const TypeSpec& spec) {
  const auto require = [&spec](int value, int least, const char* what) {
    if (value != kUnspecified && value < least) {
      throw Error(ErrorKind::kArgumentError, spec.name + ": " + what + " must be at least " +
                                                 std::to_string(least) + ", got " +
                                                 std::to_string(value));
    }
  };
  require(spec.length, 1, "length");
  require(spec.precision, 1, "precision");
  require(spec.scale, 0, "scale");
}

TypeSpec generic(TypeKind kind) {
  TypeSpec spec;
  spec.kind = spec.base_kind = kind;
  spec.name = kind_name(kind);
  spec.as_decimal = kind == TypeKind::kNumeric;
  return spec;
}

TypePtr with_length(TypeKind kind, int length) {
  TypeSpec spec = generic(kind);
  spec.length = length;
  return make(std::move(spec));
}

// One shared object per parameterless kind.
template <TypeKind Kind>
const TypePtr& shared() {
  static const TypePtr kType = make(generic(Kind));
  return kType;
}

}  // namespace

TypePtr make(TypeSpec spec) {
  check_parameters(spec);
  switch (spec.base_kind) {
    case TypeKind::kInteger:
    case TypeKind::kBigInteger:
    case TypeKind::kSmallInteger:
      return make_integer(std::move(spec));
    case TypeKind::kBoolean:
      return make_boolean(std::move(spec));
    case TypeKind::kString:
    case TypeKind::kText:
    case TypeKind::kUnicode:
    case TypeKind::kUnicodeText:
      return make_text(std::move(spec));
    case TypeKind::kFloat:
    case TypeKind::kDouble:
    case TypeKind::kNumeric:
      return spec.as_decimal ? make_decimal(std::move(spec)) : make_float(std::move(spec));
    case TypeKind::kDate:
      return make_date(std::move(spec));
    case TypeKind::kDateTime:
      return make_datetime(std::move(spec));
    case TypeKind::kTime:
      return make_time(std::move(spec));
    case TypeKind::kInterval:
      return make_interval(std::move(spec));
    case TypeKind::kLargeBinary:
      return make_binary(std::move(spec));
    case TypeKind::kEnum:
      return make_enumeration(std::move(spec));
    case TypeKind::kJson:
      return make_json(std::move(spec));
    case TypeKind::kUuid:
      return make_uuid(std::move(spec));
    case TypeKind::kArray:
      return make_array(std::move(spec));
    case TypeKind::kNull:
      return make_null(std::move(spec));
    case TypeKind::kSqlName:
    case TypeKind::kDecorator:
      break;
  }
  throw Error(ErrorKind::kArgumentError, spec.name + ": not a built-in type");
}

TypePtr integer() { return shared<TypeKind::kInteger>(); }
TypePtr big_integer() { return shared<TypeKind::kBigInteger>(); }
TypePtr small_integer() { return shared<TypeKind::kSmallInteger>(); }
TypePtr boolean() { return shared<TypeKind::kBoolean>(); }
TypePtr string(int length) {
  return length == kUnspecified ? shared<TypeKind::kString>()
                                : with_length(TypeKind::kString, length);
}
TypePtr text() { return shared<TypeKind::kText>(); }
TypePtr unicode(int length) {
  return length == kUnspecified ? shared<TypeKind::kUnicode>()
                                : with_length(TypeKind::kUnicode, length);
}
TypePtr unicode_text() { return shared<TypeKind::kUnicodeText>(); }

TypePtr float_(int precision) {
  if (precision == kUnspecified) return shared<TypeKind::kFloat>();
  TypeSpec spec = generic(TypeKind::kFloat);
  spec.precision = precision;
  return make(std::move(spec));
}

TypePtr double_() { return shared<TypeKind::kDouble>(); }

TypePtr numeric(int precision, int scale) {
  if (precision == kUnspecified && scale == kUnspecified) return shared<TypeKind::kNumeric>();
  TypeSpec spec = generic(TypeKind::kNumeric);
  spec.precision = precision;
  spec.scale = scale;
  return make(std::move(spec));
}

TypePtr date() { return shared<TypeKind::kDate>(); }

TypePtr datetime(bool timezone) {
  if (!timezone) return shared<TypeKind::kDateTime>();
  static const TypePtr kAware = [] {
    TypeSpec spec = generic(TypeKind::kDateTime);
    spec.timezone = true;
    return make(std::move(spec));
  }();
  return kAware;
}

TypePtr time() { return shared<TypeKind::kTime>(); }
TypePtr interval() { return shared<TypeKind::kInterval>(); }
TypePtr large_binary(int length) {
  return length == kUnspecified ? shared<TypeKind::kLargeBinary>()
                                : with_length(TypeKind::kLargeBinary, length);
}

TypePtr enumeration(std::vector<std::string> values, EnumOptions options) {
  TypeSpec spec = generic(TypeKind::kEnum);
  spec.enum_values = std::move(values);
  spec.enum_name = std::move(options.name);
  spec.native_enum = options.native_enum;
  spec.create_constraint = options.create_constraint;
  return make(std::move(spec));
}

TypePtr json() { return shared<TypeKind::kJson>(); }
TypePtr uuid() { return shared<TypeKind::kUuid>(); }

TypePtr array(TypePtr item) {
  TypeSpec spec = generic(TypeKind::kArray);
  spec.item = std::move(item);
  return make(std::move(spec));
}

TypePtr null() { return shared<TypeKind::kNull>(); }

TypePtr as_generic(const TypePtr& type) {
  if (type->kind() != TypeKind::kSqlName) return type;
  if (type->base_kind() == TypeKind::kNull) return null();
  TypeSpec spec = type->spec();
  spec.kind = spec.base_kind;
  spec.name = kind_name(spec.kind);
  return make(std::move(spec));
}

}  // namespace moonbase::types
