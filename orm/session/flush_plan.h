// What a flush will do, as data, before anything is sent: which rows are written in which order,
// which keys are copied from which object to which, where a cycle is cut. Made by `plan_flush` from
// the session's state alone; the session carries it out (persistence.h) or shows it
// (Session::plan). The plan points at instances and owns none.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "orm/mapper/registry.h"
#include "orm/state/collection.h"
#include "orm/state/identity.h"
#include "orm/state/instance.h"

namespace moonbase::session {

enum class Action : uint8_t { kInsert, kUpdate, kDelete };

// Before the child is written, its foreign key becomes the parent's key, or NULL.
struct Sync {
  const mapper::Relationship* relationship;
  state::Instance* parent;  // null: clear
  int next;                 // of the same child; -1 ends
  bool cut;                 // written by an UPDATE of its own, after the inserts
};

struct Node {
  state::Instance* instance;
  Action action;
  int component;
  int first_sync = -1, last_sync = -1;
  // A new object under the key of one that is deleted: its row is updated. Both nodes name each
  // other; -1 mostly.
  int switches_with = -1;
};

// A row of an association table.
struct LinkRow {
  const mapper::Relationship* relationship;
  state::Instance* owner;
  state::Instance* target;
};

// A foreign key that must be NULL before the row it refers to can be deleted.
struct Opening {
  int node;
  const schema::ForeignKeyConstraint* key;
};

// A row takes over a unique value of one that is deleted. What to say when the database refuses.
struct Takeover {
  int taker, holder;    // nodes: the row to be written, the row to be deleted
  std::string columns;  // "username"
  std::string why_not;  // "<Post 3> still refers to <User 1>": the delete cannot go first
};

struct FlushPlan {
  std::vector<Node> nodes;
  std::vector<Sync> syncs;
  std::vector<state::Instance*> expelled;  // new objects that nobody owns any more: not written
  std::vector<LinkRow> unlinks, links;
  // Rows whose unique values others take over go first, with those that depend on them.
  std::vector<Opening> early_openings;
  std::vector<int> early_deletes;
  std::vector<Takeover> takeovers;
  std::vector<int> saves;     // nodes to insert or update, in order
  std::vector<int> closings;  // nodes whose cut keys are written after all saves
  std::vector<Opening> openings;
  std::vector<int> deletes;        // nodes, in order
  std::vector<int> switched;       // deleted objects whose row another object takes over
  std::vector<std::string> notes;  // "‹would load User.posts›"
  bool empty() const {
    return nodes.empty() && links.empty() && unlinks.empty() && expelled.empty();
  }
};

// What the session knows; lists may hold entries that no longer apply (they are skipped by the
// instance's own state).
struct FlushInput {
  const std::vector<state::Instance*>& added;  // in the order of add()
  const std::vector<state::Instance*>& modified;
  const std::vector<state::Instance*>& deleted;
  const state::InstanceHost* host;
  const state::IdentityMap* identity;
};

// What a plan must read to be complete. A dry run allows neither.
struct PlanReads {
  // Loads a slot, or the former value of a column overwritten unread; false when that may not be.
  std::function<bool(state::Instance&, int slot)> slot;
  // The objects at the far side of a relationship as the database has them; nothing when that is
  // not allowed.
  std::function<std::optional<std::vector<state::Instance*>>(state::Instance&,
                                                             const mapper::Relationship&)>
      stored;
};
// Told of an object that is linked to but belongs to no session.
using Orphaned = std::function<void(const state::Instance& owner, const mapper::Relationship&,
                                    const state::Instance&)>;

// Throws kCircularDependencyError for a cycle without a nullable key, naming its rows. Sets
// flush_index of the nodes' instances; the caller resets it through `release`.
FlushPlan plan_flush(mapper::Registry& registry, const FlushInput& input, const PlanReads& reads,
                     const Orphaned& not_in_session);
void release(const FlushPlan& plan);

// The members that a flush has to link: to an object without a row all are new, also when an
// earlier flush of it was rolled back.
std::vector<state::Instance*> added_of(const state::Instance& owner,
                                       const state::Collection& members);

}  // namespace moonbase::session
