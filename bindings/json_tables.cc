#include "bindings/json_tables.h"

#include <algorithm>
#include <exception>
#include <vector>

#include "bindings/lua_model.h"
#include "bindings/lua_schema.h"
#include "bindings/orm_area.h"
#include "bindings/stack.h"
#include "orm/base/error.h"

namespace moonbase::bindings {

using base::Error;
using base::Value;
using state::Instance;

namespace {

// With fewer tables than these it is not worth looking for those that nobody holds.
constexpr size_t kFew = 16384;
// What comparing costs, in bytes of a text: for each table, and how much less by its fingerprint.
// Collecting costs an eighth of it for each byte of Lua's memory.
constexpr size_t kCostOfTable = 256;
constexpr size_t kFingerprintAdvantage = 8;
constexpr size_t kCollectorAdvantage = 8;
constexpr size_t kLittleWork = size_t{128} << 10;

// While it lives, the tables are not looked through again from inside.
class Busy {
 public:
  explicit Busy(bool& flag) : flag_(flag) { flag_ = true; }
  Busy(const Busy&) = delete;
  ~Busy() { flag_ = false; }

 private:
  bool& flag_;
};

const types::Type& type_of(const Instance& i, int slot) { return *i.mapper->type(slot); }

}  // namespace

JsonTables::JsonTables(Context& context) : context_(context), most_(kFew) {
  lua_State* L = context.main();
  lua_newtable(L);
  tables_ = LuaRef(L, -1);
  lua_pop(L, 1);
  context.area<OrmArea>().heap().set_edit_source(this);
}

void JsonTables::close() noexcept {
  context_.area<OrmArea>().heap().set_edit_source(nullptr);
  for (auto& [key, w] : watched_) {
    if (is_current(w)) w.instance->slot(w.slot).own();
    --w.instance->pins;
  }
  watched_.clear();
  tables_.reset();
}

uint64_t JsonTables::key_of(Instance& i, int slot) const {
  return (uint64_t{context_.area<OrmArea>().heap().handle(i)} << 16) | static_cast<uint64_t>(slot);
}

bool JsonTables::is_current(const Watched& w) {
  const Value& v = w.instance->slot(w.slot);
  return !w.instance->is_expired() && v.is_bytes() && v.as_bytes().data() == w.text.data();
}

void JsonTables::push_table(lua_State* L, uint64_t key) const {
  tables_.push(L);
  lua_rawgeti(L, -1, static_cast<lua_Integer>(key));
  lua_remove(L, -2);
}

void JsonTables::push(lua_State* L, Instance& i, int slot) {
  const uint64_t key = key_of(i, slot);
  if (const auto found = watched_.find(key); found != watched_.end()) {
    if (is_current(found->second)) {
      push_table(L, key);
      if (!lua_isnil(L, -1)) return;
      lua_pop(L, 1);
    }
  }
  push_typed_value(L, i.slot(slot), type_of(i, slot));
  if (lua_istable(L, -1)) keep(L, i, slot, -1);
}

void JsonTables::keep(lua_State* L, Instance& i, int slot, int index) {
  if (is_busy_) return;  // a finalizer, in the middle of a collection
  index = lua_absindex(L, index);
  const uint64_t key = key_of(i, slot);
  if (const auto found = watched_.find(key); found != watched_.end()) drop(L, found);
  tables_.push(L);
  lua_pushvalue(L, index);
  lua_rawseti(L, -2, static_cast<lua_Integer>(key));
  lua_pop(L, 1);
  Value& v = i.slot(slot);
  Watched& w =
      watched_.try_emplace(key, Watched{&i, slot, std::string(v.as_bytes()), {}}).first->second;
  ++i.pins;
  v = Value::borrowed(v.tag(), w.text);
  if (watched_.size() > most_) shed(L);
}

JsonTables::Map::iterator JsonTables::drop(lua_State* L, Map::iterator at) {
  Watched& w = at->second;
  Value& v = w.instance->slot(w.slot);
  if (v.is_bytes() && v.as_bytes().data() == w.text.data()) v.own();
  --w.instance->pins;
  tables_.push(L);
  lua_pushnil(L);
  lua_rawseti(L, -2, static_cast<lua_Integer>(at->first));
  lua_pop(L, 1);
  return watched_.erase(at);
}

std::optional<Value> JsonTables::edited(lua_State* L, uint64_t key, Watched& w) {
  luaL_checkstack(L, 8, "no room to look at a document");
  const int top = lua_gettop(L);
  push_table(L, key);
  const std::optional<Fingerprint> print = fingerprint(L, -1);
  if (print && print == w.print) {
    lua_settop(L, top);
    compared_ += (kCostOfTable + w.text.size()) / kFingerprintAdvantage;
    return {};
  }
  w.print.reset();
  Value now = check_column_value(L, -1, *w.instance->mapper, w.slot);
  lua_settop(L, top);
  compared_ += kCostOfTable + now.as_bytes().size();
  if (now.as_bytes() == (w.canonical.empty() ? w.text : w.canonical)) {
    w.print = print;
    return {};
  }
  if (!w.canonical.empty()) return now;
  // The database's text may say the same in another form.
  push_typed_value(L, w.instance->slot(w.slot), type_of(*w.instance, w.slot));
  w.canonical = check_column_value(L, -1, *w.instance->mapper, w.slot).as_bytes();
  lua_settop(L, top);
  if (now.as_bytes() != w.canonical) return now;
  w.print = print;
  return {};
}

void JsonTables::write(uint64_t key, Value value) {
  const auto found = watched_.find(key);
  if (found == watched_.end()) return;
  Watched& w = found->second;
  w.instance->write(w.slot, std::move(value));
  Value& v = w.instance->slot(w.slot);
  w.text = v.as_bytes();
  w.canonical.clear();
  v = Value::borrowed(v.tag(), w.text);
}

void JsonTables::compare(const state::InstanceHost* host) {
  if (watched_.empty() || is_busy_) return;
  lua_State* L = context_.running();
  std::vector<std::pair<uint64_t, Value>> changes;
  std::exception_ptr first;
  {
    const Busy busy(is_busy_);
    for (auto at = watched_.begin(); at != watched_.end();) {
      Watched& w = at->second;
      if (host != nullptr && w.instance->host != host) {
        ++at;
        continue;
      }
      if (!is_current(w)) {
        at = drop(L, at);
        continue;
      }
      w.is_unwritable = false;
      try {
        if (std::optional<Value> value = edited(L, at->first, w))
          changes.emplace_back(at->first, std::move(*value));
      } catch (const Error&) {
        w.is_unwritable = true;
        w.instance->set_modified();
        if (!first) first = std::current_exception();
      }
      ++at;
    }
  }
  for (auto& [key, value] : changes) write(key, std::move(value));
  if (first) std::rethrow_exception(first);
}

void JsonTables::notice(const state::InstanceHost* host) {
  if (watched_.empty() || is_busy_) return;
  compare(host);
  lua_State* L = context_.running();
  const auto heap = static_cast<size_t>(lua_gc(L, LUA_GCCOUNT)) << 10;
  if (compared_ > std::max(kLittleWork, heap / kCollectorAdvantage)) shed(L);
}

void JsonTables::undo(const state::InstanceHost& host) {
  if (watched_.empty() || is_busy_) return;
  const Busy busy(is_busy_);
  lua_State* L = context_.running();
  for (auto at = watched_.begin(); at != watched_.end();) {
    Watched& w = at->second;
    bool is_over = w.instance->host == &host && !is_current(w);
    if (w.instance->host == &host && !is_over) {
      try {
        is_over = edited(L, at->first, w).has_value();
      } catch (const Error&) {
        is_over = true;
      }
    }
    at = is_over ? drop(L, at) : std::next(at);
  }
}

void JsonTables::shed(lua_State* L) {
  if (is_busy_) return;
  compared_ = 0;
  try {
    compare(nullptr);
  } catch (const Error&) {
    // The flush says so; what cannot be written is kept.
    compared_ = 0;
  }
  const Busy busy(is_busy_);
  luaL_checkstack(L, 8, "no room to look at documents");
  const int top = lua_gettop(L);
  tables_.push(L);
  lua_newtable(L);
  lua_createtable(L, 0, 1);
  lua_pushliteral(L, "v");
  lua_setfield(L, -2, "__mode");
  lua_setmetatable(L, -2);
  for (const auto& [key, w] : watched_) {
    if (w.is_unwritable) continue;
    lua_rawgeti(L, top + 1, static_cast<lua_Integer>(key));
    lua_rawseti(L, top + 2, static_cast<lua_Integer>(key));
    lua_pushnil(L);
    lua_rawseti(L, top + 1, static_cast<lua_Integer>(key));
  }
  lua_gc(L, LUA_GCCOLLECT);
  for (auto at = watched_.begin(); at != watched_.end();) {
    const auto key = static_cast<lua_Integer>(at->first);
    bool is_held = lua_rawgeti(L, top + 1, key) != LUA_TNIL;  // unwritable, or read meanwhile
    if (!is_held && lua_rawgeti(L, top + 2, key) != LUA_TNIL) {
      is_held = true;
      lua_rawseti(L, top + 1, key);
    }
    at = is_held ? std::next(at) : drop(L, at);
    lua_settop(L, top + 2);
  }
  lua_settop(L, top);
  most_ = std::max(kFew, watched_.size() * 2);
}

}  // namespace moonbase::bindings
