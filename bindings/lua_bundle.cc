#include "bindings/lua_bundle.h"

#include <algorithm>

#include "bindings/descriptor.h"
#include "bindings/guard.h"
#include "bindings/lua_query.h"
#include "bindings/rows.h"
#include "bindings/stack.h"
#include "orm/base/error.h"
#include "orm/base/text.h"

namespace moonbase::bindings {

using base::Error;
using base::ErrorKind;

namespace {

// What the item at `index` is called in the bundle.
std::string name_of_item(lua_State* L, int index, const std::vector<query::Entity>& columns,
                         const std::string& bundle) {
  if (const auto* inner = test_box<BundleBox>(L, index)) return inner->group->name;
  if (const auto* composite = test_box<CompositeAttributeBox>(L, index)) return composite->name;
  const bool is_column = columns.size() == 1 && columns[0].mapper == nullptr;
  if (!is_column)
    throw Error(ErrorKind::kArgumentError,
                "Bundle '" + bundle + "' takes columns and expressions, got " +
                    (columns.size() == 1 ? "the class " + columns[0].name : "a table"))
        .with_hint("select the class beside it: query(User, db.Bundle('name', Post.id))");
  if (columns[0].name.empty())
    throw Error(ErrorKind::kArgumentError,
                "Bundle '" + bundle + "' needs a name for each expression")
        .with_hint("db.func.count(Post.id):label 'posts'");
  return columns[0].name;
}

int make_bundle(lua_State* L) {
  const int count = lua_gettop(L);
  if (lua_type(L, 1) != LUA_TSTRING || count < 2)
    throw Error(ErrorKind::kArgumentError, "Bundle takes a name and then columns")
        .with_hint("db.Bundle('name', User.id, User.username)");
  auto group = std::make_shared<CellGroup>();
  group->name = check_string(L, 1);
  BundleBox bundle;
  std::vector<std::string> names;
  lua_newtable(L);
  const int by_name = lua_gettop(L);
  for (int k = 2; k <= count; ++k) {
    std::vector<query::Entity> columns;
    RowShape shape;
    add_entities(L, k, columns, shape);
    std::string name = name_of_item(L, k, columns, group->name);
    if (std::ranges::count(names, name) > 0)
      throw Error(ErrorKind::kArgumentError,
                  "Bundle '" + group->name + "' has two columns named '" + name + "'")
          .with_hint("give one of them another name with :label(…)");
    group->parts.push_back(shape.groups.empty() ? nullptr : shape.groups[0].second);
    std::ranges::move(columns, std::back_inserter(bundle.columns));
    lua_pushvalue(L, k);
    lua_setfield(L, by_name, name.c_str());
    names.push_back(std::move(name));
  }
  push_row_metatable(L, names);
  group->maker = LuaRef(L, -1);
  lua_pop(L, 1);
  guard_names(L, by_name, group->name.c_str());
  bundle.group = std::move(group);
  push_box(L, std::move(bundle), 1);
  lua_pushvalue(L, by_name);
  lua_setiuservalue(L, -2, 1);
  return 1;
}

int bundle_c(lua_State* L) {
  check_box<BundleBox>(L, 1);
  lua_getiuservalue(L, 1, 1);
  return 1;
}

int bundle_name(lua_State* L) {
  push_string(L, check_box<BundleBox>(L, 1).group->name);
  return 1;
}

int bundle_tostring(lua_State* L) {
  const BundleBox& bundle = check_box<BundleBox>(L, 1);
  std::vector<std::string> names;
  for (const query::Entity& e : bundle.columns) names.push_back(e.name);
  push_string(L, "<Bundle " + bundle.group->name + ": " + base::join(names, ", ") + ">");
  return 1;
}

constexpr MethodDef kGetters[] = {
    {"c", guarded<bundle_c>, "c  its columns by name: bundle.c.id"},
    {"columns", guarded<bundle_c>, "columns  the same as c"},
    {"name", guarded<bundle_name>, "name  what a row calls it"},
};
constexpr MethodDef kMetamethods[] = {
    {"__tostring", guarded<bundle_tostring>, "tostring(bundle)  its name and its columns"},
};

const ClassDef kBundleClass = {
    .name = "Bundle",
    .doc = "Several columns as one item of a query: its value is a row with their names.",
    .getters = kGetters,
    .metamethods = kMetamethods,
    .usage = "db.Bundle('name', User.id, User.username)",
    .destroy = kDestroy<BundleBox>,
};

}  // namespace

template <>
const ClassDef& class_of<BundleBox>() {
  return kBundleClass;
}

void open_bundle(lua_State* L, int module) {
  register_class(L, kBundleClass);
  static constexpr MethodDef kFunctions[] = {
      {"Bundle", guarded<make_bundle>,
       "Bundle(name, column…)  several columns as one item of a query: row.name.id; in conditions "
       "and order_by, bundle.c.id"},
  };
  add_functions(L, module, kFunctions);
}

}  // namespace moonbase::bindings
