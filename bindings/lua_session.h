// The session in Lua: db.session and moonbase.Session{…}.
#pragma once

#include <memory>

#include "bindings/box.h"
#include "bindings/class_def.h"
#include "bindings/orm_area.h"

namespace moonbase::bindings {

struct SessionBox {
  std::unique_ptr<session::Session> session;
  DatabasePtr database;
  OrmArea* area;
};
template <>
const ClassDef& class_of<SessionBox>();

session::Session& check_session(lua_State* L, int index);

// Pushes the session of User.query: db.session, or what the function in its place says. Throws what
// that function does.
void push_session_of_database(lua_State* L, const Database& database);
// Whether the value is moonbase.Session.
bool is_session_class(lua_State* L, int index);

// Pushes the session's object and returns true, or pushes nothing when Lua has let go of it.
bool push_session(lua_State* L, const session::Session& session);
// Pushes the weak table from sessions' addresses to their objects in Lua.
void push_sessions(lua_State* L);
// Pushes the session an object is in and returns true, or pushes nothing.
bool push_session_of(lua_State* L, const state::Instance& instance);
// Reads the expired objects of the list at `index` again, with one SELECT for each class: what
// printing a list does.
void refresh_expired(lua_State* L, int index);

// Area: Session.
void open_session(lua_State* L, int module);

}  // namespace moonbase::bindings
