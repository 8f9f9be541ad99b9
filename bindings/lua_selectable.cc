// A query as a part of another statement: subquery, cte, union, correlate; and what is selected
// from without being a table: db.values, compounds, CTEs that name themselves.
#include "bindings/expr_support.h"
#include "bindings/guard.h"
#include "bindings/lua_model.h"
#include "bindings/lua_schema.h"
#include "bindings/query_box.h"
#include "orm/base/error.h"
#include "orm/query/query_plan.h"
#include "orm/query/selectable.h"

namespace moonbase::bindings {

using base::Error;
using base::ErrorKind;
using expr::ElementPtr;
using expr::FromPtr;
using expr::SelectPtr;
using expr::SetOp;
using query::Query;

namespace {

SelectPtr self_select(lua_State* L) {
  return query::inner_select(*effective_query(check_box<QueryBox>(L, 1)));
}

// A single optional name, as 'x' or {name = 'x'}.
std::string read_name(lua_State* L, int index, const char* call) {
  Kwargs kw(L, index, call);
  kw.expect_positional(0, 1);
  std::string name = kw.take_string("name").value_or("");
  kw.finish();
  if (kw.count() == 1) {
    kw.push(1);
    name = check_string(L, -1);
    lua_pop(L, 1);
  }
  return name;
}

// ---- as a FROM clause, as a value ----

int query_subquery(lua_State* L) {
  SelectPtr select = self_select(L);
  push_from(L, expr::subquery(std::move(select), read_name(L, 2, "subquery")));
  return 1;
}

int query_lateral(lua_State* L) {
  SelectPtr select = self_select(L);
  push_from(L, expr::lateral(std::move(select), read_name(L, 2, "lateral")));
  return 1;
}

int query_cte(lua_State* L) {
  push_cte(L, self_select(L), 2);
  return 1;
}

int query_exists(lua_State* L) {
  refuse_arguments(L, "exists");
  push_element(L, query::exists_element(*effective_query(check_box<QueryBox>(L, 1))));
  return 1;
}

int query_scalar_subquery(lua_State* L) {
  refuse_arguments(L, "scalar_subquery");
  push_element(L, expr::scalar_subquery(self_select(L)));
  return 1;
}

int query_label(lua_State* L) {
  std::string name(check_string(L, 2));
  push_element(L, expr::label(expr::scalar_subquery(self_select(L)), std::move(name)));
  return 1;
}

int query_compile(lua_State* L) {
  push_compiled(L, *query::build_statement(*effective_query(check_box<QueryBox>(L, 1))), 2);
  return 1;
}

int query_add_cte(lua_State* L) {
  Kwargs kw(L, 2, "add_cte");
  const bool nest_here = kw.take_boolean("nest_here", false);
  kw.finish();
  std::vector<FromPtr> ctes;
  for (int i = 1; i <= kw.count(); ++i) {
    kw.push(i);
    FromPtr from = test_from(L, -1);
    if (!from || from->kind != expr::FromKind::kCte)
      throw Error(ErrorKind::kArgumentError, "add_cte takes a CTE, made with query:cte(name)");
    ctes.push_back(std::move(from));
    lua_pop(L, 1);
  }
  if (ctes.empty()) throw Error(ErrorKind::kArgumentError, "add_cte needs a CTE");
  return derive(L, [&](Query& q) {
    query::Extras& extras = q.change_extras();
    std::vector<FromPtr>& all = nest_here ? extras.nest_here : extras.ctes;
    all.insert(all.end(), ctes.begin(), ctes.end());
  });
}

// ---- correlation ----

struct Correlating {
  query::Correlation how;
  std::vector<FromPtr> froms;
};

Correlating read_correlation(lua_State* L, bool except) {
  const char* name = except ? "correlate_except" : "correlate";
  if (lua_gettop(L) == 2 && lua_isnil(L, 2))
    return {except ? query::Correlation::kAllExcept : query::Correlation::kNone, {}};
  return {except ? query::Correlation::kAllExcept : query::Correlation::kOnly,
          check_froms(L, 2, name)};
}

template <bool except>
int query_correlate(lua_State* L) {
  Correlating c = read_correlation(L, except);
  return derive(L, [&](Query& q) {
    if (q.set) q.check_open(except ? "correlate_except" : "correlate");
    query::Extras& extras = q.change_extras();
    if (extras.correlation != c.how || c.froms.empty()) extras.correlate.clear();
    extras.correlation = c.how;
    for (FromPtr& f : c.froms) extras.correlate.push_back(std::move(f));
  });
}

// ---- compounds ----

SelectPtr check_part(lua_State* L, int index, const char* call) {
  if (SelectPtr select = test_select(L, index)) return select;
  throw Error(ErrorKind::kArgumentError,
              std::string(call) + " takes queries, got " + type_name_of(L, index))
      .with_hint(std::string("db.") + call + "(db.select(User.id), db.select(Post.user_id))");
}

// The parts given as several arguments or as one list, after `parts`.
void read_parts(lua_State* L, int first, const char* call, std::vector<SelectPtr>& parts) {
  Kwargs kw(L, first, call);
  kw.finish();
  for (int i = 1; i <= kw.count(); ++i) {
    kw.push(i);
    parts.push_back(check_part(L, lua_gettop(L), call));
    lua_pop(L, 1);
  }
  if (kw.count() == 0)
    throw Error(ErrorKind::kArgumentError, std::string(call) + " needs another query")
        .with_hint(std::string("query:") + call + "(other)");
}

Query set_query(SelectPtr set) {
  Query q;
  q.style = query::Style::kSelect;
  q.entities = query::set_entities(*set);
  q.set = std::move(set);
  return q;
}

struct SetName {
  SetOp op;
  const char* name;
};
constexpr SetName kUnion{SetOp::kUnion, "union"};
constexpr SetName kUnionAll{SetOp::kUnionAll, "union_all"};
constexpr SetName kIntersect{SetOp::kIntersect, "intersect"};
constexpr SetName kIntersectAll{SetOp::kIntersectAll, "intersect_all"};
constexpr SetName kExcept{SetOp::kExcept, "except"};
constexpr SetName kExceptAll{SetOp::kExceptAll, "except_all"};

template <const SetName& set>
int query_set(lua_State* L) {
  const QueryBox& box = check_box<QueryBox>(L, 1);
  std::vector<SelectPtr> parts = {self_select(L)};
  read_parts(L, 2, set.name, parts);
  const QueryPtr held = effective_query(box);
  const Query& first = *held;
  SelectPtr compound = query::compound(set.op, std::move(parts));
  if (first.style == query::Style::kSelect) {
    push_query(L, set_query(std::move(compound)), 0);
    return 1;
  }
  lua_getiuservalue(L, 1, 1);
  push_query(L, query::union_query(first, std::move(compound)), -1);
  test_box<QueryBox>(L, -1)->run_options = box.run_options;
  test_box<QueryBox>(L, -1)->shape = box.shape;
  return 1;
}

template <const SetName& set>
int moonbase_set(lua_State* L) {
  std::vector<SelectPtr> parts;
  read_parts(L, 1, set.name, parts);
  push_query(L, set_query(query::compound(set.op, std::move(parts))), 0);
  return 1;
}

// ---- statements of the user's ----

expr::StatementPtr check_given_statement(lua_State* L, int index) {
  if (const auto* box = test_box<StatementBox>(L, index)) return written_statement(*box);
  if (SelectPtr select = test_select(L, index)) return select;
  Error error(ErrorKind::kArgumentError,
              "from_statement takes db.text(…), a select or a statement "
              "with returning(…), got " +
                  type_name_of(L, index));
  if (lua_type(L, index) == LUA_TSTRING)
    throw std::move(error).with_hint("SQL text is marked as such: db.text '…'");
  throw error;
}

int query_from_statement(lua_State* L) {
  check_box<QueryBox>(L, 1);
  expr::StatementPtr statement = check_given_statement(L, 2);
  return derive(L, [&](Query& q) {
    if (!q.where.empty() || q.from || q.limit || q.offset || !q.order_by.empty() || q.set)
      throw Error(ErrorKind::kInvalidRequestError,
                  "from_statement() on a query that has conditions, joins or an order already")
          .with_hint("the statement is sent as it is: db.select(User):from_statement(…)");
    q.change_extras().statement = statement;
  });
}

// ---- what it selects and from where ----

int query_selected_columns(lua_State* L) {
  push_selected_columns(L, self_select(L));
  return 1;
}

int query_froms(lua_State* L) {
  const SelectPtr select = self_select(L);
  const std::vector<FromPtr>& froms = expr::effective_froms(*select);
  lua_createtable(L, static_cast<int>(froms.size()), 0);
  for (size_t i = 0; i < froms.size(); ++i) {
    push_from(L, froms[i]);
    lua_rawseti(L, -2, static_cast<lua_Integer>(i) + 1);
  }
  return 1;
}

constexpr MethodDef kSelectMethods[] = {
    {"exists", guarded<query_exists>,
     "exists()  EXISTS (this query), a condition: db.session:query(q:exists()):scalar()"},
    {"subquery", guarded<query_subquery>,
     "subquery([name])  this query as a FROM clause, with columns s.c.name"},
    {"cte", guarded<query_cte>,
     "cte(name), cte{name, recursive = true, nesting = true}  this query as a common table "
     "expression: WITH name AS (…); `nesting`: inside the SELECT that selects from it, not at the "
     "statement's head"},
    {"lateral", guarded<query_lateral>,
     "lateral([name])  a subquery that sees the rows of the FROM clauses before it"},
    {"scalar_subquery", guarded<query_scalar_subquery>,
     "scalar_subquery()  this query as a value in another"},
    {"label", guarded<query_label>, "label(name)  this query as a named value in another"},
    {"correlate", guarded<query_correlate<false>>,
     "correlate(class…)  inside another query, the rows of these are that query's; nil: none are"},
    {"correlate_except", guarded<query_correlate<true>>,
     "correlate_except(class…)  inside another query, the rows of all but these are that query's"},
    {"union", guarded<query_set<kUnion>>, "union(query…)  the rows of each, every row once"},
    {"union_all", guarded<query_set<kUnionAll>>, "union_all(query…)  the rows of each"},
    {"intersect", guarded<query_set<kIntersect>>, "intersect(query…)  the rows that all give"},
    {"intersect_all", guarded<query_set<kIntersectAll>>,
     "intersect_all(query…)  the rows that all give, as often as all do"},
    {"except_", guarded<query_set<kExcept>>,
     "except_(query…)  the rows of this that the others do not give"},
    {"except", guarded<query_set<kExcept>>, "except(query…)  the same as except_"},
    {"except_all", guarded<query_set<kExceptAll>>,
     "except_all(query…)  the rows of this, less those of the others one by one"},
    {"from_statement", guarded<query_from_statement>,
     "from_statement(db.text 'select …')  objects from a statement as it is; columns are found by "
     "name"},
    {"add_cte", guarded<query_add_cte>,
     "add_cte(cte…), add_cte{cte, nest_here = true}  put it into WITH though nothing selects from "
     "it; `nest_here`: into that of this SELECT, also inside another statement"},
    {"compile", guarded<query_compile>,
     "compile{dialect =, literal_binds =}  the SQL for a dialect: tostring is the text, params the "
     "values"},
};

constexpr MethodDef kSelectGetters[] = {
    {"selected_columns", guarded<query_selected_columns>,
     "selected_columns  what it selects, as expressions by name and position"},
    {"columns", guarded<query_selected_columns>, "columns  the same as selected_columns"},
    {"froms", guarded<query_froms>, "froms  the list of what it selects from"},
};

// ---- db.values ----

struct ValuesSpec {
  std::vector<std::string> names;
  std::vector<types::TypePtr> types;
  std::string name;
};
struct ValuesBox {
  std::shared_ptr<const ValuesSpec> spec;
};

}  // namespace

extern const ClassDef kValuesClass;
template <>
const ClassDef& class_of<ValuesBox>() {
  return kValuesClass;
}

namespace {

void read_values_column(lua_State* L, int index, ValuesSpec& spec) {
  const auto* box = test_box<ElementBox>(L, index);
  if (box == nullptr || box->element->kind != expr::Kind::kColumn)
    throw Error(ErrorKind::kArgumentError,
                "values: expected a column, got " + type_name_of(L, index))
        .with_hint(
            "db.values{db.column('id', db.Integer), db.column('name', db.String), "
            "name = 'v'}");
  spec.names.push_back(box->element->column_name());
  spec.types.push_back(box->element->type);
}

// values{column, …, name = 'v'}, values({column, …}, {name = 'v'}), values(column, …)
int moonbase_values(lua_State* L) {
  auto spec = std::make_shared<ValuesSpec>();
  const bool has_options = lua_gettop(L) == 2 && lua_istable(L, 1) && lua_istable(L, 2);
  if (has_options) {
    Kwargs options(L, 2, "values");
    options.expect_positional(0, 0);
    spec->name = options.take_string("name").value_or("");
    options.finish();
    lua_settop(L, 1);
  }
  Kwargs kw(L, 1, "values");
  if (!has_options) spec->name = kw.take_string("name").value_or("");
  kw.finish();
  for (int i = 1; i <= kw.count(); ++i) {
    kw.push(i);
    read_values_column(L, lua_gettop(L), *spec);
    lua_pop(L, 1);
  }
  if (spec->names.empty())
    throw Error(ErrorKind::kArgumentError, "values needs its columns")
        .with_hint("db.values{db.column('id', db.Integer), name = 'v'}:data{ {1}, {2} }");
  push_box(L, ValuesBox{std::move(spec)});
  return 1;
}

int values_data(lua_State* L) {
  const ValuesSpec& spec = *check_box<ValuesBox>(L, 1).spec;
  std::vector<std::vector<ElementPtr>> rows;
  const int count = check_list(L, 2, "data");
  for (int i = 1; i <= count; ++i) {
    lua_rawgeti(L, 2, i);
    const int row = lua_gettop(L);
    const int width = check_list(L, row, "data: row " + std::to_string(i));
    if (static_cast<size_t>(width) != spec.names.size())
      throw Error(ErrorKind::kArgumentError, "data: row " + std::to_string(i) + " has " +
                                                 std::to_string(width) + " values for " +
                                                 std::to_string(spec.names.size()) + " columns");
    std::vector<ElementPtr> items;
    for (int k = 1; k <= width; ++k) {
      const auto at = static_cast<size_t>(k - 1);
      lua_rawgeti(L, row, k);
      items.push_back(check_assigned_value(L, lua_gettop(L), spec.types[at], spec.names[at]));
      lua_pop(L, 1);
    }
    rows.push_back(std::move(items));
    lua_pop(L, 1);
  }
  push_from(L, expr::values(spec.names, spec.types, std::move(rows), spec.name));
  return 1;
}

constexpr MethodDef kValuesMethods[] = {
    {"data", guarded<values_data>, "data{ {1, 'a'}, {2, 'b'} }  the rows, to select from"},
};

}  // namespace

const ClassDef kValuesClass{
    .name = "Values",
    .doc = "the columns of rows that are given in the statement; data{…} gives the rows",
    .methods = kValuesMethods,
    .usage = "db.values{…}",
    .destroy = kDestroy<ValuesBox>,
};

// cte(name), cte{name, recursive = true, nesting = true}
void push_cte(lua_State* L, SelectPtr select, int index) {
  Kwargs kw(L, index, "cte");
  kw.expect_positional(0, 1);
  std::string name = kw.take_string("name").value_or("");
  const expr::CteOptions options{.recursive = kw.take_boolean("recursive", false),
                                 .nesting = kw.take_boolean("nesting", false)};
  kw.finish();
  if (kw.count() == 1) {
    kw.push(1);
    name = check_string(L, -1);
    lua_pop(L, 1);
  }
  push_from(L, expr::cte(std::move(select), std::move(name), options));
}

namespace {

// tree:union_all(select…): the CTE goes on, and the new parts may name it.
template <const SetName& set>
int cte_set(lua_State* L) {
  const FromPtr cte = check_box<FromBox>(L, 1).from;
  if (cte->kind != expr::FromKind::kCte)
    throw Error(ErrorKind::kInvalidRequestError,
                std::string(set.name) + "() is for CTEs: this is " + query::from_title(*cte))
        .with_hint(std::string("unite the queries: db.") + set.name + "(a, b):subquery()");
  std::vector<SelectPtr> parts;
  const bool goes_on = cte->select->set_op == set.op && cte->select->order_by.empty() &&
                       !cte->select->limit && !cte->select->offset;
  if (goes_on)
    parts = cte->select->parts;
  else
    parts.push_back(cte->select);
  read_parts(L, 2, set.name, parts);
  push_from(L, expr::cte(query::compound(set.op, std::move(parts)), cte->anonymous ? "" : cte->name,
                         {.recursive = cte->recursive, .nesting = cte->nesting}, cte->id));
  return 1;
}

constexpr MethodDef kCteMethods[] = {
    {"union", guarded<cte_set<kUnion>>,
     "union(select…)  a CTE with further parts, which may select from it; every row once"},
    {"union_all", guarded<cte_set<kUnionAll>>,
     "union_all(select…)  a CTE with further parts, which may select from it"},
};

constexpr MethodDef kFunctions[] = {
    {"union", guarded<moonbase_set<kUnion>>,
     "union(query, …)  the rows of each, every row once; rows of plain columns, classes and "
     "bundles "
     "taken apart: db.select(User):from_statement(union) makes objects"},
    {"union_all", guarded<moonbase_set<kUnionAll>>, "union_all(query, …)  the rows of each"},
    {"intersect", guarded<moonbase_set<kIntersect>>, "intersect(query, …)  the rows that all give"},
    {"intersect_all", guarded<moonbase_set<kIntersectAll>>,
     "intersect_all(query, …)  the rows that all give, as often as all do"},
    {"except_", guarded<moonbase_set<kExcept>>,
     "except_(query, …)  the rows of the first that the others do not give"},
    {"except", guarded<moonbase_set<kExcept>>, "except(query, …)  the same as except_"},
    {"except_all", guarded<moonbase_set<kExceptAll>>,
     "except_all(query, …)  the rows of the first, less those of the others one by one"},
    {"values", guarded<moonbase_values>,
     "values{db.column('id', db.Integer), …, name = 'v'}  rows given in the statement: "
     "values{…}:data{ {1}, {2} }"},
};

// A change of the SELECT inside an EXISTS or a scalar subquery.
template <bool except>
int element_correlation(lua_State* L) {
  const ElementPtr& e = check_box<ElementBox>(L, 1).element;
  const bool is_exists = e->kind == expr::Kind::kExists;
  if (!is_exists && e->kind != expr::Kind::kScalarSubquery)
    throw Error(ErrorKind::kArgumentError,
                std::string(except ? "correlate_except" : "correlate") +
                    "() is for subqueries: db.exists(…), query:scalar_subquery()");
  const Correlating c = read_correlation(L, except);
  expr::Select draft = *e->select;
  draft.correlate = c.froms;
  draft.correlate_none = c.how == query::Correlation::kNone;
  draft.correlate_except = except;
  SelectPtr select = expr::finish(std::move(draft));
  return push_result(
      L, is_exists ? expr::exists(std::move(select)) : expr::scalar_subquery(std::move(select)));
}

constexpr MethodDef kSubqueryMethods[] = {
    {"correlate", guarded<element_correlation<false>>,
     "correlate(class…)  a subquery in which the rows of these are the enclosing query's; nil: "
     "none "
     "are"},
    {"correlate_except", guarded<element_correlation<true>>,
     "correlate_except(class…)  a subquery in which the rows of all but these are the enclosing "
     "query's"},
};

}  // namespace

std::vector<FromPtr> check_froms(lua_State* L, int first, const char* where) {
  std::vector<FromPtr> out;
  const auto add = [&](int index) {
    FromPtr from = test_from(L, index);
    if (!from)
      throw Error(ErrorKind::kArgumentError, std::string(where) +
                                                 " takes classes, tables or subqueries, got " +
                                                 type_name_of(L, index));
    out.push_back(std::move(from));
  };
  for (int k = first, n = lua_gettop(L); k <= n; ++k) {
    if (!lua_istable(L, k) || test_from(L, k)) {
      add(k);
      continue;
    }
    for (int i = 1, count = check_list(L, k, where); i <= count; ++i) {
      lua_rawgeti(L, k, i);
      add(lua_gettop(L));
      lua_pop(L, 1);
    }
  }
  if (out.empty())
    throw Error(ErrorKind::kArgumentError,
                std::string(where) + " needs a class, a table or a subquery");
  return out;
}

std::span<const MethodDef> query_select_methods() { return kSelectMethods; }
std::span<const MethodDef> query_select_getters() { return kSelectGetters; }
std::span<const MethodDef> cte_methods() { return kCteMethods; }
std::span<const MethodDef> subquery_methods() { return kSubqueryMethods; }

void open_selectable(lua_State* L, int module) {
  register_class(L, kValuesClass);
  add_functions(L, module, kFunctions);
}

}  // namespace moonbase::bindings
