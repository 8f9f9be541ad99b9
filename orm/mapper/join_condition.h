// How two mapped tables are joined for a relationship: the search for foreign keys between them,
// the direction that follows, and the columns to keep in step. Pure functions over frozen mappers.
#pragma once

#include "orm/mapper/mapper.h"

namespace moonbase::mapper {

// Fills direction, pairs, secondary_pairs and use_get of a relationship whose owner, target, def
// and secondary are set. Throws kNoForeignKeysError, kAmbiguousForeignKeysError (naming the ways
// there are and the option that chooses) or kArgumentError (an option that names no column).
void determine_join(Relationship& relationship);

}  // namespace moonbase::mapper
