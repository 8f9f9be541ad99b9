// A dialect for the tests of this folder: SQLite's spelling without SQLite. `server_traits` is one
// that has what SQLite lacks: ALTER for constraints, identity columns, comments, index methods,
// short names.
#pragma once

#include <string>

#include "orm/base/error.h"
#include "orm/compile/traits.h"

namespace moonbase::compile {

inline std::string sqlite_like_type_name(const types::Type& type) {
  auto sized = [&](std::string name) {
    return type.length() < 0 ? name : name + "(" + std::to_string(type.length()) + ")";
  };
  switch (type.base_kind()) {
    case types::TypeKind::kInteger:
      return "INTEGER";
    case types::TypeKind::kBigInteger:
      return "BIGINT";
    case types::TypeKind::kBoolean:
      return "BOOLEAN";
    case types::TypeKind::kString:
    case types::TypeKind::kEnum:
      return sized("VARCHAR");
    case types::TypeKind::kText:
      return "TEXT";
    case types::TypeKind::kDateTime:
      return "DATETIME";
    case types::TypeKind::kNull:
      return "";
    default:
      throw base::Error(base::ErrorKind::kCompileError,
                        "The test dialect has no type for " + type.repr() + "");
  }
}

inline DialectTraits sqlite_like_traits() {
  DialectTraits traits;
  traits.name = "sqlite";
  traits.inline_primary_key_autoincrement = true;
  traits.reserved_words = {"group", "order", "select", "table"};
  traits.type_name = sqlite_like_type_name;
  return traits;
}

inline DialectTraits server_traits() {
  DialectTraits traits;
  traits.name = "server";
  traits.max_identifier = 30;
  traits.boolean_literals = true;
  traits.has_comments = traits.has_alter_constraint = true;
  traits.has_identity = traits.has_native_enum = traits.has_index_methods = true;
  traits.schema_on_index = traits.default_needs_parentheses = false;
  traits.reserved_words = {"group", "order", "select", "table", "user"};
  traits.type_name = sqlite_like_type_name;
  return traits;
}

}  // namespace moonbase::compile
