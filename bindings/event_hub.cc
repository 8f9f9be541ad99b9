#include "bindings/event_hub.h"

#include <algorithm>

#include "bindings/guard.h"
#include "bindings/lua_session.h"
#include "bindings/orm_area.h"
#include "bindings/stack.h"
#include "orm/base/error.h"

namespace moonbase::bindings {

using base::Error;
using base::ErrorKind;
using session::Session;
using state::Instance;

static_assert(kAllEvents <= 64);

EventHub& event_hub(lua_State* L) { return Context::of(L).area<EventHub>(); }

EventHub::EventHub(Context& context) : context_(context) {
  lua_State* L = context.running();
  lua_newtable(L);
  functions_ = LuaRef(L, -1);
  lua_newtable(L);
  lua_newtable(L);
  lua_pushliteral(L, "k");
  lua_setfield(L, -2, "__mode");
  lua_setmetatable(L, -2);
  session_functions_ = LuaRef(L, -1);
  lua_pop(L, 2);
}

EventHub::~EventHub() {
  for (const auto& registry : registries_) registry->set_attribute_listener(nullptr);
  for (const auto& weak : engines_)
    if (const engine::EnginePtr engine = weak.lock()) engine->set_listener(nullptr);
}

// ---- the list ----

bool EventHub::push_functions(lua_State* L, const Target& target, bool make) {
  if (target.kind != EventTarget::kSession || target.object == nullptr) {
    functions_.push(L);
    return true;
  }
  session_functions_.push(L);
  if (!push_session(L, *static_cast<const Session*>(target.object))) {
    lua_pop(L, 1);
    return false;
  }
  lua_pushvalue(L, -1);
  if (lua_rawget(L, -3) != LUA_TTABLE && make) {
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushvalue(L, -2);
    lua_pushvalue(L, -2);
    lua_rawset(L, -5);
  }
  lua_replace(L, -3);
  lua_pop(L, 1);
  if (lua_istable(L, -1)) return true;
  lua_pop(L, 1);
  return false;
}

bool EventHub::push_function(lua_State* L, const Entry& entry) {
  if (!push_functions(L, entry.target, false)) return false;
  lua_rawgeti(L, -1, static_cast<lua_Integer>(entry.id));
  lua_replace(L, -2);
  if (!lua_isnil(L, -1)) return true;
  lua_pop(L, 1);
  return false;
}

const EventHub::Entry* EventHub::find(uint64_t id) const {
  const auto found = std::ranges::find(entries_, id, &Entry::id);
  return found == entries_.end() ? nullptr : &*found;
}

const EventHub::Entry* EventHub::find_same(lua_State* L, const Target& target, const EventDef& def,
                                           int function) {
  function = lua_absindex(L, function);
  for (const Entry& entry : entries_) {
    if (entry.number != def.number || !(entry.target == target) || !push_function(L, entry))
      continue;
    const bool is_same = lua_rawequal(L, -1, function) != 0;
    lua_pop(L, 1);
    if (is_same) return &entry;
  }
  return nullptr;
}

void EventHub::listen(lua_State* L, const Target& target, const EventDef& def, int function,
                      const Options& options) {
  function = lua_absindex(L, function);
  if (find_same(L, target, def, function) != nullptr) return;
  Entry entry{++last_id_, def.number, target, options};
  push_functions(L, target, true);
  lua_pushvalue(L, function);
  lua_rawseti(L, -2, static_cast<lua_Integer>(entry.id));
  lua_pop(L, 1);
  entries_.insert(options.insert ? entries_.begin() : entries_.end(), std::move(entry));
  refresh();
}

bool EventHub::contains(lua_State* L, const Target& target, const EventDef& def, int function) {
  return find_same(L, target, def, function) != nullptr;
}

void EventHub::erase(uint64_t id) {
  std::erase_if(entries_, [id](const Entry& e) { return e.id == id; });
  refresh();
}

bool EventHub::remove(lua_State* L, const Target& target, const EventDef& def, int function) {
  const Entry* entry = find_same(L, target, def, function);
  if (entry == nullptr) return false;
  const uint64_t id = entry->id;
  push_functions(L, target, false);
  lua_pushnil(L);
  lua_rawseti(L, -2, static_cast<lua_Integer>(id));
  lua_pop(L, 1);
  erase(id);
  return true;
}

void EventHub::forget(const Session& session) noexcept {
  if (std::erase_if(entries_, [&](const Entry& e) { return e.target.object == &session; }) > 0)
    refresh();
}

void EventHub::refresh() {
  heard_ = 0;
  for (const Entry& e : entries_) heard_ |= uint64_t{1} << e.number;
  wanted_ = heard_ & ((uint64_t{1} << session::kEventCount) - 1);
  for (const Entry& e : entries_) {
    if (e.target.registry && std::ranges::find(registries_, e.target.registry) == registries_.end())
      registries_.push_back(e.target.registry);
    const engine::EnginePtr& engine = e.target.engine;
    if (engine && engine->listener() == nullptr) {
      engine->set_listener(this);
      engines_.push_back(engine);
    }
  }
  for (const auto& registry : registries_) {
    const bool is_heard = std::ranges::any_of(
        entries_, [&](const Entry& e) { return e.target.registry == registry; });
    registry->set_attribute_listener(is_heard ? this : nullptr);
  }
  for (const auto& weak : engines_) {
    const engine::EnginePtr engine = weak.lock();
    if (engine &&
        std::ranges::none_of(entries_, [&](const Entry& e) { return e.target.engine == engine; }))
      engine->set_listener(nullptr);
  }
  std::erase_if(engines_, [](const auto& weak) {
    const engine::EnginePtr engine = weak.lock();
    return !engine || engine->listener() == nullptr;
  });
}

// ---- calling ----

struct EventHub::Call {
  EventHub& hub;
  const EventDef& def;
  std::vector<uint64_t> ids;
  const Push& push;
  const Take& take;
};

// Runs in protected mode: whatever goes wrong on the way is an error of the event's.
int EventHub::run_call(lua_State* L) {
  const Call& call = *static_cast<Call*>(lua_touserdata(L, 1));
  lua_settop(L, 0);
  luaL_checkstack(L, 24, "too many nested calls");
  call.push(L);
  const int count = lua_gettop(L);
  for (const uint64_t id : call.ids) {
    const Entry* entry = call.hub.find(id);
    // A function before it may have taken it out.
    if (entry == nullptr || !call.hub.push_function(L, *entry)) continue;
    const Options options = entry->options;
    if (options.once) call.hub.erase(id);
    if (options.named) {
      lua_createtable(L, 0, count);
      for (int k = 0; k < count; ++k) {
        lua_pushvalue(L, k + 1);
        lua_setfield(L, -2, call.def.arguments[static_cast<size_t>(k)]);
      }
    } else {
      for (int k = 1; k <= count; ++k) lua_pushvalue(L, k);
    }
    lua_call(L, options.named ? 1 : count, options.retval ? 1 : 0);
    if (options.retval && call.take) call.take(L, lua_gettop(L), 1);
    lua_settop(L, count);
  }
  return 0;
}

void EventHub::run(int number, std::vector<uint64_t> ids, const Push& push, const Take& take) {
  if (ids.empty() || is_closed_) return;
  const auto def = std::ranges::find(event_table(), number, &EventDef::number);
  Call call{*this, *def, std::move(ids), push, take};
  lua_State* L = context_.running();
  if (lua_checkstack(L, 4) == 0)
    throw Error(ErrorKind::kInvalidRequestError,
                std::string(def->name) + ": hooks call each other too deep");
  lua_pushcfunction(L, guarded<run_call>);
  lua_pushlightuserdata(L, &call);
  call_lua(L, 1, 0);
}

std::vector<uint64_t> EventHub::listening(int number, const Matches& matches) const {
  std::vector<uint64_t> ids;
  if (!hears(number)) return ids;
  for (const Entry& e : entries_)
    if (e.number == number && matches(e)) ids.push_back(e.id);
  return ids;
}

}  // namespace moonbase::bindings
