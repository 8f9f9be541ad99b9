// Two dialects for the compiler's tests, spelled as SQLite and PostgreSQL are but apart from the
// real ones, two tables to query, and `show`: a statement as its SQL and the values at its
// placeholders, in one text.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "orm/base/error.h"
#include "orm/compile/compiler.h"
#include "orm/expr/statement.h"

namespace moonbase::compile::test {

inline std::string type_name(const types::Type& type) {
  switch (type.base_kind()) {
    case types::TypeKind::kInteger:
      return "INTEGER";
    case types::TypeKind::kFloat:
      return "FLOAT";
    case types::TypeKind::kString:
    case types::TypeKind::kText:
      return type.length() < 0 ? "VARCHAR" : "VARCHAR(" + std::to_string(type.length()) + ")";
    default:
      throw base::Error(base::ErrorKind::kCompileError, "lite has no " + type.repr());
  }
}

inline const DialectTraits& lite() {
  static const DialectTraits kTraits = [] {
    DialectTraits t;
    t.name = "lite";
    t.reserved_words = {"from", "group", "order", "select", "table"};
    t.type_name = type_name;
    return t;
  }();
  return kTraits;
}

inline const DialectTraits& server() {
  static const DialectTraits kTraits = [] {
    DialectTraits t;
    t.name = "server";
    t.param_style = ParamStyle::kDollar;
    t.boolean_literals = true;
    t.boolean_needs_comparison = false;
    t.has_lateral = t.has_distinct_on = t.has_for_update = t.has_ilike = t.has_is_distinct_from =
        true;
    t.limit_needs_value_for_offset = false;
    t.compound_parentheses = true;
    t.tuple_in_values = false;
    t.reserved_words = {"from", "group", "order", "select", "table", "user"};
    t.type_name = type_name;
    t.special_form = [](const expr::Element& e,
                        const std::vector<std::string>& args) -> std::string {
      if (e.op == expr::Op::kRegexpMatch) return args[0] + " ~ " + args[1];
      // A dialect may turn arguments round: binds follow their place in the text.
      if (e.kind == expr::Kind::kFunction && e.name == "instr")
        return "strpos(" + args[1] + ", " + args[0] + ")";
      if (e.kind == expr::Kind::kJsonPath) return args[0] + " -> " + args[1];
      return "";
    };
    return t;
  }();
  return kTraits;
}

// user(id, username, email, age, active, created) and post(id, body, user_id).
struct Tables {
  schema::TablePtr user_table = make_user(), post_table = make_post();
  expr::FromPtr user = expr::table(user_table), post = expr::table(post_table);

  expr::ElementPtr u(const char* name) const {
    return expr::column(user, user_table->column(name));
  }
  expr::ElementPtr p(const char* name) const {
    return expr::column(post, post_table->column(name));
  }

  static schema::Column declared(const char* name, types::TypePtr type) {
    schema::Column c;
    c.name = c.key = name;
    c.type = std::move(type);
    c.primary_key = c.name == "id";
    return c;
  }
  static schema::TablePtr make_user() {
    schema::TableDef def;
    def.name = "user";
    def.columns = {declared("id", types::integer()),      declared("username", types::string(64)),
                   declared("email", types::string(120)), declared("age", types::integer()),
                   declared("active", types::boolean()),  declared("created", types::datetime())};
    return std::make_shared<schema::Table>(std::move(def));
  }
  static schema::TablePtr make_post() {
    schema::TableDef def;
    def.name = "post";
    def.columns = {declared("id", types::integer()), declared("body", types::string(140)),
                   declared("user_id", types::integer())};
    return std::make_shared<schema::Table>(std::move(def));
  }
};

inline expr::ElementPtr number(int64_t i) {
  return expr::bind(base::Value::integer(i), types::integer());
}
inline expr::ElementPtr word(std::string_view s) {
  return expr::bind(base::Value::text(s), types::string());
}
inline expr::ElementPtr eq(expr::ElementPtr l, expr::ElementPtr r) {
  return expr::compare(expr::Op::kEq, std::move(l), std::move(r));
}
inline expr::SelectPtr select(std::vector<expr::ElementPtr> columns,
                              std::vector<expr::ElementPtr> where = {},
                              std::vector<expr::FromPtr> froms = {}) {
  expr::Select s;
  s.columns = std::move(columns);
  s.where = std::move(where);
  s.froms = std::move(froms);
  return expr::finish(std::move(s));
}

// "SELECT … WHERE user.id = ? <- 3": the values in placeholder order, taken by the canonical order
// of the binds.
inline std::string show(const expr::Statement& s, const DialectTraits& traits) {
  const CompiledPtr compiled = compile(s, traits);
  std::vector<const expr::Element*> binds;
  expr::collect_binds(s, binds);
  std::string out = compiled->sql;
  const char* separator = " <- ";
  for (const BindSlot& slot : compiled->binds) {
    const expr::Element& bind = *binds.at(static_cast<size_t>(slot.index));
    out += separator + (bind.name.empty() ? bind.value.repr() : ":" + bind.name);
    separator = ", ";
  }
  return out;
}
template <class S>
std::string show(const std::shared_ptr<const S>& s, const DialectTraits& traits = lite()) {
  return show(*s, traits);
}
inline std::string show(const expr::ElementPtr& e, const DialectTraits& traits = lite()) {
  return compile_element(e, traits);
}

}  // namespace moonbase::compile::test
