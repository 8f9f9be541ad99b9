// One mapped object in memory: a header, then one 16-byte slot per attribute, in one allocation
// that may carry the loaded text behind the slots. Owned by an InstanceHeap; pointers to it are
// never owners. Belongs to one thread.
//
// A slot holds a column's value, or one of the markers that keep three kinds of nothing apart:
// kNeverSet (a new object whose attribute nobody gave), kNotLoaded (the database knows), and kNull
// (NULL). A relationship's slot holds kObject (pointer to an Instance), kNull, kCollection (pointer
// to a Collection that the slot owns), or a marker.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "orm/base/value.h"
#include "orm/mapper/mapper.h"
#include "orm/state/host.h"

namespace moonbase::state {

class Collection;

enum class Lifecycle : uint8_t { kTransient, kPending, kPersistent, kDeleted, kDetached };
std::string_view lifecycle_name(Lifecycle state);

// Why a slot is kNotLoaded: it is to be read again with all others, it was left out by the query
// that loaded the object and is to be read by itself, or it was left out and reading it raises.
enum class Unloaded : uint8_t { kExpired, kLeftOut, kRaises };
inline base::Value unloaded(Unloaded why) {
  return base::Value::pointer(base::Tag::kNotLoaded,
                              reinterpret_cast<void*>(static_cast<uintptr_t>(why)));
}
inline Unloaded why_unloaded(const base::Value& v) {
  return static_cast<Unloaded>(reinterpret_cast<uintptr_t>(v.as_pointer()));
}

// The first old value of a slot since the last flush; a marker where there was none. Objects as
// kObject.
struct Change {
  int slot;
  base::Value old;
};

struct History {
  std::vector<Change> changes;
  // SQL expressions assigned to column slots (User.x + 1): the slot holds kExpression until the
  // flush.
  std::vector<std::pair<int, expr::ElementPtr>> expressions;

  const Change* find(int slot) const;
};

struct Instance {
  const mapper::Mapper* mapper;
  InstanceHost* host;  // null: transient or detached
  base::Value* slots;
  History* history;      // made on the first change, gone after a flush
  uint64_t order;        // in which it was added to its session
  uint32_t epoch;        // of the host when it was last loaded
  uint32_t handle;       // a small number of its own, 0 when it has none (InstanceHeap::handle)
  uint32_t pins;         // holders outside the graph
  uint32_t flush_index;  // position + 1 in the plan of a running flush
  uint16_t slot_count;
  uint16_t size_class;  // of its memory (Arena)
  Lifecycle lifecycle;
  bool modified : 1;           // its host has been told
  bool delete_marked : 1;      // session.delete, not flushed
  bool has_identity : 1;       // was written or loaded: the key slots name a row
  bool marked : 1;             // by a sweep
  bool detached_by_close : 1;  // why it is detached, for the message
  bool row_is_gone : 1;        // its deletion was committed
  bool slots_moved : 1;        // slots live in an allocation of their own
  bool refresh_pending : 1;
  bool taken_out : 1;  // of a relationship that deletes orphans, since the last flush

  base::Value& slot(int i) { return slots[i]; }
  const base::Value& slot(int i) const { return slots[i]; }
  bool is_expired() const { return host != nullptr && epoch != host->epoch; }

  // The value of an attribute, loading what must be loaded. Never returns a kNotLoaded marker for
  // an attached instance. Throws kDetachedInstanceError when it would have to load and has no
  // session.
  const base::Value& read(int i) {
    if (host != nullptr && epoch == host->epoch && slots[i].tag() != base::Tag::kNotLoaded)
        [[likely]]
      return slots[i];
    return read_slow(i);
  }
  // Sets a column slot: remembers the first old value of an object that has a row, and tells the
  // host. `v` is already cast to the column's type.
  void write(int i, base::Value v);
  void write_expression(int i, expr::ElementPtr e);
  // Sets a slot as loaded: no history.
  void load(int i, base::Value v);

  // The value a column had when it was last in step with the database.
  const base::Value& committed(int i) const;
  const expr::ElementPtr* expression(int i) const;
  // The collection in a slot; null when there is none yet.
  Collection* collection(int i) const;
  Instance* object(int i) const {
    return slots[i].tag() == base::Tag::kObject ? static_cast<Instance*>(slots[i].as_pointer())
                                                : nullptr;
  }
  // Makes the slot's collection (empty; loaded or not).
  Collection& make_collection(int i, bool loaded);
  // Forgets a relationship slot's content: frees the collection.
  void drop_relationship(int i);

  // Applies an expiry by epoch to the slots: columns but the key become kNotLoaded, relationships
  // are dropped, changes forgotten.
  void apply_expiry();
  void remember(int i);  // the old value of a slot, before it changes
  void set_modified();
  // A new object: the column that says a row's class says this one, unless the program has said it.
  void say_class();
  void clear_history();  // after a flush: the current values are the committed ones

 private:
  const base::Value& read_slow(int i);
};

// "<User 3>", "<User (pending 12)>": for messages; uses the key only.
std::string describe(const Instance& instance);

}  // namespace moonbase::state
