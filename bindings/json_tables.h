// The tables that Lua holds of objects' JSON and ARRAY columns. Reading such a column twice gives
// one table, and what a program changes in it is written by the next flush: a session that looks
// for changes compares each table with the text it was made of (state::EditSource). A table that
// was assigned is watched in the same way. Expiring, refreshing and rolling back end the bond: the
// next read makes a new table.
//
// While a table is watched, its object is pinned, and the slot borrows the text that is kept here:
// any other value in the slot, however it came there, is seen by its address. A table that the
// program cannot reach any more is dropped after it was compared once more. Objects without such
// columns cost nothing. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "bindings/context.h"
#include "bindings/table_fingerprint.h"
#include "orm/state/edits.h"
#include "orm/state/instance.h"

namespace moonbase::bindings {

class JsonTables final : public state::EditSource {
 public:
  explicit JsonTables(Context& context);
  JsonTables(const JsonTables&) = delete;

  // Columns whose tables are watched: not those of a TypeDecorator, whose functions may make
  // anything of a value.
  static bool watches(const mapper::Mapper& mapper, int slot) {
    const types::Type& type = *mapper.type(slot);
    return type.is_mutable() && type.kind() != types::TypeKind::kDecorator &&
           mapper.column(slot) != nullptr;
  }
  // Pushes the value of a loaded slot of such a type. Throws what push_typed_value does.
  void push(lua_State* L, state::Instance& instance, int slot);
  // The table at `index` was assigned to the slot, which holds its text.
  void keep(lua_State* L, state::Instance& instance, int slot, int index);

  void notice(const state::InstanceHost* host) override;
  void undo(const state::InstanceHost& host) override;
  void close() noexcept;
  size_t size() const { return watched_.size(); }

 private:
  struct Watched {
    state::Instance* instance;
    int slot;
    std::string text;       // what the slot borrows
    std::string canonical;  // the same as it is written here; empty until it was asked for
    std::optional<Fingerprint> print = {};  // of the table when it last made this text
    bool is_unwritable = false;
  };
  using Map = std::map<uint64_t, Watched>;  // ordered, so that changes are found in one order

  uint64_t key_of(state::Instance& instance, int slot) const;
  static bool is_current(const Watched& w);
  void push_table(lua_State* L, uint64_t key) const;
  // The text that the table makes when it is another one. Throws for what cannot be text.
  std::optional<base::Value> edited(lua_State* L, uint64_t key, Watched& w);
  void write(uint64_t key, base::Value value);
  Map::iterator drop(lua_State* L, Map::iterator at);
  // Compares all, and drops the tables that only this object holds.
  // Writes what was edited of one host's objects (null: of all) into them.
  void compare(const state::InstanceHost* host);
  void shed(lua_State* L);

  Context& context_;
  LuaRef tables_;  // key -> table
  Map watched_;
  size_t most_;          // shed when there are more
  size_t compared_ = 0;  // the work since the last time
  bool is_busy_ = false;
};

}  // namespace moonbase::bindings
