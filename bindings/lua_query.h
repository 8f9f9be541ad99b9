// Queries in Lua: User.query, db.session:query(…), db.select(…). One class over query::Query; a
// legacy query knows its session, a select is run by whoever executes it.
#pragma once

#include <optional>
#include <vector>

#include "bindings/box.h"
#include "bindings/class_def.h"
#include "bindings/row_shape.h"
#include "orm/query/query.h"
#include "orm/state/instance.h"

namespace moonbase::bindings {

// A query object whose session is the value at `session` (0: a select without one).
void push_query(lua_State* L, query::Query query, int session, RowShape shape = {});
using QueryPtr = std::shared_ptr<const query::Query>;
void push_query(lua_State* L, QueryPtr query, int session);
// The query behind the value, or null.
const query::Query* test_query(lua_State* L, int index);
// A class or an alias of one (db.aliased) at `index`, as an item; none for other values.
std::optional<query::Entity> test_class(lua_State* L, int index);
// The FROM clauses given as arguments from `first` on, or in lists: classes, aliases, tables,
// subqueries. Throws ArgumentError for none and for other values; `where` begins the message.
std::vector<expr::FromPtr> check_froms(lua_State* L, int first, const char* where);
// A class, an alias of one, an attribute or an expression as one item of a query.
query::Entity check_entity(lua_State* L, int index);
// The same, appended; a table or a subquery stands for all its columns. What is one item made of
// several, a bundle or a composite, is said in `shape`, whose cells count from `before` of `out`.
void add_entities(lua_State* L, int index, std::vector<query::Entity>& out, RowShape& shape,
                  size_t before = 0);

// User.query: on the session of the class's database.
void push_model_query(lua_State* L, const mapper::Mapper& mapper);
// u.posts of a dynamic relationship: a query that can append and remove.
void push_dynamic(lua_State* L, state::Instance& owner, const mapper::Relationship& r);

// Parts of the area: aliased; join, outerjoin; union, values and the like.
void open_aliased(lua_State* L, int module);
void open_join(lua_State* L, int module);
void open_selectable(lua_State* L, int module);

// Area: select, Query.
void open_query(lua_State* L, int module);

}  // namespace moonbase::bindings
