#include "bindings/query_class.h"

#include <algorithm>

#include "bindings/class_def.h"
#include "bindings/orm_area.h"
#include "bindings/stack.h"
#include "orm/base/error.h"

namespace moonbase::bindings {

using base::Error;
using base::ErrorKind;

namespace {

// Replaces the table on the top by what it has under the name; a table that has nothing is popped.
bool replace_by_method(lua_State* L, int name) {
  lua_pushvalue(L, name);
  if (lua_gettable(L, -2) == LUA_TFUNCTION) {
    lua_replace(L, -2);
    return true;
  }
  lua_pop(L, 2);
  return false;
}

// Pushes the tables with the query's own methods, the one that is asked first on the top. Returns
// how many.
int push_query_classes(lua_State* L, const QueryBox& box) {
  if (box.session == nullptr || box.query->entities.empty()) return 0;
  OrmArea& area = orm_area(L);
  const query::Entity& first = box.query->entities.front();
  const mapper::Mapper* m = first.mapper != nullptr ? first.mapper : first.owner;
  const ModelInfo* info = m == nullptr ? nullptr : area.find_model(*m);
  const int top = lua_gettop(L);
  const DatabasePtr& database = info != nullptr ? info->database : area.current;
  if (database && !database->query_class.empty()) database->query_class.push(L);
  if (info != nullptr && first.mapper != nullptr) {
    info->members.push(L);
    lua_getfield(L, -1, "query_class");
    lua_replace(L, -2);
    if (!lua_istable(L, -1)) lua_pop(L, 1);
  }
  return lua_gettop(L) - top;
}

}  // namespace

void check_query_class(lua_State* L, int index, const std::string& owner) {
  index = lua_absindex(L, index);
  const std::string example = "query_class = {recent = function(query) return query:limit(10) end}";
  if (!lua_istable(L, index))
    throw Error(ErrorKind::kArgumentError,
                owner + ".query_class is a table of functions, got " + type_name_of(L, index))
        .with_hint("write " + example);
  const std::vector<std::string> taken = member_names(class_of<QueryBox>());
  for (const std::string& name : string_keys(L, index)) {
    if (name.starts_with("__")) continue;
    if (std::find(taken.begin(), taken.end(), name) != taken.end())
      throw Error(ErrorKind::kArgumentError,
                  owner + ".query_class: queries have " + name + " already")
          .with_hint("give the method another name");
    const bool is_function = lua_getfield(L, index, name.c_str()) == LUA_TFUNCTION;
    lua_pop(L, 1);
    if (!is_function)
      throw Error(ErrorKind::kArgumentError, owner + ".query_class." + name + " is no function")
          .with_hint("write " + example);
  }
}

bool push_own_query_method(lua_State* L, const QueryBox& box, int name) {
  const int top = lua_gettop(L);
  for (int left = push_query_classes(L, box); left > 0; --left) {
    if (!replace_by_method(L, name)) continue;
    lua_insert(L, top + 1);
    lua_settop(L, top + 1);
    return true;
  }
  return false;
}

std::vector<std::string> query_names(lua_State* L, const QueryBox& box) {
  std::vector<std::string> names = member_names(class_of<QueryBox>());
  const int top = lua_gettop(L);
  for (int left = push_query_classes(L, box); left > 0; --left) {
    constexpr int kMostBases = 16;
    for (int bases = 0; bases < kMostBases && lua_istable(L, -1); ++bases) {
      for (std::string& name : string_keys(L, -1)) {
        if (!name.starts_with("__")) names.push_back(std::move(name));
      }
      if (luaL_getmetafield(L, -1, "__index") == LUA_TNIL) break;
      lua_replace(L, -2);
    }
    lua_pop(L, 1);
  }
  lua_settop(L, top);
  return names;
}

}  // namespace moonbase::bindings
