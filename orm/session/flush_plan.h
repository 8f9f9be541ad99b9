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
#include "orm/state/instance.h"

namespace moonbase::session {

enum class Action : uint8_t { kInsert, kUpdate, kDelete };

// Before the child is written, its foreign key becomes the parent's key, or NULL.
struct Sync {
  const mapper::Relationship* relationship;
  state::Instance* parent;  // null: clear
  int next;                 // of the same child; -1 ends
  bool cut;                 // written as NULL first, closed after the inserts
};

struct Node {
  state::Instance* instance;
  Action action;
  int component;
  int first_sync = -1, last_sync = -1;
};

// A row of an association table.
struct LinkRow {
  const mapper::Relationship* relationship;
  state::Instance* owner;
  state::Instance* target;
};

// A foreign key that must be NULL before the rows of a cycle can be deleted.
struct Opening {
  int node;
  const schema::ForeignKeyConstraint* key;
};

struct FlushPlan {
  std::vector<Node> nodes;
  std::vector<Sync> syncs;
  std::vector<LinkRow> unlinks, links;
  std::vector<int> saves;     // nodes to insert or update, in order
  std::vector<int> closings;  // nodes whose cut keys are written after all saves
  std::vector<Opening> openings;
  std::vector<int> deletes;        // nodes, in order
  std::vector<std::string> notes;  // "‹would load User.posts›"
  bool empty() const { return nodes.empty() && links.empty() && unlinks.empty(); }
};

// What the session knows; lists may hold entries that no longer apply (they are skipped by the
// instance's own state).
struct FlushInput {
  const std::vector<state::Instance*>& added;  // in the order of add()
  const std::vector<state::Instance*>& modified;
  const std::vector<state::Instance*>& deleted;
  const state::InstanceHost* host;
};

// What a plan must read to be complete. A dry run allows neither.
struct PlanReads {
  // Loads a slot of an instance that is to be deleted; false when that is not allowed.
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

}  // namespace moonbase::session
