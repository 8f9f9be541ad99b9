// db.event: listen, listens_for, remove, contains.
#include <algorithm>

#include "bindings/event_hub.h"
#include "bindings/guard.h"
#include "bindings/lua_engine.h"
#include "bindings/lua_expr.h"
#include "bindings/lua_model.h"
#include "bindings/lua_session.h"
#include "bindings/stack.h"
#include "orm/base/error.h"
#include "orm/base/text.h"

namespace moonbase::bindings {

using base::Error;
using base::ErrorKind;
using Target = EventHub::Target;

namespace {

constexpr const char* kTargetNames[] = {"a session", "a class", "an attribute", "an engine"};
constexpr const char* kExamples[] = {"db.session, or moonbase.Session for all of them",
                                     "User, or db.Model for all classes", "User.email",
                                     "db.engine"};

bool is_module_function(lua_State* L, int index, const char* name) {
  if (!lua_iscfunction(L, index)) return false;
  const auto row = find_row(L, lua_tocfunction(L, index));
  return row && row->cls == nullptr && std::string_view(row->row->name) == name;
}

// db.Model, of any database.
bool is_base_model(lua_State* L, int index) {
  if (!lua_istable(L, index)) return false;
  lua_pushliteral(L, "__init__");
  lua_rawget(L, lua_absindex(L, index));
  const bool is = is_module_function(L, -1, "_init");
  lua_pop(L, 1);
  return is;
}

Target attribute_target(const mapper::Mapper& m, std::string attribute, lua_State* L) {
  return {.kind = EventTarget::kAttribute,
          .object = &m,
          .attribute = std::move(attribute),
          .registry = orm_area(L).model(m).registry};
}

// What the value at `index` is as a target.
Target check_target(lua_State* L, int index) {
  if (const auto* box = test_box<SessionBox>(L, index))
    return {.kind = EventTarget::kSession, .object = box->session.get()};
  if (is_session_class(L, index)) return {.kind = EventTarget::kSession};
  if (const mapper::Mapper* m = test_model(L, index))
    return {.kind = EventTarget::kMapper, .object = m};
  if (is_base_model(L, index)) return {.kind = EventTarget::kMapper};
  if (const auto* box = test_box<ElementBox>(L, index);
      box != nullptr && box->mapper != nullptr && box->slot >= 0)
    return attribute_target(*box->mapper, box->mapper->attribute_at(box->slot).name, L);
  if (const auto* box = test_box<RelationshipBox>(L, index))
    return attribute_target(*box->relationship->owner, box->relationship->name, L);
  if (const auto* box = test_box<EngineBox>(L, index)) {
    const engine::EnginePtr engine = box->engine->root().shared_from_this();
    return {.kind = EventTarget::kEngine, .object = engine.get(), .engine = engine};
  }
  if (type_name_of(L, index) == "scoped_session")
    throw Error(ErrorKind::kInvalidRequestError,
                "a scoped_session stands for several sessions, and is none to listen to")
        .with_hint("listen to moonbase.Session: the function is given the session it is about");
  throw Error(ErrorKind::kInvalidRequestError,
              "there is nothing to listen to on a " + type_name_of(L, index))
      .with_hint(
          "listen to a class (User), an attribute (User.email), a session (db.session, or "
          "moonbase.Session for all) or an engine (db.engine)");
}

// The event of this name on this kind of target. Throws InvalidRequestError that names the nearest,
// or the kind of target the event is for.
const EventDef& check_event(const Target& target, std::string_view name) {
  std::vector<std::string> names;
  for (const EventDef& def : event_table()) {
    if (def.name == name && def.target == target.kind) return def;
    if (def.target == target.kind) names.emplace_back(def.name);
  }
  const char* kind = kTargetNames[static_cast<int>(target.kind)];
  for (const EventDef& def : event_table())
    if (def.name == name)
      throw Error(ErrorKind::kInvalidRequestError, std::string(name) + " is no event of " + kind +
                                                       ", but of " +
                                                       kTargetNames[static_cast<int>(def.target)])
          .with_hint(std::string("give ") + kExamples[static_cast<int>(def.target)] +
                     " as the target");
  throw Error(ErrorKind::kInvalidRequestError, "there is no event " +
                                                   base::quote_for_message(name) + " of " + kind +
                                                   base::did_you_mean(name, names))
      .with_hint("there are " + base::join(names, ", "));
}

struct Arguments {
  Target target;
  const EventDef* def;
  EventHub::Options options;
};

// target, name[, function][, options]: in braces or not. Leaves the function at the top when there
// is one to be.
Arguments check_arguments(lua_State* L, const char* method, bool with_function) {
  // Options may stand in a table of their own behind positional arguments.
  const int count = with_function ? 3 : 2;
  const bool has_options = lua_gettop(L) == count + 1 && lua_istable(L, count + 1);
  EventHub::Options options;
  const auto take_options = [&](Kwargs& kw) {
    options.once = kw.take_boolean("once", false);
    options.named = kw.take_boolean("named", false);
    options.retval = kw.take_boolean("retval", false);
    options.insert = kw.take_boolean("insert", false);
    options.propagate = kw.take_boolean("propagate", false);
    kw.finish();
  };
  if (has_options) {
    Kwargs kw(L, count + 1, method);
    kw.expect_positional(0, 0);
    take_options(kw);
    lua_settop(L, count);
  }
  if (lua_gettop(L) == 1 && lua_istable(L, 1)) {
    Kwargs kw(L, 1, method);
    kw.expect_positional(count, count);
    take_options(kw);
    for (int k = 1; k <= count; ++k) kw.push(k);
    lua_remove(L, 1);
  }
  if (lua_gettop(L) != count)
    throw Error(ErrorKind::kTypeError, std::string(method) + " takes a target, the event's name" +
                                           (with_function ? " and a function" : ""))
        .with_hint(std::string("db.event.") + method + "(User, 'before_insert'" +
                   (with_function ? ", function(mapper, connection, target) … end)"
                                  : ")(function(mapper, connection, target) … end)"));
  Arguments arguments{check_target(L, 1), nullptr, options};
  arguments.def = &check_event(arguments.target, check_string(L, 2));
  if (with_function) check_function(L, 3);
  const bool takes_value = arguments.target.kind == EventTarget::kAttribute &&
                           arguments.def->number != kRemoveEvent &&
                           arguments.def->number != kModifiedEvent;
  if (options.retval && !takes_value)
    throw Error(ErrorKind::kArgumentError,
                std::string(arguments.def->name) + " does nothing with what a function returns")
        .with_hint("retval = true is for set, append and bulk_replace of an attribute");
  return arguments;
}

int event_listen(lua_State* L) {
  const Arguments a = check_arguments(L, "listen", true);
  event_hub(L).listen(L, a.target, *a.def, 3, a.options);
  return 0;
}

int event_contains(lua_State* L) {
  const Arguments a = check_arguments(L, "contains", true);
  lua_pushboolean(L, event_hub(L).contains(L, a.target, *a.def, 3));
  return 1;
}

int event_remove(lua_State* L) {
  const Arguments a = check_arguments(L, "remove", true);
  if (event_hub(L).remove(L, a.target, *a.def, 3)) return 0;
  throw Error(ErrorKind::kInvalidRequestError,
              "this function does not listen to " + std::string(a.def->name) + " there")
      .with_hint("keep the function that was given to listen, and give the same one");
}

// The second half of listens_for: upvalues are the target, the name and the options.
int listen_decorated(lua_State* L) {
  check_function(L, 1);
  lua_settop(L, 1);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_pushvalue(L, lua_upvalueindex(2));
  const Target target = check_target(L, 2);
  const auto bits = static_cast<unsigned>(lua_tointeger(L, lua_upvalueindex(3)));
  const EventHub::Options options{.once = (bits & 1) != 0,
                                  .named = (bits & 2) != 0,
                                  .retval = (bits & 4) != 0,
                                  .insert = (bits & 8) != 0,
                                  .propagate = (bits & 16) != 0};
  event_hub(L).listen(L, target, check_event(target, check_string(L, 3)), 1, options);
  lua_settop(L, 1);
  return 1;
}

int event_listens_for(lua_State* L) {
  const EventHub::Options o = check_arguments(L, "listens_for", false).options;
  lua_settop(L, 2);
  const unsigned bits = (o.once ? 1U : 0U) | (o.named ? 2U : 0U) | (o.retval ? 4U : 0U) |
                        (o.insert ? 8U : 0U) | (o.propagate ? 16U : 0U);
  lua_pushinteger(L, bits);
  lua_pushcclosure(L, guarded<listen_decorated>, 3);
  return 1;
}

constexpr MethodDef kFunctions[] = {
    {"listen", guarded<event_listen>,
     "listen(target, name, function[, {once =, named =, retval =, insert =, propagate =}])  calls "
     "the function at every event of that name; target: a class, an attribute (User.email), a "
     "session, an engine, or moonbase.Session and db.Model for all of their kind"},
    {"listens_for", guarded<event_listens_for>,
     "listens_for(target, name[, options])(function)  the same around a function, which it "
     "returns"},
    {"contains", guarded<event_contains>,
     "contains(target, name, function)  whether the function listens there"},
    {"remove", guarded<event_remove>, "remove(target, name, function)  it listens no more"},
};

}  // namespace

void open_event(lua_State* L, int module) {
  lua_newtable(L);
  add_functions(L, lua_gettop(L), kFunctions);
  guard_names(L, lua_gettop(L), "event");
  set_doc(L, lua_gettop(L),
          "Functions of a program that are called when something happens: event.listen(User, "
          "'before_insert', function(mapper, connection, target) … end)");
  lua_setfield(L, module, "event");
}

}  // namespace moonbase::bindings
