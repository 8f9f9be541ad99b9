#include <atomic>

#include "orm/base/error.h"
#include "orm/base/text.h"
#include "orm/expr/seal.h"
#include "orm/expr/statement.h"

namespace moonbase::expr {

namespace {

using base::Error;
using base::ErrorKind;

// Identities lie above every table uid; those of `excluded` and of texts are derived and lie higher
// still.
constexpr uint64_t kFirstIdentity = uint64_t{1} << 32;
constexpr uint64_t kExcludedIdentity = uint64_t{1} << 62;
constexpr uint64_t kTextIdentity = uint64_t{1} << 63;

// Takes a name, or makes it anonymous with a stem.
void set_name(From& f, std::string name, std::string stem) {
  f.anonymous = name.empty();
  f.name = f.anonymous ? std::move(stem) : std::move(name);
}

uint64_t identity_or_new(uint64_t identity) { return identity != 0 ? identity : new_identity(); }

std::shared_ptr<From> named_select(FromKind kind, SelectPtr select, std::string name,
                                   uint64_t identity) {
  auto f = std::make_shared<From>(kind);
  f->id = identity_or_new(identity);
  f->select = std::move(select);
  set_name(*f, std::move(name), "anon");
  return f;
}

}  // namespace

uint64_t new_identity() {
  static std::atomic<uint64_t> next{kFirstIdentity};
  return next.fetch_add(1, std::memory_order_relaxed);
}

FromPtr table(schema::TablePtr t) {
  auto f = std::make_shared<From>(FromKind::kTable);
  f->id = t->uid();
  f->name = t->name();
  f->table = std::move(t);
  return seal(std::move(f));
}

FromPtr alias(FromPtr of, std::string name, uint64_t identity) {
  if (of->kind == FromKind::kJoin) {
    throw Error(ErrorKind::kArgumentError, "A join has no alias")
        .with_hint("select from it and alias the subquery: db.select(…):select_from(…):subquery()");
  }
  while (of->kind == FromKind::kAlias) of = of->left;
  if (of->kind == FromKind::kFunction) {
    return table_function(of->function, std::move(name), identity, of->column_names,
                          of->column_types);
  }
  auto f = std::make_shared<From>(FromKind::kAlias);
  f->id = identity_or_new(identity);
  f->table = of->table;
  f->lateral = of->lateral;
  // A table and a named CTE or subquery lend their name as the stem: user_1.
  set_name(*f, std::move(name), of->name);
  f->left = std::move(of);
  return seal(std::move(f));
}

FromPtr excluded(const schema::TablePtr& t) {
  return alias(table(t), "excluded", kExcludedIdentity | t->uid());
}

FromPtr join(FromPtr left, FromPtr right, ElementPtr on, JoinKind kind, uint64_t identity) {
  if (!on && kind != JoinKind::kCross) {
    throw Error(ErrorKind::kArgumentError, "A join needs its ON condition");
  }
  auto f = std::make_shared<From>(FromKind::kJoin);
  f->join_kind = kind;
  f->id = identity;
  f->left = std::move(left);
  f->right = std::move(right);
  f->on = std::move(on);
  return seal(std::move(f));
}

FromPtr subquery(SelectPtr select, std::string name, uint64_t identity) {
  return seal(named_select(FromKind::kSubquery, std::move(select), std::move(name), identity));
}

FromPtr lateral(SelectPtr select, std::string name, uint64_t identity) {
  auto f = named_select(FromKind::kSubquery, std::move(select), std::move(name), identity);
  f->lateral = true;
  return seal(std::move(f));
}

FromPtr cte(SelectPtr select, std::string name, CteOptions options, uint64_t identity) {
  auto f = named_select(FromKind::kCte, std::move(select), std::move(name), identity);
  f->recursive = options.recursive;
  f->nesting = options.nesting;
  return seal(std::move(f));
}

FromPtr text_from(std::string sql, std::string name) {
  Hash128 h;
  h.mix(sql);
  h.mix(name);
  auto f = std::make_shared<From>(FromKind::kText);
  f->id = h.lo | kTextIdentity;
  f->column_names.push_back(std::move(sql));
  f->name = std::move(name);
  return seal(std::move(f));
}

FromPtr values(std::vector<std::string> column_names, std::vector<types::TypePtr> column_types,
               std::vector<std::vector<ElementPtr>> rows, std::string name, uint64_t identity) {
  if (rows.empty()) throw Error(ErrorKind::kArgumentError, "VALUES needs at least one row");
  for (const auto& row : rows) {
    if (row.size() == column_names.size()) continue;
    throw Error(ErrorKind::kArgumentError, "A row of VALUES has " + std::to_string(row.size()) +
                                               " values for " +
                                               std::to_string(column_names.size()) + " columns");
  }
  auto f = std::make_shared<From>(FromKind::kValues);
  f->id = identity_or_new(identity);
  f->column_names = std::move(column_names);
  f->column_types = std::move(column_types);
  f->rows = std::move(rows);
  set_name(*f, std::move(name), "anon");
  return seal(std::move(f));
}

FromPtr table_function(ElementPtr function, std::string name, uint64_t identity,
                       std::vector<std::string> column_names,
                       std::vector<types::TypePtr> column_types) {
  auto f = std::make_shared<From>(FromKind::kFunction);
  f->column_names = std::move(column_names);
  f->column_types = std::move(column_types);
  f->id = identity_or_new(identity);
  f->function = std::move(function);
  set_name(*f, std::move(name), "anon");
  return seal(std::move(f));
}

}  // namespace moonbase::expr
