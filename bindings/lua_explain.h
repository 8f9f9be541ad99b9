// The plan of a statement in Lua: q:explain(), session:explain(statement).
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "bindings/lua_api.h"
#include "orm/expr/statement.h"
#include "orm/session/session.h"

namespace moonbase::bindings {

// Asks the session's database and pushes the answer: tostring is the steps as an indented tree,
// `rows` the list of {id, parent, detail}. `options` is the index of {analyze = true} or of
// nothing.
void push_explanation(lua_State* L, session::Session& session, const expr::Statement& statement,
                      const std::vector<std::pair<std::string, base::Value>>& parameters,
                      int options);
// The table a statement is about, which decides the database it goes to; null for none.
const schema::Table* statement_table(const expr::Statement& statement);

}  // namespace moonbase::bindings
