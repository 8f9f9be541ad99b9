// A relationship's condition as a program wrote it (primaryjoin, secondaryjoin): which of its
// columns are whose, which are foreign, and what follows from that. Pure functions over mappers.
#pragma once

#include "orm/mapper/mapper.h"

namespace moonbase::mapper {

// Fills direction, pairs, secondary_pairs and, where the pairs do not say it all, primaryjoin,
// secondaryjoin, near and far of a relationship whose `def` has a condition; the half
// of one through a secondary table that was not written follows from that table's foreign keys.
// Throws kArgumentError for a condition without foreign columns, whose sides cannot be told apart,
// or that cannot be written.
void read_written_join(Relationship& relationship);

// Fills near_slots of a relationship whose join is known.
void find_near_slots(Relationship& relationship);

}  // namespace moonbase::mapper
