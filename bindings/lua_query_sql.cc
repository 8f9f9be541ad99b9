// A query as text: its SQL, and the database's plan for it.
#include "bindings/guard.h"
#include "bindings/lua_explain.h"
#include "bindings/orm_area.h"
#include "bindings/query_box.h"
#include "bindings/stack.h"
#include "orm/base/error.h"
#include "orm/compile/compiler.h"
#include "orm/dialect/dialect.h"
#include "orm/query/query_plan.h"

namespace moonbase::bindings {

using base::Error;
using base::ErrorKind;
using query::Query;

namespace {

// Null where no database is configured.
engine::EnginePtr engine_of(lua_State* L, const QueryBox& box) {
  const schema::Table* table = nullptr;
  for (const query::Entity& e : box.query->entities)
    if (e.mapper != nullptr && table == nullptr) table = e.mapper->table().get();
  try {
    if (box.session != nullptr) return box.session->engine(table);
    const DatabasePtr& database = orm_area(L).current;
    return database ? database->engine(table == nullptr ? std::string() : table->bind_key())
                    : nullptr;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kUnboundExecutionError) throw;
    return nullptr;
  }
}

int query_sql(lua_State* L) {
  const QueryBox& box = check_box<QueryBox>(L, 1);
  compile::CompileOptions options;
  if (!lua_isnoneornil(L, 2)) {
    Kwargs kw(L, 2, "sql");
    options.literal_binds = kw.take_boolean("literal", false);
    kw.finish();
  }
  const expr::StatementPtr statement = query::build_statement(*effective_query(box));
  push_string(L, compile::compile(*statement, traits_of(L, box), options)->sql);
  return 1;
}

int query_explain(lua_State* L) {
  const QueryBox& box = check_box<QueryBox>(L, 1);
  session::Session& session = session_of(box);
  const QueryPtr held = effective_query(box);
  const Query& q = *held;
  push_explanation(L, session, *query::build_statement(q), box.options().parameters, 2);
  return 1;
}

constexpr MethodDef kSqlMethods[] = {
    {"sql", guarded<query_sql>,
     "sql([{literal = true}])  the SELECT as text, with placeholders or with values"},
    {"explain", guarded<query_explain>,
     "explain()  how the database would run it: print shows the steps, rows has them as a list of "
     "{id, parent, detail}"},
};

}  // namespace

const compile::DialectTraits& traits_of(lua_State* L, const QueryBox& box) {
  const engine::EnginePtr engine = engine_of(L, box);
  return engine ? engine->traits() : dialect::find_dialect("sqlite")->traits();
}

std::span<const MethodDef> query_sql_methods() { return kSqlMethods; }

int query_tostring(lua_State* L) {
  const QueryBox& box = check_box<QueryBox>(L, 1);
  QueryPtr q = box.query;
  if (box.dynamic != nullptr && box.owner->has_identity && box.owner->host != nullptr)
    q = effective_query(box);
  push_string(L, compile::compile(*query::build_statement(*q), traits_of(L, box))->sql);
  return 1;
}

}  // namespace moonbase::bindings
