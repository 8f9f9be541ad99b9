// The methods that say which rows a query gives and what of them: filter, order_by, limit,
// with_entities and the like. Each gives a changed copy.
#include <algorithm>
#include <iterator>

#include "bindings/descriptor.h"
#include "bindings/guard.h"
#include "bindings/lua_bundle.h"
#include "bindings/lua_expr.h"
#include "bindings/lua_model.h"
#include "bindings/lua_options.h"
#include "bindings/lua_syntax.h"
#include "bindings/query_box.h"
#include "bindings/stack.h"
#include "orm/base/error.h"
#include "orm/query/query_plan.h"

namespace moonbase::bindings {

using base::Error;
using base::ErrorKind;
using query::Entity;
using query::Query;

namespace {

// Filters, groups and the like take several conditions.
template <class F>
void each_argument(lua_State* L, F&& f) {
  for (int k = 2, n = lua_gettop(L); k <= n; ++k) f(k);
}

int query_filter(lua_State* L) {
  return derive(L, [&](Query& q) {
    const char* method = q.style == query::Style::kSelect ? "where" : "filter";
    each_argument(L, [&](int k) { q.add_where(check_condition(L, k, "filter"), method); });
  });
}

int query_filter_by(lua_State* L) {
  check_box<QueryBox>(L, 1);
  if (!lua_istable(L, 2))
    throw Error(ErrorKind::kArgumentError,
                "filter_by takes names and values in braces, got " + type_name_of(L, 2))
        .with_hint("filter_by{username = 'susan'}; conditions go to filter(…)");
  return derive(L, [&](Query& q) {
    q.check_open("filter_by");
    const mapper::Mapper* m = nullptr;
    const bool is_of_table = q.join_point.mapper == nullptr && q.join_point.from;
    if (!is_of_table && (q.join_point.mapper != nullptr ||
                         (!q.entities.empty() && q.entities[0].mapper != nullptr)))
      m = q.primary_entity().mapper;
    std::vector<std::string> names = string_keys(L, 2);
    std::ranges::move(remembered_names(L, 2), std::back_inserter(names));
    if (names.empty())
      throw Error(ErrorKind::kArgumentError, "filter_by{} names nothing to compare")
          .with_hint(
              "a name whose value is nil vanishes from a Lua table: for IS NULL write "
              "filter_by{email = db.null}");
    // In column order, whatever order the table has; what the class computes comes last.
    const auto order = [m](const std::string& name) {
      const mapper::Attribute* a = m->find(name);
      return a == nullptr ? m->slot_count() : a->slot;
    };
    if (m != nullptr && names.size() > 1)
      std::ranges::stable_sort(
          names, [&](const std::string& a, const std::string& b) { return order(a) < order(b); });
    for (const std::string& name : names) {
      push_string(L, name);
      lua_gettable(L, 2);
      const mapper::Attribute* a = m == nullptr ? nullptr : m->find(name);
      if (a != nullptr && a->relationship != nullptr) {
        q.add_where(check_relationship_operand(L, lua_gettop(L), *a->relationship,
                                               q.primary_entity().from));
      } else if (expr::ElementPtr computed =
                     a != nullptr || m == nullptr
                         ? nullptr
                         : computed_equals(L, *m, q.primary_entity().from, name, -1)) {
        q.add_where(std::move(computed));
      } else {
        const expr::ElementPtr column = q.attribute(name);
        q.add_where(is_nil_or_null(L, -1)
                        ? expr::binary(expr::Op::kIs, column, expr::null())
                        : expr::binary(expr::Op::kEq, column, check_element(L, -1, column)));
      }
      lua_pop(L, 1);
    }
  });
}

// order_by and group_by: columns or label names, several or in a list; nil clears.
void add_order(lua_State* L, int index, std::vector<expr::ElementPtr>& out) {
  if (lua_isnil(L, index) || (lua_isboolean(L, index) && !lua_toboolean(L, index))) {
    out.clear();
    return;
  }
  if (lua_istable(L, index)) {
    if (!string_keys(L, index).empty())
      throw Error(ErrorKind::kTypeError, "order_by and group_by take columns in a row, not by name")
          .with_hint("order_by(User.name, User.id:desc())");
    for (lua_Integer k = 1, n = luaL_len(L, index); k <= n; ++k) {
      lua_geti(L, index, k);
      add_order(L, -1, out);
      lua_pop(L, 1);
    }
    return;
  }
  if (const auto* composite = test_box<CompositeAttributeBox>(L, index)) {
    std::ranges::move(composite_columns(*composite), std::back_inserter(out));
    return;
  }
  if (const auto* bundle = test_box<BundleBox>(L, index)) {
    for (const Entity& e : bundle->columns) out.push_back(e.element);
    return;
  }
  out.push_back(check_order(L, index));
}

// A bare name is a column of the query's class before it is a label.
void add_order_of(lua_State* L, const Query& q, int index, std::vector<expr::ElementPtr>& out) {
  if (lua_type(L, index) == LUA_TSTRING && !q.entities.empty() && q.entities[0].mapper != nullptr) {
    const mapper::Attribute* a = q.entities[0].mapper->find(check_string(L, index));
    if (a != nullptr && a->relationship == nullptr) {
      out.push_back(query::attribute_element(*q.entities[0].mapper, q.entities[0].from, a->slot));
      return;
    }
    std::vector<expr::ElementPtr> parts = composite_columns(
        L, *q.entities[0].mapper, q.entities[0].from, std::string(check_string(L, index)));
    if (!parts.empty()) {
      std::ranges::move(parts, std::back_inserter(out));
      return;
    }
    if (expr::ElementPtr e = hybrid_element(L, *q.entities[0].mapper, q.entities[0].from,
                                            std::string(check_string(L, index)))) {
      out.push_back(std::move(e));
      return;
    }
  }
  const size_t before = out.size();
  add_order(L, index, out);
  for (size_t i = before; i < out.size(); ++i) out[i] = q.adapted(out[i]);
}

// The order of a union is that of the whole; a statement of the user's has its own.
int query_order_by(lua_State* L) {
  return derive(L, [&](Query& q) {
    if (!q.set) q.check_open("order_by");
    each_argument(L, [&](int k) { add_order_of(L, q, k, q.order_by); });
  });
}

int query_group_by(lua_State* L) {
  return derive(L, [&](Query& q) {
    q.check_open("group_by");
    each_argument(L, [&](int k) { add_order_of(L, q, k, q.group_by); });
  });
}

int query_having(lua_State* L) {
  return derive(L, [&](Query& q) {
    q.check_open("having");
    each_argument(L,
                  [&](int k) { q.having.push_back(q.adapted(check_condition(L, k, "having"))); });
  });
}

std::optional<int64_t> row_count(lua_State* L, int index, const char* what) {
  if (lua_isnil(L, index)) return {};
  const int64_t n = check_integer(L, index);
  if (n < 0)
    throw Error(ErrorKind::kArgumentError,
                std::string(what) + " takes a number of rows, got " + std::to_string(n));
  return n;
}

int query_limit(lua_State* L) {
  return derive(L, [&](Query& q) { q.limit = row_count(L, 2, "limit"); });
}

int query_offset(lua_State* L) {
  return derive(L, [&](Query& q) { q.offset = row_count(L, 2, "offset"); });
}

int query_slice(lua_State* L) {
  const int64_t first = check_integer(L, 2);
  const int64_t last = opt_integer(L, 3, -1);
  if (first < 1 || (last != -1 && last < first - 1))
    throw Error(ErrorKind::kIndexError,
                "slice takes the first and the last position, counted from 1");
  return derive(L, [&](Query& q) {
    q.offset = q.offset.value_or(0) + first - 1;
    if (last != -1) q.limit = last - first + 1;
  });
}

int query_distinct(lua_State* L) {
  return derive(L, [&](Query& q) {
    if (q.set) q.check_open("distinct");
    q.distinct = true;
    each_argument(L, [&](int k) { q.distinct_on.push_back(q.adapted(check_order(L, k))); });
  });
}

// Items in the place of others, read from what the query selects from.
void add_items(lua_State* L, Query& q, RowShape& shape) {
  std::vector<Entity> items;
  each_argument(L, [&](int k) { add_entities(L, k, items, shape, q.entities.size()); });
  for (Entity& item : items) q.entities.push_back(q.adapted(std::move(item)));
}

int query_with_entities(lua_State* L) {
  if (lua_gettop(L) < 2)
    throw Error(ErrorKind::kArgumentError, "with_entities needs something to select");
  return derive_items(L, false, [&](Query& q, RowShape& shape) {
    if (q.set) q.check_open("with_entities");
    // Where the rows came from stays.
    if (!q.from && q.entities.size() == 1 && q.entities[0].mapper != nullptr) {
      q.from = q.entities[0].from;
      q.change_extras().from_is_kept = true;
    }
    if (!q.join_point.from && q.is_single_entity()) q.join_point = q.entities[0];
    q.entities.clear();
    add_items(L, q, shape);
  });
}

// with_only_columns(item…), with_only_columns{item…, maintain_column_froms = true}: the FROM
// clauses that joins and select_from made stay, those of the items go unless they are to be kept.
int query_with_only_columns(lua_State* L) {
  Kwargs kw(L, 2, "with_only_columns");
  const bool keeps_froms = kw.take_boolean("maintain_column_froms", false);
  kw.finish();
  if (kw.count() == 0)
    throw Error(ErrorKind::kArgumentError, "with_only_columns needs something to select");
  return derive_items(L, false, [&](Query& q, RowShape& shape) {
    if (q.set) q.check_open("with_only_columns");
    std::vector<Entity> items;
    for (int i = 1; i <= kw.count(); ++i) {
      kw.push(i);
      add_entities(L, lua_gettop(L), items, shape);
      lua_pop(L, 1);
    }
    if (keeps_froms)
      for (const Entity& e : q.entities)
        if (e.mapper != nullptr) q.add_from(e);
    q.entities.clear();
    for (Entity& item : items) q.entities.push_back(q.adapted(std::move(item)));
  });
}

int query_add_columns(lua_State* L) {
  return derive_items(L, true, [&](Query& q, RowShape& shape) {
    if (q.set) q.check_open("add_columns");
    add_items(L, q, shape);
  });
}

// with_for_update{read =, nowait =, skip_locked =, key_share =, of = class, table or list}
int query_with_for_update(lua_State* L) {
  expr::ForUpdate lock;
  if (lua_gettop(L) > 1) {
    Kwargs kw(L, 2, "with_for_update");
    kw.expect_positional(0, 0);
    lock.read = kw.take_boolean("read", false);
    lock.nowait = kw.take_boolean("nowait", false);
    lock.skip_locked = kw.take_boolean("skip_locked", false);
    lock.key_share = kw.take_boolean("key_share", false);
    if (kw.take("of")) {
      for (const expr::FromPtr& from : check_froms(L, lua_gettop(L), "with_for_update: of"))
        lock.of.push_back(from);
      lua_pop(L, 1);
    }
    kw.finish();
  }
  if (lock.nowait && lock.skip_locked)
    throw Error(ErrorKind::kArgumentError, "with_for_update takes nowait or skip_locked, not both");
  return derive(L, [&](Query& q) {
    if (q.set) q.check_open("with_for_update");
    q.for_update = lock;
  });
}

constexpr char kPrefixWith[] = "prefix_with", kSuffixWith[] = "suffix_with";

template <std::vector<std::string> query::Extras::*list, const char* method>
int add_texts(lua_State* L) {
  return derive(L, [&](Query& q) {
    if (q.set) q.check_open(method);
    each_argument(L, [&](int k) { (q.change_extras().*list).emplace_back(check_string(L, k)); });
  });
}

int query_autoflush(lua_State* L) {
  const bool on = check_boolean(L, 2);
  return derive(L, [&](Query& q) { q.autoflush = on; });
}

int query_populate_existing(lua_State* L) {
  return derive(L, [&](Query& q) { q.populate_existing = true; });
}

int query_options(lua_State* L) {
  return derive(L, [&](Query& q) { q.options = check_options(L, 2, std::move(q.options)); });
}

constexpr MethodDef kBuildMethods[] = {
    {"filter", guarded<query_filter>,
     "filter(condition…)  keep the rows for which all conditions hold: filter(User.age:ge(18))"},
    {"where", guarded<query_filter>, "where(condition…)  the same as filter"},
    {"filter_by", guarded<query_filter_by>,
     "filter_by{name = value, …}  keep the rows whose columns equal these values; db.null means IS "
     "NULL"},
    {"order_by", guarded<query_order_by>,
     "order_by(column…)  sort; db.desc(column) or 'label' too; nil takes the order away"},
    {"group_by", guarded<query_group_by>, "group_by(column…)  one row for each combination"},
    {"having", guarded<query_having>,
     "having(condition…)  keep the groups for which the conditions hold"},
    {"limit", guarded<query_limit>, "limit(n)  at most n rows; nil takes the limit away"},
    {"offset", guarded<query_offset>, "offset(n)  leave out the first n rows"},
    {"slice", guarded<query_slice>,
     "slice(first[, last])  the rows from one position to another, counted from 1, both included"},
    {"distinct", guarded<query_distinct>, "distinct([column…])  each row once"},
    {"with_entities", guarded<query_with_entities>,
     "with_entities(item…)  select other things from the same rows"},
    {"with_only_columns", guarded<query_with_only_columns>,
     "with_only_columns(item…)  select these alone; {item…, maintain_column_froms = true} from "
     "what "
     "the former ones came from"},
    {"add_columns", guarded<query_add_columns>, "add_columns(item…)  select more"},
    {"with_for_update", guarded<query_with_for_update>,
     "with_for_update{read =, nowait =, skip_locked =, key_share =, of =}  lock the rows until the "
     "transaction ends, where the database has row locks"},
    {"prefix_with", guarded<add_texts<&query::Extras::prefixes, kPrefixWith>>,
     "prefix_with(sql…)  SQL text behind SELECT, as it is"},
    {"suffix_with", guarded<add_texts<&query::Extras::suffixes, kSuffixWith>>,
     "suffix_with(sql…)  SQL text at the end, as it is"},
    {"autoflush", guarded<query_autoflush>,
     "autoflush(false)  do not write pending changes before this query"},
    {"populate_existing", guarded<query_populate_existing>,
     "populate_existing()  objects that are loaded already take the rows' values"},
    {"options", guarded<query_options>,
     "options(option…)  how to load the objects: db.load_only(User.id), db.defer(User.body), "
     "db.with_loader_criteria(User, condition)"},
};

}  // namespace

std::span<const MethodDef> query_build_methods() { return kBuildMethods; }

}  // namespace moonbase::bindings
