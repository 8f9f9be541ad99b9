// The order of a flush's rows: components of mapped classes one after the other; inside a component
// that depends on itself, rows in layers, with a nullable key cut where the rows form a cycle.
// Pure.
#pragma once

#include "orm/session/flush_plan.h"

namespace moonbase::session {

// The foreign key is written by an UPDATE of its own, whichever side says so.
bool has_post_update(const mapper::Relationship& r);
// All columns of the row's foreign key may be NULL.
bool may_be_null(const state::Instance& row, const schema::ForeignKeyConstraint& key);

// Fills saves, closings, openings and deletes of a plan whose nodes and syncs are complete. Throws
// kCircularDependencyError naming the rows of a cycle that no nullable key opens.
void order_rows(mapper::Registry& registry, FlushPlan& plan);

}  // namespace moonbase::session
