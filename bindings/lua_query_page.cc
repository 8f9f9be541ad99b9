// Pages of a query. What a page is, is in scripts/prelude/pagination.lua; what needs the query's
// tree (paging by the position of a row: orm/query/keyset.h) is here.
#include <algorithm>

#include <boost/unordered/unordered_flat_set.hpp>

#include "bindings/guard.h"
#include "bindings/lua_session.h"
#include "bindings/prelude.h"
#include "bindings/query_box.h"
#include "bindings/rows.h"
#include "bindings/stack.h"
#include "orm/base/error.h"
#include "orm/query/keyset.h"
#include "orm/query/query_plan.h"
#include "orm/query/row_loader.h"

namespace moonbase::bindings {

using base::Error;
using base::ErrorKind;
using query::Keyset;
using query::Position;
using query::Query;

namespace {

// Key in the registry of the function that makes pages.
const char kPaginatorKey = 0;

// The last cells of the current row: its position.
Position position_of(const query::RowStream& rows, size_t first_cell) {
  return {rows.cells().begin() + static_cast<std::ptrdiff_t>(first_cell), rows.cells().end()};
}

// Pushes what the page lists of the current row: an object, a value (a select lists the first cell
// of its rows), or a row of the first `cells` cells.
void push_page_item(lua_State* L, const QueryBox& box, const query::RowStream& rows, size_t cells,
                    int metatable) {
  if (box.gives_objects() || box.query->style == query::Style::kSelect) {
    push_item(L, rows, 0, box.shape.get(), true);
    return;
  }
  push_shaped_row(L, rows, cells, metatable, box.shape.get());
}

void reverse_list(lua_State* L, int list) {
  for (lua_Integer low = 1, high = static_cast<lua_Integer>(lua_rawlen(L, list)); low < high;
       ++low, --high) {
    lua_rawgeti(L, list, low);
    lua_rawgeti(L, list, high);
    lua_rawseti(L, list, low);
    lua_rawseti(L, list, high);
  }
}

void push_token(lua_State* L, const Keyset& keyset, const Position& position,
                const compile::DialectTraits& traits) {
  if (position.empty())
    lua_pushnil(L);
  else
    push_string(L, query::keyset_token(keyset, position, traits));
}

// A page that is being read.
struct PageRows {
  int list;  // index of the table of its items
  int64_t per_page;
  Position first, last;
  boost::unordered_flat_set<const state::Instance*> seen;
  int64_t rows;   // read so far
  bool has_more;  // a row came that is not on the page any more
};

// Reads the rows of the query, whose last cells are the position, into the page. Leaves the rows'
// metatable on the stack.
void read_page_rows(lua_State* L, const QueryBox& box, session::Session& session,
                    const Query& query, PageRows& page) {
  const size_t cells = box.query->entities.size();
  query::RowStream rows(session, query, box.options().parameters);
  std::vector<std::string> names = item_names(rows, box.shape.get());
  names.resize(names.size() - (rows.names().size() - cells));
  push_row_metatable(L, names);
  const int metatable = lua_gettop(L);
  auto items = static_cast<lua_Integer>(lua_rawlen(L, page.list));
  while (rows.next()) {
    // A joined collection repeats the row for each member.
    if (rows.joins_collection() && page.rows > 0 && position_of(rows, cells) == page.last) continue;
    page.has_more = ++page.rows > page.per_page;
    if (page.has_more) return;
    page.last = position_of(rows, cells);
    if (page.rows == 1) page.first = page.last;
    if (box.gives_objects() && !page.seen.insert(rows.object(0)).second) continue;
    push_page_item(L, box, rows, cells, metatable);
    lua_rawseti(L, page.list, ++items);
  }
}

// keyset_page(query, session, per_page, token, backward): the items after the token (before it when
// backward; from the end when there is no token), the tokens of the first and the last of them, and
// whether there are more in that direction.
int keyset_page(lua_State* L) {
  const QueryBox& box = check_box<QueryBox>(L, 1);
  session::Session& session = check_session(L, 2);
  const int64_t per_page = check_integer(L, 3);
  const bool backward = lua_toboolean(L, 5) != 0;
  const compile::DialectTraits& traits = traits_of(L, box);
  const QueryPtr held = effective_query(box);
  const Query& q = *held;
  const Keyset keyset = query::keyset_of(q, traits.nulls_are_largest);
  std::vector<expr::ElementPtr> conditions = {nullptr};
  if (!lua_isnil(L, 4))
    conditions = query::keyset_conditions(
        keyset, query::read_keyset_token(keyset, check_string(L, 4), traits), backward);
  lua_newtable(L);
  PageRows page{lua_gettop(L), per_page, {}, {}, {}, 0, false};
  for (const expr::ElementPtr& condition : conditions) {
    if (page.has_more) break;
    Query part = q;
    if (condition) part.where.push_back(condition);
    part.order_by = query::keyset_order(keyset, backward);
    part.limit = per_page + 1 - page.rows;
    read_page_rows(L, box, session, query::with_keyset_cells(std::move(part), keyset), page);
  }
  lua_settop(L, page.list);
  if (backward) {
    reverse_list(L, page.list);
    std::swap(page.first, page.last);
  }
  push_token(L, keyset, page.first, traits);
  push_token(L, keyset, page.last, traits);
  lua_pushboolean(L, page.has_more);
  return 4;
}

// keyset_token(query, session, position): the token of the row at this position of all rows, or
// nil, and whether there are more after it.
int keyset_token_at(lua_State* L) {
  const QueryBox& box = check_box<QueryBox>(L, 1);
  session::Session& session = check_session(L, 2);
  Query q = *effective_query(box);
  const Keyset keyset = query::keyset_of(q, traits_of(L, box).nulls_are_largest);
  q.order_by = query::keyset_order(keyset);
  q.offset = check_integer(L, 3) - 1;
  q.limit = 2;
  const size_t cells = q.entities.size();
  query::RowStream rows(session, query::with_keyset_cells(std::move(q), keyset),
                        box.options().parameters);
  const Position first = rows.next() ? position_of(rows, cells) : Position();
  bool has_more = false;
  while (!has_more && rows.next()) has_more = position_of(rows, cells) != first;
  push_token(L, keyset, first, traits_of(L, box));
  lua_pushboolean(L, has_more);
  return 2;
}

// in_keyset_order(query): the query with its order made unique, so that its pages neither repeat
// nor leave out a row; the query itself where that is not possible.
int in_keyset_order(lua_State* L) {
  const QueryBox& box = check_box<QueryBox>(L, 1);
  lua_settop(L, 1);
  auto q = std::make_shared<Query>(*box.query);
  try {
    q->order_by = query::keyset_order(query::keyset_of(*q, traits_of(L, box).nulls_are_largest));
  } catch (const Error&) {
    return 1;
  }
  push_like(L, box, std::move(q));
  return 1;
}

// count_rows(query, session)
int count_rows(lua_State* L) {
  const QueryBox& box = check_box<QueryBox>(L, 1);
  session::Session& session = check_session(L, 2);
  const QueryPtr held = effective_query(box);
  const Query& q = *held;
  session.before_execute(q.autoflush);
  const schema::Table* table =
      q.entities[0].mapper != nullptr ? q.entities[0].mapper->table().get() : nullptr;
  const auto access = q.for_update ? query::Access::kWrite : query::Access::kRead;
  engine::Cursor cursor =
      session.connection(table, access).execute(*query::count_select(q), box.options().parameters);
  cursor.next();
  lua_pushinteger(L, cursor.raw_int(0));
  return 1;
}

// Pushes paginate(query, session, options). Its Lua source is read when the first page is asked
// for.
void push_paginator(lua_State* L) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &kPaginatorKey) == LUA_TFUNCTION) return;
  lua_pop(L, 1);
  push_prelude_global(L, "require");
  lua_pushliteral(L, "moonbase.pagination");
  lua_call(L, 1, 1);
  lua_pushcfunction(L, guarded<keyset_page>);
  lua_pushcfunction(L, guarded<keyset_token_at>);
  lua_pushcfunction(L, guarded<in_keyset_order>);
  lua_pushcfunction(L, guarded<count_rows>);
  lua_call(L, 4, 1);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &kPaginatorKey);
}

// query:_paginate(session, options): db.paginate.
int query_paginate_in(lua_State* L) {
  if (test_box<QueryBox>(L, 1) == nullptr)
    throw Error(ErrorKind::kTypeError,
                "paginate takes a query or a select, got " + type_name_of(L, 1))
        .with_hint("db.paginate(db.select(User):order_by(User.id), {page = 2, per_page = 20})");
  check_session(L, 2);
  lua_settop(L, 3);
  push_paginator(L);
  lua_insert(L, 1);
  lua_call(L, 3, 1);
  return 1;
}

int query_paginate(lua_State* L) {
  if (check_box<QueryBox>(L, 1).session == nullptr)
    throw Error(ErrorKind::kInvalidRequestError, "db.select(…) does not run by itself")
        .with_hint("db.paginate(select, {page = 2, per_page = 20})");
  lua_settop(L, 2);
  lua_getiuservalue(L, 1, 1);
  lua_insert(L, 2);
  return query_paginate_in(L);
}

constexpr MethodDef kMethods[] = {
    {"paginate", guarded<query_paginate>,
     "paginate{page = 1, per_page = 20, max_per_page = 100, error_out = true, count = true}  one "
     "page of the rows; or paginate{per_page = 20, after = cursor}, with page.next_cursor, which "
     "is as fast on the last page as on the first"},
    {"_paginate", guarded<query_paginate_in>, "_paginate(session, options)  what db.paginate does"},
};

}  // namespace

std::span<const MethodDef> query_page_methods() { return kMethods; }

}  // namespace moonbase::bindings
