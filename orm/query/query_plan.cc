#include "orm/query/query_plan.h"

#include <algorithm>

#include "orm/base/error.h"
#include "orm/query/from_statement.h"
#include "orm/query/load_plan.h"
#include "orm/query/selectable.h"

namespace moonbase::query {

using base::Error;
using base::ErrorKind;
using expr::ElementPtr;
using expr::FromPtr;
using mapper::Mapper;

namespace {

ElementPtr number(int64_t n) { return expr::bind(base::Value::integer(n), types::integer()); }

// What few queries have.
void fill_extras(const Extras& extras, expr::Select& s) {
  s.froms.insert(s.froms.end(), extras.froms.begin(), extras.froms.end());
  s.correlate = extras.correlate;
  s.correlate_none = extras.correlation == Correlation::kNone;
  s.correlate_except = extras.correlation == Correlation::kAllExcept;
  s.ctes = extras.ctes;
  s.nest_here = extras.nest_here;
  s.prefixes = extras.prefixes;
  s.suffixes = extras.suffixes;
}

void fill_conditions(const Query& q, expr::Select& s) {
  if (q.from) s.froms.push_back(q.from);
  if (q.extras) fill_extras(*q.extras, s);
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

// A compound with the order and the cut of the whole.
expr::SelectPtr finish_set(const Query& q) {
  if (q.order_by.empty() && !q.limit && !q.offset && !q.extras) return q.set;
  expr::Select s = *q.set;
  s.order_by = q.order_by;
  if (q.limit) s.limit = number(*q.limit);
  if (q.offset) s.offset = number(*q.offset);
  if (q.extras) {
    s.ctes = q.extras->ctes;
    s.nest_here = q.extras->nest_here;
  }
  return expr::finish(std::move(s));
}

bool names(const Entity& e, const expr::From& tree) {
  std::vector<FromPtr> named;
  expr::collect_froms(e.element, named);
  return std::ranges::any_of(named, [&tree](const FromPtr& f) {
    return from_contains(tree.left, f->id) || from_contains(tree.right, f->id);
  });
}

// FROM clauses that the entities bring and the columns' own names would not (a class all of whose
// columns are there).
void fill_froms(const Query& q, expr::Select& s) {
  if (q.from) return;
  for (const Entity& e : q.entities) {
    if (e.mapper != nullptr) {
      s.froms.push_back(e.from);
    } else if (e.owner != nullptr) {
      // A column of a class is read from all tables of the class.
      const FromPtr& tables = e.owner_from ? e.owner_from : e.owner->from();
      if (tables->kind == expr::FromKind::kJoin && names(e, *tables)) s.froms.push_back(tables);
    }
  }
}

// A statement of the user's has no parts that could be changed.
void refuse_statement(const Query& q, const char* what) {
  if (q.extras && q.extras->statement)
    throw Error(ErrorKind::kInvalidRequestError,
                std::string("a query from from_statement() cannot be used ") + what)
        .with_hint("write it into the statement, or take db.text(…):columns{…}:subquery()");
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
  if (q.set || (q.extras && q.extras->adapter)) refuse_dml(verb, "a union");
  if (q.extras && q.extras->statement) refuse_dml(verb, "from_statement()");
  if (q.from) refuse_dml(verb, "join() or select_from()");
  if (!q.is_single_entity())
    throw Error(ErrorKind::kInvalidRequestError,
                std::string("query:") + verb + "() needs a query of exactly one class");
  if (q.entities[0].from->id != q.entities[0].mapper->from()->id) refuse_dml(verb, "an alias");
  return *q.entities[0].mapper;
}

[[noreturn]] void refuse_several_tables(const Mapper& m, const char* verb, const std::string& why) {
  throw Error(ErrorKind::kNotSupportedError,
              std::string("query:") + verb + "() of " + m.name() + ": " + why)
      .with_hint(std::string(verb) + " the objects one by one, or write the tables with db." +
                 verb + "(" + m.name() + ".__table__)");
}

using SlotValues = std::vector<std::pair<int, ElementPtr>>;

// Whether an UPDATE of this table alone can set these.
bool can_set(const mapper::TablePart& part, const Mapper& m, const SlotValues& values) {
  return std::ranges::all_of(values, [&](const auto& v) {
    std::vector<FromPtr> named;
    expr::collect_froms(v.second, named);
    return part.column(v.first) != nullptr &&
           std::ranges::find(m.primary_key(), v.first) == m.primary_key().end() &&
           std::ranges::all_of(named, [&](const FromPtr& f) { return f->table == part.table; });
  });
}

// Of a class in several tables one is written; its rows are those with the keys of the query's.
expr::Update update_of_part(const Query& q, const Mapper& m, const SlotValues& values) {
  const auto& parts = m.parts();
  const auto part = std::find_if(parts.rbegin(), parts.rend(),
                                 [&](const auto& p) { return can_set(p, m, values); });
  if (part == parts.rend())
    refuse_several_tables(m, "update",
                          "a statement writes one table; what is set here, and what it is "
                          "computed from, lies in several, or is part of the key");
  std::vector<ElementPtr> keys;
  for (int slot : m.primary_key()) keys.push_back(expr::column(part->from, *part->column(slot)));
  expr::Update u;
  u.table = part->table;
  for (const auto& [slot, value] : values) u.set.emplace_back(part->column(slot), value);
  const ElementPtr key = keys.size() == 1 ? keys[0] : expr::tuple(std::move(keys));
  u.where.push_back(expr::in(key, key_select(q), false));
  return u;
}

}  // namespace

ElementPtr labelled(const ElementPtr& e) {
  if (e->kind != expr::Kind::kColumn || e->from == nullptr) return e;
  const std::string& owner = e->from->table ? e->from->table->name() : e->from->name;
  const std::string& stem =
      e->from->kind == expr::FromKind::kAlias && !e->from->name.empty() ? e->from->name : owner;
  const std::string& name = e->column != nullptr ? e->column->name : e->name;
  return stem.empty() ? e : expr::label(e, stem + "_" + name);
}

void append_columns(const Entity& e, const mapper::LoadListPtr& list, bool with_labels,
                    std::vector<ElementPtr>& out) {
  if (e.mapper == nullptr) {
    out.push_back(with_labels ? labelled(e.element) : e.element);
    return;
  }
  if (with_labels && list == e.mapper->load_list() && e.from->id == e.mapper->from()->id) {
    const std::vector<ElementPtr>& columns = e.mapper->labelled_columns();
    out.insert(out.end(), columns.begin(), columns.end());
    return;
  }
  for (int slot : list->slots) {
    const ElementPtr column = attribute_element(*e.mapper, e.from, slot);
    out.push_back(with_labels ? labelled(column) : column);
  }
}

namespace {

// `q` is what the program wrote, `given`, with its criteria written out. Without a `trail` nothing
// is loaded along: the statement is a part of another.
QueryPlan plan(const Query& q, const Query& given, bool with_labels, const Trail* trail) {
  check_options(given);
  static const Trail kNone;
  const bool is_statement = q.extras && q.extras->statement;
  QueryPlan result;
  if (is_statement) result = plan_of_statement(q);
  LoadPlanner planner(q, trail != nullptr ? *trail : kNone, with_labels, !is_statement);
  expr::Select s;
  for (size_t i = 0; i < q.entities.size(); ++i) {
    const Entity& e = q.entities[i];
    EntityPlan p;
    p.mapper = e.mapper;
    p.first_column = static_cast<int>(s.columns.size());
    if (e.mapper != nullptr) {
      const OptionListPtr options = options_at(given, e);
      p.list = e.list ? e.list : load_list(*e.mapper, options);
      for (size_t position : p.list->key_positions)
        p.key_columns.push_back(p.first_column + static_cast<int>(position));
      if (trail != nullptr) planner.add(e, is_statement ? result.entities[i] : p, options);
    }
    if (is_statement) continue;
    append_columns(e, p.list, with_labels, s.columns);
    if (e.mapper != nullptr && given.options)
      put_expressions(*e.mapper, *p.list, options_at(given, e), e.mapper->from(),
                      static_cast<size_t>(p.first_column), s.columns);
    result.entities.push_back(std::move(p));
    result.names.push_back(e.name);
  }
  planner.note(result);
  if (is_statement) return result;
  if (s.columns.empty())
    throw Error(ErrorKind::kInvalidRequestError, "a query needs something to select");
  if (q.set) {
    result.select = finish_set(q);
    return result;
  }
  fill_froms(q, s);
  fill_conditions(q, s);
  planner.write(s);
  result.select = expr::finish(std::move(s));
  return result;
}

QueryPlan plan(const Query& q, bool with_labels, const Trail* trail) {
  return has_criteria(q) ? plan(with_criteria(q), q, with_labels, trail)
                         : plan(q, q, with_labels, trail);
}

}  // namespace

QueryPlan plan(const Query& q, const Trail& trail) {
  return plan(q, q.style == Style::kLegacy, &trail);
}

expr::StatementPtr build_statement(const Query& q) {
  QueryPlan result = plan(q);
  return result.statement ? std::move(result.statement) : std::move(result.select);
}

expr::SelectPtr build_select(const Query& q) {
  refuse_statement(q, "as a part of another query");
  return plan(q, q.style == Style::kLegacy, nullptr).select;
}

expr::SelectPtr inner_select(const Query& q) {
  refuse_statement(q, "as a part of another query");
  return plan(q, false, nullptr).select;
}

expr::SelectPtr count_select(const Query& q) {
  if (has_criteria(q)) return count_select(with_criteria(q));
  refuse_statement(q, "in count()");
  expr::Select s;
  const bool plain = !q.limit && !q.offset && !q.distinct && q.distinct_on.empty() &&
                     q.group_by.empty() && q.having.empty() && !q.set;
  bool entities_only = true;
  for (const Entity& e : q.entities) entities_only = entities_only && e.mapper != nullptr;
  if (plain && entities_only) {
    s.columns.push_back(expr::label(expr::function("count", {expr::star()}), "count_1"));
    fill_froms(q, s);
    if (q.from) s.froms.push_back(q.from);
    if (q.extras) fill_extras(*q.extras, s);
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
  if (has_criteria(q)) return exists_element(with_criteria(q));
  refuse_statement(q, "in exists()");
  if (q.set) {
    expr::Select s;
    s.columns.push_back(expr::literal_column("1", types::integer()));
    const expr::SelectPtr set = finish_set(q);
    s.froms.push_back(expr::subquery(set, "", set->hash.lo | 1));
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
  if (must_name_classes(q)) return update_statement(naming_classes(q), slot_values);
  const Mapper& m = dml_target(q, "update");
  if (m.parts().size() > 1) return expr::finish(update_of_part(q, m, slot_values));
  expr::Update u;
  u.table = m.table();
  for (const auto& [slot, value] : slot_values) u.set.emplace_back(m.column(slot), value);
  u.where = q.where;
  return has_criteria(q.options) ? with_criteria(u, q.options) : expr::finish(std::move(u));
}

std::shared_ptr<const expr::Delete> delete_statement(const Query& q) {
  if (must_name_classes(q)) return delete_statement(naming_classes(q));
  const Mapper& m = dml_target(q, "delete");
  if (m.parts().size() > 1)
    refuse_several_tables(m, "delete",
                          "its rows are in " + std::to_string(m.parts().size()) + " tables");
  expr::Delete d;
  d.table = m.table();
  d.where = q.where;
  return has_criteria(q.options) ? with_criteria(d, q.options) : expr::finish(std::move(d));
}

expr::SelectPtr key_select(const Query& q) {
  if (has_criteria(q)) return key_select(with_criteria(q));
  const Mapper& m = *q.entities[0].mapper;
  expr::Select s;
  for (int slot : m.primary_key()) s.columns.push_back(m.element(slot));
  s.froms.push_back(m.from());
  s.where = q.where;
  return expr::finish(std::move(s));
}

}  // namespace moonbase::query
