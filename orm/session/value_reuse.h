// Unique values that change hands inside one flush. Rows are deleted last, so a row that takes over
// the value of one that is deleted would meet it still there: such deletes, with the deletes of the
// rows that depend on them, are moved before everything that is saved, where nothing that stays
// still refers to them. Part of planning.
#pragma once

#include "orm/session/flush_plan.h"

namespace moonbase::session {

// Fills early_deletes, early_openings and takeovers of an ordered plan. May read unique values of
// rows that are to be deleted and are not loaded.
void reuse_values(FlushPlan& plan, const PlanReads& reads);

}  // namespace moonbase::session
