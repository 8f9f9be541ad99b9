#include "orm/query/query_plan.h"

#include "orm/base/error.h"

namespace moonbase::query {

using base::Error;
using base::ErrorKind;
using expr::ElementPtr;
using expr::FromPtr;
using mapper::Mapper;

namespace {

ElementPtr number(int64_t n) { return expr::bind(base::Value::integer(n), types::integer()); }

// A column in a query is labelled table_column, as rows and subqueries know it.
ElementPtr labelled(const ElementPtr& e) {
  if (e->kind != expr::Kind::kColumn || e->from == nullptr) return e;
  const std::string& owner = e->from->table ? e->from->table->name() : e->from->name;
  const std::string& stem =
      e->from->kind == expr::FromKind::kAlias && !e->from->name.empty() ? e->from->name : owner;
  const std::string& name = e->column != nullptr ? e->column->name : e->name;
  return stem.empty() ? e : expr::label(e, stem + "_" + name);
}

void entity_columns(const Entity& e, bool with_labels, std::vector<ElementPtr>& out) {
  if (e.mapper == nullptr) {
    out.push_back(with_labels ? labelled(e.element) : e.element);
    return;
  }
  if (!with_labels) {
    for (int slot : e.mapper->column_slots())
      out.push_back(attribute_element(*e.mapper, e.from, slot));
    return;
  }
  if (e.from->id == e.mapper->from()->id) {
    const std::vector<ElementPtr>& columns = e.mapper->labelled_columns();
    out.insert(out.end(), columns.begin(), columns.end());
    return;
  }
  for (int slot : e.mapper->column_slots())
    out.push_back(labelled(expr::column(e.from, *e.mapper->column(slot))));
}

void fill_conditions(const Query& q, expr::Select& s) {
  if (q.from) s.froms.push_back(q.from);
  s.where = q.where;
  s.group_by = q.group_by;
  s.having = q.having;
  s.order_by = q.order_by;
  s.distinct = q.distinct;
  s.distinct_on = q.distinct_on;
  s.for_update = q.for_update;
  if (q.limit) s.limit = number(*q.limit);
  if (q.offset) s.offset = number(*q.offset);
}

// FROM clauses that the entities bring and the columns' own names would not (a class all of whose
// columns are there).
void fill_froms(const Query& q, expr::Select& s) {
  if (q.from) return;
  for (const Entity& e : q.entities)
    if (e.mapper != nullptr) s.froms.push_back(e.from);
}

[[noreturn]] void refuse_dml(const char* verb, const char* what) {
  throw Error(ErrorKind::kInvalidRequestError,
              std::string("query:") + verb + "() cannot be combined with " + what)
      .with_hint(std::string("select the keys first: filter(User.id:in_(subquery)):") + verb +
                 "()");
}

const Mapper& dml_target(const Query& q, const char* verb) {
  if (q.limit) refuse_dml(verb, "limit()");
  if (q.offset) refuse_dml(verb, "offset()");
  if (!q.order_by.empty()) refuse_dml(verb, "order_by()");
  if (!q.group_by.empty()) refuse_dml(verb, "group_by()");
  if (q.distinct) refuse_dml(verb, "distinct()");
  if (q.from) refuse_dml(verb, "join() or select_from()");
  if (q.set) refuse_dml(verb, "a union");
  if (!q.is_single_entity())
    throw Error(ErrorKind::kInvalidRequestError,
                std::string("query:") + verb + "() needs a query of exactly one class");
  if (q.entities[0].from->id != q.entities[0].mapper->from()->id) refuse_dml(verb, "an alias");
  return *q.entities[0].mapper;
}

}  // namespace

namespace {

QueryPlan plan(const Query& q, bool with_labels) {
  QueryPlan result;
  expr::Select s;
  for (const Entity& e : q.entities) {
    EntityPlan p;
    p.mapper = e.mapper;
    p.first_column = static_cast<int>(s.columns.size());
    if (e.mapper != nullptr) {
      const std::vector<int>& slots = e.mapper->column_slots();
      for (int key : e.mapper->primary_key())
        for (size_t i = 0; i < slots.size(); ++i)
          if (slots[i] == key) p.key_columns.push_back(p.first_column + static_cast<int>(i));
    }
    entity_columns(e, with_labels, s.columns);
    result.entities.push_back(std::move(p));
    result.names.push_back(e.name);
  }
  if (s.columns.empty())
    throw Error(ErrorKind::kInvalidRequestError, "a query needs something to select");
  if (q.set) {
    result.select = q.set;
    return result;
  }
  fill_froms(q, s);
  fill_conditions(q, s);
  result.select = expr::finish(std::move(s));
  return result;
}

}  // namespace

QueryPlan plan(const Query& q) { return plan(q, q.style == Style::kLegacy); }

expr::SelectPtr build_select(const Query& q) { return plan(q).select; }

expr::SelectPtr inner_select(const Query& q) { return plan(q, false).select; }

expr::SelectPtr count_select(const Query& q) {
  expr::Select s;
  const bool plain = !q.limit && !q.offset && !q.distinct && q.distinct_on.empty() &&
                     q.group_by.empty() && q.having.empty() && !q.set;
  bool entities_only = true;
  for (const Entity& e : q.entities) entities_only = entities_only && e.mapper != nullptr;
  if (plain && entities_only) {
    s.columns.push_back(expr::label(expr::function("count", {expr::star()}), "count_1"));
    fill_froms(q, s);
    if (q.from) s.froms.push_back(q.from);
    s.where = q.where;
    return expr::finish(std::move(s));
  }
  s.columns.push_back(expr::label(expr::function("count", {expr::star()}), "count_1"));
  Query inner = q;
  if (!q.limit && !q.offset) inner.order_by.clear();
  const expr::SelectPtr select = build_select(inner);
  s.froms.push_back(expr::subquery(select, "", select->hash.lo | 1));
  return expr::finish(std::move(s));
}

expr::ElementPtr exists_element(const Query& q) {
  if (q.set) {
    expr::Select s;
    s.columns.push_back(expr::literal_column("1", types::integer()));
    s.froms.push_back(expr::subquery(q.set, "", q.set->hash.lo | 1));
    return expr::exists(expr::finish(std::move(s)));
  }
  expr::Select s;
  s.columns.push_back(expr::literal_column("1", types::integer()));
  fill_froms(q, s);
  fill_conditions(q, s);
  s.order_by.clear();
  for (const Entity& e : q.entities)
    if (e.mapper == nullptr && !q.from) expr::collect_froms(e.element, s.froms);
  return expr::exists(expr::finish(std::move(s)));
}

std::shared_ptr<const expr::Update> update_statement(
    const Query& q, const std::vector<std::pair<int, ElementPtr>>& slot_values) {
  const Mapper& m = dml_target(q, "update");
  expr::Update u;
  u.table = m.table();
  for (const auto& [slot, value] : slot_values) u.set.emplace_back(m.column(slot), value);
  u.where = q.where;
  return expr::finish(std::move(u));
}

std::shared_ptr<const expr::Delete> delete_statement(const Query& q) {
  const Mapper& m = dml_target(q, "delete");
  expr::Delete d;
  d.table = m.table();
  d.where = q.where;
  return expr::finish(std::move(d));
}

expr::SelectPtr key_select(const Query& q) {
  const Mapper& m = *q.entities[0].mapper;
  expr::Select s;
  for (int slot : m.primary_key()) s.columns.push_back(m.element(slot));
  s.froms.push_back(m.from());
  s.where = q.where;
  return expr::finish(std::move(s));
}

}  // namespace moonbase::query
