#include "bindings/lua_explain.h"

#include <algorithm>

#include "bindings/class_def.h"
#include "bindings/guard.h"
#include "bindings/session_router.h"
#include "bindings/stack.h"
#include "orm/engine/explain.h"

namespace moonbase::bindings {

using dialect::PlanStep;

namespace {

// The steps below `parent`, each on a line of its own.
void append_steps(std::string& out, const std::vector<PlanStep>& steps, int64_t parent,
                  size_t depth) {
  for (const PlanStep& step : steps) {
    if (step.parent != parent || step.id == parent) continue;
    if (!out.empty()) out += '\n';
    out += std::string(depth * 2, ' ') + step.detail;
    append_steps(out, steps, step.id, depth + 1);
  }
}

int explanation_tostring(lua_State* L) {
  lua_getfield(L, 1, "text");
  return 1;
}

constexpr MethodDef kMetamethods[] = {
    {"__tostring", guarded<explanation_tostring>, "tostring(plan)  the steps as an indented tree"},
};

}  // namespace

void push_explanation(lua_State* L, session::Session& session, const expr::Statement& statement,
                      const std::vector<std::pair<std::string, base::Value>>& parameters,
                      int options) {
  dialect::ExplainOptions how;
  if (!lua_isnoneornil(L, options)) {
    Kwargs kw(L, options, "explain");
    how.analyze = kw.take_boolean("analyze", false);
    kw.finish();
  }
  session.before_execute(true);
  const std::vector<PlanStep> steps =
      engine::explain(session.connection(statement_table(statement), access_of(statement)),
                      statement, parameters, how);
  lua_createtable(L, 0, 2);
  lua_createtable(L, static_cast<int>(steps.size()), 0);
  for (size_t i = 0; i < steps.size(); ++i) {
    lua_createtable(L, 0, 3);
    lua_pushinteger(L, steps[i].id);
    lua_setfield(L, -2, "id");
    lua_pushinteger(L, steps[i].parent);
    lua_setfield(L, -2, "parent");
    push_string(L, steps[i].detail);
    lua_setfield(L, -2, "detail");
    lua_rawseti(L, -2, static_cast<lua_Integer>(i) + 1);
  }
  lua_setfield(L, -2, "rows");
  std::string text;
  append_steps(text, steps, 0, 0);
  push_string(L, text);
  lua_setfield(L, -2, "text");
  if (luaL_newmetatable(L, "moonbase.explanation")) add_functions(L, lua_gettop(L), kMetamethods);
  lua_setmetatable(L, -2);
}

const schema::Table* statement_table(const expr::Statement& statement) {
  switch (statement.kind) {
    case expr::StatementKind::kInsert:
      return static_cast<const expr::Insert&>(statement).table.get();
    case expr::StatementKind::kUpdate:
      return static_cast<const expr::Update&>(statement).table.get();
    case expr::StatementKind::kDelete:
      return static_cast<const expr::Delete&>(statement).table.get();
    case expr::StatementKind::kSelect:
      for (const expr::FromPtr& f :
           expr::effective_froms(static_cast<const expr::Select&>(statement)))
        if (f->table) return f->table.get();
      return nullptr;
    case expr::StatementKind::kText:
      return nullptr;
  }
  return nullptr;
}

}  // namespace moonbase::bindings
