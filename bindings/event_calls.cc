// What the hub hears from the core, as calls of Lua functions: who is called, with which arguments,
// and what becomes of what they return.
#include <algorithm>

#include "bindings/error_object.h"
#include "bindings/event_hub.h"
#include "bindings/guard.h"
#include "bindings/lua_engine.h"
#include "bindings/lua_expr.h"
#include "bindings/lua_instance.h"
#include "bindings/lua_model.h"
#include "bindings/lua_session.h"
#include "bindings/session_scope.h"
#include "bindings/stack.h"
#include "bindings/warnings.h"
#include "orm/base/error.h"
#include "orm/driver/driver.h"

namespace moonbase::bindings {

using base::Error;
using base::ErrorKind;
using mapper::Relationship;
using session::Event;
using session::Occurrence;
using session::Session;
using state::Instance;

namespace {

void push_or_nil(lua_State* L, Instance* instance) {
  if (instance != nullptr)
    push_instance(L, *instance);
  else
    lua_pushnil(L);
}

void push_session_or_nil(lua_State* L, const Session& session) {
  if (!push_session(L, session)) lua_pushnil(L);
}

void push_connection_or_nil(lua_State* L, engine::Connection* connection) {
  std::shared_ptr<engine::Connection> shared;
  if (connection != nullptr) shared = connection->weak_from_this().lock();
  if (shared)
    push_borrowed_connection(L, std::move(shared));
  else
    lua_pushnil(L);
}

// The transaction an event is about may have ended: whether it was a savepoint follows from what is
// left.
void push_transaction_of(lua_State* L, const Occurrence& o) {
  const int depth = o.session.depth_of(o.transaction);
  const bool is_nested = depth > 0 || (depth < 0 && o.session.in_transaction());
  push_transaction(L, o.session, o.transaction, is_nested);
}

// {session =, mapper =, rowcount =}: what a set-based write was.
void push_write_context(lua_State* L, const Occurrence& o) {
  lua_createtable(L, 0, 3);
  push_session_or_nil(L, o.session);
  lua_setfield(L, -2, "session");
  push_model(L, *o.mapper);
  lua_setfield(L, -2, "mapper");
  lua_pushinteger(L, o.rowcount);
  lua_setfield(L, -2, "rowcount");
}

void push_load_context(lua_State* L, const Occurrence& o) {
  lua_createtable(L, 0, 1);
  push_session_or_nil(L, o.session);
  lua_setfield(L, -2, "session");
}

// An argument by its name in the event's row.
void push_argument(lua_State* L, std::string_view name, const Occurrence& o) {
  if (name == "session") return push_session_or_nil(L, o.session);
  if (name == "instance" || name == "target") return push_or_nil(L, o.instance);
  if (name == "mapper") return push_model(L, *o.instance->mapper);
  if (name == "connection") return push_connection_or_nil(L, o.connection);
  if (name == "transaction" || name == "previous_transaction") return push_transaction_of(L, o);
  if (name == "update_context" || name == "delete_context") return push_write_context(L, o);
  if (name == "context") return push_load_context(L, o);
  if (name == "attrs" && o.names != nullptr) return push_strings(L, *o.names);
  lua_pushnil(L);
}

// What says where a change of an attribute began.
void push_initiator(lua_State* L, const char* op, const std::string& key, const Instance& owner) {
  lua_createtable(L, 0, 3);
  lua_pushstring(L, op);
  lua_setfield(L, -2, "op");
  push_string(L, key);
  lua_setfield(L, -2, "key");
  push_instance(L, const_cast<Instance&>(owner));
  lua_setfield(L, -2, "target");
}

// An object that a retval function returned for a relationship.
Instance* returned_member(lua_State* L, int index, const Relationship& r) {
  Instance* member = test_instance(L, index);
  if (member != nullptr && member->mapper->is_a(*r.target)) return member;
  throw Error(ErrorKind::kTypeError, "a function that listens to " + r.full_name() +
                                         " with retval = true must return a " + r.target->name() +
                                         ", got " + type_name_of(L, index))
      .with_hint("return the value it was given, or another object of the class");
}

}  // namespace

bool EventHub::covers(const Entry& entry, const mapper::Mapper& mapper) {
  if (entry.target.object == nullptr || entry.target.object == &mapper) return true;
  if (!entry.options.propagate) return false;
  for (const mapper::Mapper* m = mapper.base(); m != nullptr; m = m->base())
    if (entry.target.object == m) return true;
  return false;
}

std::vector<uint64_t> EventHub::listening_to(int number, const Instance& owner,
                                             std::string_view attribute) const {
  return listening(number, [&](const Entry& e) {
    return covers(e, *owner.mapper) && e.target.attribute == attribute;
  });
}

std::vector<uint64_t> EventHub::listening_to(int number, const engine::Engine& engine) const {
  return listening(number, [&](const Entry& e) {
    return e.target.object == nullptr || e.target.object == &engine.root();
  });
}

// ---- sessions and the objects of classes ----

void EventHub::happened(const Occurrence& o) {
  const auto matches = [&](const Entry& e) {
    if (session::is_mapper_event(o.event)) return covers(e, *o.instance->mapper);
    return e.target.object == nullptr || e.target.object == &o.session;
  };
  const int number = static_cast<int>(o.event);
  const auto def = std::ranges::find(event_table(), number, &EventDef::number);
  run(number, listening(number, matches), [&](lua_State* L) {
    for (const char* name : def->arguments)
      if (name != nullptr) push_argument(L, name, o);
  });
}

void EventHub::tell_init(lua_State* L, Instance& instance, int keywords) {
  const auto matches = [&](const Entry& e) { return covers(e, *instance.mapper); };
  // The call runs on a stack of its own: what it is given is kept where that finds it.
  const LuaRef table(L, keywords);
  run(kInitEvent, listening(kInitEvent, matches), [&](lua_State* S) {
    push_instance(S, instance);
    table.push(S);
  });
}

// ---- attributes ----

void EventHub::push_set_value(lua_State* L, Instance& instance, int slot, int value) {
  const std::string& name = instance.mapper->attribute_at(slot).name;
  LuaRef current(L, value);
  run(
      kSetEvent, listening_to(kSetEvent, instance, name),
      [&](lua_State* S) {
        push_instance(S, instance);
        current.push(S);
        // An old value that would have to be loaded is not asked for.
        if (instance.is_expired() || instance.slot(slot).is_absent())
          lua_pushnil(S);
        else
          push_column(S, instance, slot);
        push_initiator(S, "set", name, instance);
      },
      [&](lua_State* S, int result, int arguments) {
        current = LuaRef(S, result);
        lua_pushvalue(S, result);
        lua_replace(S, arguments + 1);
      });
  current.push(L);
}

Instance* EventHub::setting(Instance& owner, const Relationship& r, Instance* value, Instance* old,
                            const state::Initiator& initiator) {
  const bool is_far = &initiator.owner != &owner || &initiator.relationship != &r;
  run(
      kSetEvent, listening_to(kSetEvent, owner, r.name),
      [&](lua_State* L) {
        push_instance(L, owner);
        push_or_nil(L, value);
        push_or_nil(L, old);
        push_initiator(L, "set", initiator.relationship.name, initiator.owner);
      },
      [&](lua_State* L, int result, int arguments) {
        if (is_far) return;
        value = is_nil_or_null(L, result) ? nullptr : returned_member(L, result, r);
        lua_pushvalue(L, result);
        lua_replace(L, arguments + 1);
      });
  return value;
}

Instance& EventHub::appending(Instance& owner, const Relationship& r, Instance& value,
                              const state::Initiator& initiator) {
  const bool is_far = &initiator.owner != &owner || &initiator.relationship != &r;
  Instance* member = &value;
  run(
      kAppendEvent, listening_to(kAppendEvent, owner, r.name),
      [&](lua_State* L) {
        push_instance(L, owner);
        push_instance(L, *member);
        push_initiator(L, "append", initiator.relationship.name, initiator.owner);
      },
      [&](lua_State* L, int result, int arguments) {
        if (is_far) return;
        member = returned_member(L, result, r);
        lua_pushvalue(L, result);
        lua_replace(L, arguments + 1);
      });
  return *member;
}

void EventHub::removing(Instance& owner, const Relationship& r, Instance& value,
                        const state::Initiator& initiator) {
  run(kRemoveEvent, listening_to(kRemoveEvent, owner, r.name), [&](lua_State* L) {
    push_instance(L, owner);
    push_instance(L, value);
    push_initiator(L, "remove", initiator.relationship.name, initiator.owner);
  });
}

std::vector<Instance*> EventHub::replacing(Instance& owner, const Relationship& r,
                                           std::vector<Instance*> values) {
  std::vector<uint64_t> ids = listening_to(kBulkReplaceEvent, owner, r.name);
  if (ids.empty()) return values;
  // The list is handed out as a table, which the functions may change in place.
  LuaRef list;
  run(
      kBulkReplaceEvent, std::move(ids),
      [&](lua_State* L) {
        push_instance(L, owner);
        lua_createtable(L, static_cast<int>(values.size()), 0);
        for (size_t k = 0; k < values.size(); ++k) {
          push_instance(L, *values[k]);
          lua_rawseti(L, -2, static_cast<lua_Integer>(k) + 1);
        }
        list = LuaRef(L, -1);
        push_initiator(L, "bulk_replace", r.name, owner);
      },
      [&](lua_State* L, int result, int arguments) {
        check_table(L, result);
        list = LuaRef(L, result);
        lua_pushvalue(L, result);
        lua_replace(L, arguments + 1);
      });
  lua_State* L = context_.running();
  list.push(L);
  values.clear();
  for (lua_Integer k = 1, n = static_cast<lua_Integer>(lua_rawlen(L, -1)); k <= n; ++k) {
    lua_rawgeti(L, -1, k);
    values.push_back(returned_member(L, -1, r));
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return values;
}

void EventHub::tell_modified(Instance& instance, const std::string& attribute) {
  run(kModifiedEvent, listening_to(kModifiedEvent, instance, attribute), [&](lua_State* L) {
    push_instance(L, instance);
    push_initiator(L, "modified", attribute, instance);
  });
}

// ---- statements of a session ----

void EventHub::tell_orm_execute(lua_State* L, int session, int statement, int parameters) {
  const Session& s = check_session(L, session);
  std::vector<uint64_t> ids = listening(kDoOrmExecuteEvent, [&](const Entry& e) {
    return e.target.object == nullptr || e.target.object == &s;
  });
  if (ids.empty()) return;
  const auto* box = test_box<StatementBox>(L, statement);
  const auto is = [&](expr::StatementKind kind) {
    return box != nullptr && box->statement->kind == kind;
  };
  const std::pair<const char*, bool> flags[] = {
      {"is_select", box == nullptr || is(expr::StatementKind::kSelect)},
      {"is_insert", is(expr::StatementKind::kInsert)},
      {"is_update", is(expr::StatementKind::kUpdate)},
      {"is_delete", is(expr::StatementKind::kDelete)},
  };
  lua_createtable(L, 0, 8);
  lua_pushvalue(L, session);
  lua_setfield(L, -2, "session");
  lua_pushvalue(L, statement);
  lua_setfield(L, -2, "statement");
  if (parameters != 0 && !lua_isnone(L, parameters)) {
    lua_pushvalue(L, parameters);
    lua_setfield(L, -2, "parameters");
  }
  for (const auto& [name, value] : flags) {
    lua_pushboolean(L, value);
    lua_setfield(L, -2, name);
  }
  const LuaRef state(L, -1);
  run(kDoOrmExecuteEvent, std::move(ids), [&](lua_State* S) { state.push(S); });
  // The functions may have put another statement in its place.
  lua_getfield(L, -1, "statement");
  lua_replace(L, statement);
  lua_pop(L, 1);
}

// ---- engines ----

namespace {

// dbapi_connection:execute(sql), while an event of the connection is told.
int opened_execute(lua_State* L) {
  auto** opened = static_cast<driver::DriverConnection**>(lua_touserdata(L, lua_upvalueindex(1)));
  const int sql = lua_istable(L, 1) ? 2 : 1;
  if (*opened == nullptr)
    throw Error(ErrorKind::kInvalidRequestError, "this connection was there for its event only");
  (*opened)->execute_script(check_string(L, sql));
  return 0;
}

void push_execution_arguments(lua_State* L, engine::Connection& connection,
                              const engine::Execution& execution) {
  push_connection_or_nil(L, &connection);
  lua_pushnil(L);
  push_string(L, execution.statement);
  lua_createtable(L, static_cast<int>(execution.parameters.size()), 0);
  for (size_t k = 0; k < execution.parameters.size(); ++k) {
    push_value(L, execution.parameters[k], nullptr, true);
    lua_rawseti(L, -2, static_cast<lua_Integer>(k) + 1);
  }
  lua_pushnil(L);
  lua_pushboolean(L, execution.is_many);
}

}  // namespace

void EventHub::run_with(int number, engine::Engine& engine, driver::DriverConnection& connection) {
  driver::DriverConnection** handle = nullptr;
  LuaRef keeper;
  const auto push = [&](lua_State* L) {
    lua_createtable(L, 0, 1);
    handle = static_cast<driver::DriverConnection**>(lua_newuserdatauv(L, sizeof(void*), 0));
    *handle = &connection;
    keeper = LuaRef(L, -1);
    lua_pushcclosure(L, guarded<opened_execute>, 1);
    lua_setfield(L, -2, "execute");
    const auto def = std::ranges::find(event_table(), number, &EventDef::number);
    for (size_t k = 1; k < def->arguments.size() && def->arguments[k] != nullptr; ++k)
      lua_pushnil(L);
  };
  struct Close {
    driver::DriverConnection**& handle;
    ~Close() {
      if (handle != nullptr) *handle = nullptr;
    }
  } close{handle};
  run(number, listening_to(number, engine), push);
}

void EventHub::connected(engine::Engine& engine, driver::DriverConnection& opened) {
  run_with(kConnectEvent, engine, opened);
}

void EventHub::pooled(engine::Engine& engine, engine::PoolUse use,
                      driver::DriverConnection& connection) {
  const int number = kFirstConnectEvent + static_cast<int>(use);
  if (number != kResetEvent && number != kCheckinEvent) return run_with(number, engine, connection);
  if (!hears(number) || is_closed_) return;
  try {
    run_with(number, engine, connection);
  } catch (const Error& error) {
    warning_sink(context_.running())
        .warning("SAWarning", std::string("a function that listens to ") +
                                  (number == kResetEvent ? "reset" : "checkin") +
                                  " has failed: " + error.message());
  }
}

void EventHub::executing(engine::Connection& connection, const engine::Execution& execution) {
  run(kBeforeCursorExecuteEvent, listening_to(kBeforeCursorExecuteEvent, connection.engine()),
      [&](lua_State* L) { push_execution_arguments(L, connection, execution); });
}

void EventHub::executed(engine::Connection& connection, const engine::Execution& execution) {
  run(kAfterCursorExecuteEvent, listening_to(kAfterCursorExecuteEvent, connection.engine()),
      [&](lua_State* L) { push_execution_arguments(L, connection, execution); });
}

void EventHub::controlled(engine::Connection& connection, engine::Control control,
                          std::string_view savepoint) {
  const int number = kBeginEvent + static_cast<int>(control);
  run(number, listening_to(number, connection.engine()), [&](lua_State* L) {
    push_connection_or_nil(L, &connection);
    if (savepoint.empty()) return;
    push_string(L, savepoint);
    if (number != kSavepointEvent) lua_pushnil(L);
  });
}

void EventHub::failed(engine::Connection& connection, const engine::Execution& execution,
                      const Error& error) {
  run(kHandleErrorEvent, listening_to(kHandleErrorEvent, connection.engine()), [&](lua_State* L) {
    lua_createtable(L, 0, 4);
    push_error(L, error);
    lua_setfield(L, -2, "original_exception");
    push_connection_or_nil(L, &connection);
    lua_setfield(L, -2, "connection");
    push_string(L, execution.statement);
    lua_setfield(L, -2, "statement");
    lua_pushboolean(L, error.disconnected());
    lua_setfield(L, -2, "is_disconnect");
  });
}

}  // namespace moonbase::bindings
