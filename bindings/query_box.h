// The payload of a query object, shared by the files that bind queries.
#pragma once

#include "bindings/lua_query.h"
#include "orm/session/session.h"

namespace moonbase::bindings {

struct QueryBox {
  query::Query query;
  session::Session* session = nullptr;  // kept alive by the box's user value; null for a select
  // A dynamic collection: the owner's key is looked up when the query runs, not when it is written.
  state::Instance* owner = nullptr;  // pinned
  const mapper::Relationship* dynamic = nullptr;

  QueryBox(query::Query q, session::Session* s) : query(std::move(q)), session(s) {}
  QueryBox(QueryBox&& other) noexcept
      : query(std::move(other.query)),
        session(other.session),
        owner(other.owner),
        dynamic(other.dynamic) {
    if (owner != nullptr) ++owner->pins;
  }
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
QueryBox& push_like(lua_State* L, const QueryBox& from, query::Query query);

// The query as it must be sent: a dynamic collection's owner is flushed first and its key put in.
query::Query effective_query(const QueryBox& box);
// Throws for a select without a session, naming how to run one.
session::Session& session_of(const QueryBox& box);

// Pushes the object with the primary key at `index`, or nil.
void push_key_lookup(lua_State* L, session::Session& session, const mapper::Mapper& m, int index,
                     bool populate_existing);

// Pushes the list of results: objects for a query of one class, rows otherwise.
void push_all(lua_State* L, const QueryBox& box);

// The methods that run queries, in lua_query_run.cc; loops are in lua_query_loop.cc.
std::span<const MethodDef> query_run_methods();
int query_call(lua_State* L);
int query_iter(lua_State* L);
int query_tostring(lua_State* L);
// q[1], and the refusal of q.name for names that are no method.
int query_index(lua_State* L);

template <class F>
int derive(lua_State* L, F&& change) {
  const QueryBox& box = check_box<QueryBox>(L, 1);
  query::Query copy = box.query;
  change(copy);
  push_like(L, box, std::move(copy));
  return 1;
}

}  // namespace moonbase::bindings
