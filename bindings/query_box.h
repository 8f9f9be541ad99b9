// The payload of a query object, shared by the files that bind queries.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "bindings/context.h"
#include "bindings/lua_query.h"
#include "bindings/row_shape.h"
#include "orm/compile/traits.h"
#include "orm/session/session.h"

namespace moonbase::bindings {

// How a query is to be run, beside what it selects. Immutable: queries derived from one share it.
struct RunOptions {
  int64_t yield_per = 0;  // rows read at a time; 0: all of them
  bool as_rows = false;   // tuples(): rows, even of one class
  std::vector<std::pair<std::string, base::Value>> parameters;  // of params{…}
  std::shared_ptr<const LuaRef> table;  // what execution_options{…} was given; null: nothing
};

struct QueryBox {
  QueryPtr query;  // never null; a box derived from another without a change shares it
  session::Session* session = nullptr;  // kept alive by the box's user value; null for a select
  // A dynamic collection: the owner's key is looked up when the query runs, not when it is written.
  state::Instance* owner = nullptr;  // pinned
  const mapper::Relationship* dynamic = nullptr;
  std::shared_ptr<const RunOptions> run_options;  // null: the defaults
  RowShapePtr shape;                              // of its rows

  QueryBox(QueryPtr q, session::Session* s) : query(std::move(q)), session(s) {}
  QueryBox(QueryBox&& other) noexcept
      : query(std::move(other.query)),
        session(other.session),
        owner(other.owner),
        dynamic(other.dynamic),
        run_options(std::move(other.run_options)),
        shape(std::move(other.shape)) {
    if (owner != nullptr) ++owner->pins;
  }
  const RunOptions& options() const {
    static const RunOptions kDefaults;
    return run_options ? *run_options : kDefaults;
  }
  // Its rows are objects of one class.
  bool gives_objects() const { return query->is_single_entity() && !options().as_rows; }

  ~QueryBox() {
    if (owner != nullptr) --owner->pins;
  }
};
template <>
const ClassDef& class_of<QueryBox>();

// A changed copy of the query at index 1, on the same session; pushes it. `change` gets the copy.
template <class F>
int derive(lua_State* L, F&& change);
// Pushes an empty box like the query at 1 with this content.
QueryBox& push_like(lua_State* L, const QueryBox& from, QueryPtr query);

// The query as it must be sent: a dynamic collection's owner is flushed first and its key put in.
QueryPtr effective_query(const QueryBox& box);
// The dialect the query is for, as far as that can be told without connecting; else SQLite's.
const compile::DialectTraits& traits_of(lua_State* L, const QueryBox& box);
// A dynamic collection of an object that has no row: what was appended to it is all there is.
bool is_unsaved_collection(const QueryBox& box);
// Throws for a select without a session, naming how to run one.
session::Session& session_of(const QueryBox& box);

// Pushes the object with the primary key at `index`, or nil.
void push_key_lookup(lua_State* L, session::Session& session, const mapper::Mapper& m, int index,
                     bool populate_existing, const query::OptionListPtr& options = nullptr);

// Pushes the list of results: objects for a query of one class, rows otherwise.
void push_all(lua_State* L, const QueryBox& box);
// For a method that takes no arguments: what is given to it would be lost without a word, and is a
// condition more often than not. Throws TypeError.
void refuse_arguments(lua_State* L, const char* method);

// Pushes the Result of the query at `query` for execute(query, parameters) of the session at
// `session`.
void push_execution_of_query(lua_State* L, int session, int query, int parameters);

// The methods that say what a query gives (query_build.cc), what it joins (query_join.cc), and that
// make it a part of another statement (lua_selectable.cc).
std::span<const MethodDef> query_build_methods();
std::span<const MethodDef> query_join_methods();
std::span<const MethodDef> query_select_methods();
std::span<const MethodDef> query_select_getters();
// The methods that run queries, in lua_query_run.cc, with those below; loops are in
// lua_query_loop.cc.
std::span<const MethodDef> query_run_methods();
// UPDATE, DELETE and the members of dynamic collections: lua_query_write.cc.
std::span<const MethodDef> query_write_methods();
// The query as text, and its plan: lua_query_sql.cc.
std::span<const MethodDef> query_sql_methods();
// How it is run, and what it is made of: lua_query_options.cc.
std::span<const MethodDef> query_option_methods();
std::span<const MethodDef> query_getters();
// Pages: lua_query_page.cc.
std::span<const MethodDef> query_page_methods();
int query_call(lua_State* L);
int query_iter(lua_State* L);
int query_tostring(lua_State* L);
// q[1], and the refusal of q.name for names that are no method.
int query_index(lua_State* L);

template <class F>
int derive(lua_State* L, F&& change) {
  const QueryBox& box = check_box<QueryBox>(L, 1);
  auto copy = std::make_shared<query::Query>(*box.query);
  change(*copy);
  push_like(L, box, std::move(copy));
  return 1;
}

// The same where items change: `change` gets the shape of the rows, too, empty unless
// `keeps_items`.
template <class F>
int derive_items(lua_State* L, bool keeps_items, F&& change) {
  const RowShapePtr former = check_box<QueryBox>(L, 1).shape;
  RowShape shape = keeps_items && former ? *former : RowShape();
  derive(L, [&](query::Query& q) { change(q, shape); });
  check_box<QueryBox>(L, -1).shape =
      shape.groups.empty() ? nullptr : std::make_shared<const RowShape>(std::move(shape));
  return 1;
}

}  // namespace moonbase::bindings
