// What the prompt of a terminal says before the `>`: the database, and what is under way in
// db.session. The thread that runs the Lua state; sends no SQL and runs no Lua code of the
// program's.
#pragma once

#include <string>

#include "bindings/lua_api.h"

namespace moonbase::shell {

// "moonbase", with " app.db" behind it where the database is a file or on a server, then `+3` for
// objects that the next flush writes, or `*` when what was written waits for a commit, and `!` when
// only a rollback is possible.
std::string prompt_text(lua_State* L);

// Whether a mistake would be a costly one: MOONBASE_ENV is `production` or begins with `prod`.
bool is_production();

}  // namespace moonbase::shell
