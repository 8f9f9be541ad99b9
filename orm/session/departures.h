// Who leaves with a flush: objects marked for deletion, orphans (members taken out of a
// relationship that deletes orphans and not put into another), and what the delete cascade reaches
// from these. A new object that nobody owns any more is not written at all. Decided when the flush
// begins, so that an object may change hands before. Part of planning (flush_plan.h); points at
// instances, owns none.
#pragma once

#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "orm/session/flush_plan.h"

namespace moonbase::session {

class Departures {
 public:
  // `notes` gets what a dry run would have to load.
  Departures(mapper::Registry& registry, const FlushInput& input, const PlanReads& reads,
             std::vector<std::string>& notes);
  // Throws kInvalidRequestError for a target of a single_parent relationship that got two owners.
  void find();

  // Rows to delete, in no particular order: every one once.
  const std::vector<state::Instance*>& going() const { return going_; }
  // New objects that belong to nobody.
  const std::vector<state::Instance*>& expelled() const { return expelled_; }

 private:
  using Claim = std::pair<const state::Instance*, const mapper::Relationship*>;
  struct ClaimHash {
    size_t operator()(const Claim& c) const {
      return std::hash<const void*>()(c.first) * 31 + std::hash<const void*>()(c.second);
    }
  };

  bool is_ours(const state::Instance& i) const;
  void collect(state::Instance& owner);
  void claim(const state::Instance& owner, const mapper::Relationship& r,
             const state::Instance& member);
  void release(state::Instance& owner, const mapper::Relationship& r);
  bool has_owner(const state::Instance& member, const mapper::Relationship& r) const;
  bool was_linked(state::Instance& member, const mapper::Relationship& r) const;
  bool is_unowned(const state::Instance& pending);
  void judge(state::Instance& member, const mapper::Relationship& r);
  void leave(state::Instance& i);

  void check_single_parents() const;
  const std::vector<const mapper::Relationship*>& orphan_rules(const mapper::Mapper& m);

  mapper::Registry& registry_;
  const FlushInput& input_;
  const PlanReads& reads_;
  std::vector<std::string>& notes_;
  std::vector<state::Instance*> going_, expelled_;
  std::unordered_set<const state::Instance*> left_;  // both, but for those that were marked
  std::vector<std::pair<state::Instance*, const mapper::Relationship*>> candidates_;
  // Members of relationships without another side, and who has gained them.
  std::unordered_map<Claim, const state::Instance*, ClaimHash> claims_;
  std::unordered_map<const mapper::Mapper*, std::vector<const mapper::Relationship*>> rules_;
};

// A member that its owner's slot still holds may say itself that it belongs to another.
bool has_moved_on(const state::Instance& member, const mapper::Relationship& r,
                  const state::Instance& owner);

// The members that a to-one or to-many slot had at the last flush and has no more, as far as that
// is known.
std::vector<state::Instance*> partners_before(state::Instance& owner, const mapper::Relationship& r,
                                              const PlanReads& reads,
                                              std::vector<std::string>& notes);

}  // namespace moonbase::session
