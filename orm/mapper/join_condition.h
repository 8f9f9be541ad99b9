// How two mapped tables are joined for a relationship: the search for foreign keys between them, or
// the reading of the condition that was declared; the direction that follows, and the columns to
// keep in step. Pure functions over frozen mappers.
#pragma once

#include "orm/mapper/mapper.h"

namespace moonbase::mapper {

// Fills uselist, direction, pairs, secondary_pairs, use_get and the written condition of a
// relationship whose owner, target, def and secondary are set. Throws kNoForeignKeysError,
// kAmbiguousForeignKeysError (naming the ways there are and the option that chooses),
// kNoReferencedColumnError or kArgumentError (an option that does not fit).
void determine_join(Relationship& relationship);

// The same for the other side of a pair, from the side that is done.
void mirror_join(const Relationship& forward, Relationship& backward);

}  // namespace moonbase::mapper
