// Sequence{…}: a counter of the database, as a column's default. The state's thread.
#pragma once

#include <optional>

#include "bindings/lua_api.h"
#include "bindings/stack.h"
#include "orm/schema/column.h"

namespace moonbase::bindings {

// start, increment, minvalue, maxvalue, cache and cycle, which Identity has, too.
void take_sequence_options(Kwargs& kw, schema::SequenceOptions& options);
// The default that asks the sequence at `index` for its next value; nothing for any other value.
std::optional<schema::Default> test_sequence(lua_State* L, int index);
void open_sequences(lua_State* L, int module);

}  // namespace moonbase::bindings
