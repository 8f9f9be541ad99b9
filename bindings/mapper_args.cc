#include "bindings/mapper_args.h"

#include "bindings/box.h"
#include "bindings/lua_model.h"
#include "bindings/stack.h"
#include "bindings/version_generator.h"
#include "orm/base/error.h"
#include "orm/base/text.h"

namespace moonbase::bindings {

using base::Error;
using base::ErrorKind;

namespace {

// A column of the class, given as such or by its name; "" when it is not given.
std::string take_column_name(lua_State* L, const ClassBody& body, Kwargs& kw, const char* key) {
  std::string found;
  if (!kw.take(key)) return found;
  if (const auto* box = test_box<ColumnBox>(L, -1)) {
    for (const auto& [name, spec] : body.columns)
      if (spec == box->spec) found = name;
  } else if (lua_type(L, -1) == LUA_TSTRING) {
    found = check_string(L, -1);
  }
  if (found.empty()) kw.throw_keyword(key, "a column of the class, or its name", -1);
  lua_pop(L, 1);
  return found;
}

void read_polymorphic_args(lua_State* L, const ClassBody& body, Kwargs& kw,
                           mapper::InheritanceOptions& options) {
  options.polymorphic_on = take_column_name(L, body, kw, "polymorphic_on");
  if (kw.take("polymorphic_identity")) {
    options.polymorphic_identity = to_value(L, -1);
    lua_pop(L, 1);
  }
  if (kw.take("with_polymorphic")) {
    options.with_all = lua_type(L, -1) == LUA_TSTRING && check_string(L, -1) == "*";
    if (!options.with_all && !lua_istable(L, -1))
      kw.throw_keyword("with_polymorphic", "'*', or a list of class names", -1);
    for (lua_Integer k = 1, n = options.with_all ? 0 : luaL_len(L, -1); k <= n; ++k) {
      lua_geti(L, -1, k);
      const mapper::Mapper* m = test_model(L, -1);
      options.with_polymorphic.push_back(m != nullptr ? m->name()
                                                      : std::string(check_string(L, -1)));
      lua_pop(L, 1);
    }
    lua_pop(L, 1);
  }
  const std::string load = kw.take_string("polymorphic_load").value_or("");
  options.load_inline = load == "inline";
  options.load_selectin = load == "selectin";
  if (!load.empty() && !options.load_inline && !options.load_selectin)
    throw Error(ErrorKind::kArgumentError,
                "__mapper_args__ of " + body.name +
                    ": polymorphic_load is 'inline' or 'selectin', got " +
                    base::quote_for_message(load));
}

void read_version_generator(lua_State* L, const ClassBody& body, Kwargs& kw,
                            mapper::WriteOptions& options) {
  if (!kw.take("version_id_generator")) return;
  if (lua_isfunction(L, -1))
    options.version_generator = make_version_generator(L, -1);
  else if (lua_isboolean(L, -1) && !lua_toboolean(L, -1))
    options.has_server_version = true;
  else
    kw.throw_keyword("version_id_generator",
                     "a function from a version to the next, or false where the database makes it",
                     -1);
  if (options.version_id_col.empty())
    throw Error(ErrorKind::kArgumentError,
                "model " + body.name + ": version_id_generator is for a version_id_col")
        .with_hint("name the column, too: version_id_col = 'version'");
  lua_pop(L, 1);
}

}  // namespace

void read_mapper_args(lua_State* L, const ClassBody& body, mapper::ModelDef& def) {
  const int top = lua_gettop(L);
  if (lua_getfield(L, body.options, "__mapper_args__") == LUA_TNIL) {
    lua_settop(L, top);
    return;
  }
  if (!lua_istable(L, -1))
    throw Error(
        ErrorKind::kArgumentError,
        "model " + body.name + ": __mapper_args__ takes a table, got " + type_name_of(L, -1))
        .with_hint("__mapper_args__ = {version_id_col = 'version'}");
  Kwargs kw(L, lua_gettop(L), "__mapper_args__ of " + body.name);
  kw.expect_positional(0, 0);
  mapper::WriteOptions& options = def.options;
  if (const std::string name = take_column_name(L, body, kw, "version_id_col"); !name.empty())
    options.version_id_col = name;
  read_version_generator(L, body, kw, options);
  options.eager_defaults = kw.take_boolean("eager_defaults", options.eager_defaults);
  options.confirm_deleted_rows =
      kw.take_boolean("confirm_deleted_rows", options.confirm_deleted_rows);
  read_polymorphic_args(L, body, kw, def.inheritance);
  kw.finish();
  lua_settop(L, top);
}

}  // namespace moonbase::bindings
