// The schema of an SQLite file, from its PRAGMAs and, for what they keep to themselves, from the
// text of each CREATE (sqlite_create_text.h). Any thread, like every Reflector.
#pragma once

#include "orm/dialect/reflector.h"

namespace moonbase::dialect::sqlite {

const Reflector& sqlite_reflector();

}  // namespace moonbase::dialect::sqlite
