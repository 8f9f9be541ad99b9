// What the ORM keeps for one Lua state: the heap that owns all mapped objects, the proxies Lua
// holds of them, and what each mapped class looks like from Lua. Made on first use by
// Context::area; outlives every userdata of the state.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bindings/box.h"
#include "bindings/class_def.h"
#include "bindings/context.h"
#include "orm/engine/engine.h"
#include "orm/mapper/registry.h"
#include "orm/query/query.h"
#include "orm/session/session.h"
#include "orm/state/instance_heap.h"

namespace moonbase::bindings {

// How a slot's value reaches Lua.
enum class SlotAccess : uint8_t { kPlain, kTyped, kRelationship };

class Origins;
struct Database;
struct ValidatorSpec;

struct ModelInfo {
  const mapper::Mapper* mapper = nullptr;
  std::shared_ptr<mapper::Registry> registry;  // keeps the mapper
  std::shared_ptr<Database> database;
  std::string location;  // "models.lua:3": where it was declared
  LuaRef class_object;   // User
  // name -> slot (see push_slot_member), descriptor (descriptor.h), method or other value
  LuaRef members;
  LuaRef metatable;  // of its proxies
  // What the constructor takes: name -> place, counted from 1, in the list of slots; see
  // push_keyword_places.
  LuaRef keyword_places;
  std::vector<int> keyword_slots;
  std::vector<SlotAccess> access;
  std::vector<std::shared_ptr<const ValidatorSpec>> validators;
  std::shared_ptr<const query::Query> query;  // what User.query starts from; null before its use
};

// One `db`: its classes, its tables by bind key, its engines by bind key.
struct Database {
  std::shared_ptr<mapper::Registry> registry;
  std::map<std::string, schema::MetaDataPtr> metadatas;
  std::map<std::string, engine::EnginePtr> engines;
  LuaRef session;      // db.session
  LuaRef query_class;  // methods of all its queries; see query_class.h

  // The engine of a bind key; throws kUnboundExecutionError that says what to configure.
  const engine::EnginePtr& engine(const std::string& bind_key) const;
};
using DatabasePtr = std::shared_ptr<Database>;

struct DatabaseBox {
  DatabasePtr database;
};
template <>
const ClassDef& class_of<DatabaseBox>();

class OrmArea {
 public:
  explicit OrmArea(Context& context);

  state::InstanceHeap& heap() { return heap_; }
  // Null for a mapper that was not declared through Lua.
  ModelInfo* find_model(const mapper::Mapper& mapper) {
    return mapper.uid() < models_.size() ? models_[mapper.uid()].get() : nullptr;
  }
  ModelInfo& model(const mapper::Mapper& mapper) { return *models_[mapper.uid()]; }
  ModelInfo& add_model(lua_State* L, const mapper::Mapper& mapper);
  // Makes the members table agree with the mapper's attributes.
  void refresh_members(lua_State* L, ModelInfo& info);
  // The weak table from instances' handles to proxies.
  void push_proxies(lua_State* L) const { proxies_.push(L); }
  // A weak list of one: the collection that Lua was handed last.
  void push_last_collection(lua_State* L) const { last_collection_.push(L); }

  // Notes where objects are made and changed; null while nobody wants to know.
  Origins* origins = nullptr;
  // The database declared last: what a session without one of its own uses.
  DatabasePtr current;
  // All that are left, in order of declaration.
  std::vector<std::weak_ptr<Database>> databases;
  // The one an engine belongs to; `current` when it is nobody's.
  DatabasePtr database_of(const engine::EnginePtr& engine) const;

 private:
  state::InstanceHeap heap_;
  LuaRef proxies_;
  LuaRef last_collection_;
  std::vector<std::unique_ptr<ModelInfo>> models_;  // by mapper uid
};

// What a slot is in a members table: its number and how its value reaches Lua, packed into a light
// userdata, so that a class may have constants of any sort beside its attributes.
struct SlotMember {
  int slot;  // -1: the member is something else
  SlotAccess access;
};
inline void push_slot_member(lua_State* L, int slot, SlotAccess access) {
  lua_pushlightuserdata(
      L, reinterpret_cast<void*>(static_cast<intptr_t>(slot) * 4 + static_cast<intptr_t>(access)));
}
// The member on the top, of this Lua type.
inline SlotMember slot_member(lua_State* L, int lua_type) {
  if (lua_type != LUA_TLIGHTUSERDATA) return {-1, SlotAccess::kPlain};
  const auto packed = reinterpret_cast<intptr_t>(lua_touserdata(L, -1));
  if (packed < 0 || packed >= intptr_t{4} << 16)
    return {-1, SlotAccess::kPlain};  // moonbase.null, say: an address
  return {static_cast<int>(packed >> 2), static_cast<SlotAccess>(packed & 3)};
}

inline OrmArea& orm_area(lua_State* L) { return Context::of(L).area<OrmArea>(); }

// Area: the database core that the prelude's `moonbase.Database` is made of.
void open_database(lua_State* L, int module);

}  // namespace moonbase::bindings
