#include "bindings/late_options.h"

#include <algorithm>
#include <utility>

#include "bindings/call.h"
#include "bindings/guard.h"
#include "bindings/lua_model.h"
#include "bindings/lua_syntax.h"
#include "bindings/stack.h"
#include "orm/base/error.h"
#include "orm/base/text.h"

namespace moonbase::bindings {

using base::Error;
using base::ErrorKind;
using mapper::Mapper;
using mapper::RelationshipDef;

namespace {

// --- the names that a text may use ---

// A call by this name lets comparisons in its arguments build SQL, and gives its arguments back.
constexpr const char* kWrapper = "relationship";

int give_back(lua_State* L) { return lua_gettop(L); }

std::vector<std::string> known_names(const Database& database) {
  std::vector<std::string> names;
  for (const mapper::MapperPtr& m : database.registry->mappers()) names.push_back(m->name());
  for (const auto& [key, metadata] : database.metadatas)
    for (const schema::TablePtr& table : metadata->tables()) names.push_back(table->full_name());
  return names;
}

// __index of the environment; upvalues: the database, the module.
int find_name(lua_State* L) {
  const DatabasePtr database = check_box<DatabaseBox>(L, lua_upvalueindex(1)).database;
  const std::string name(check_string(L, 2));
  if (const mapper::MapperPtr model = database->registry->find(name)) {
    push_model(L, *model);
    return 1;
  }
  for (const auto& [key, metadata] : database->metadatas)
    if (const schema::TablePtr table = metadata->find(name)) {
      push_table(L, table, metadata);
      return 1;
    }
  lua_pushvalue(L, 2);
  if (lua_rawget(L, lua_upvalueindex(2)) != LUA_TNIL) return 1;
  std::vector<std::string> names = known_names(*database);
  if (name == "True" || name == "False" || name == "None")
    names = {"true", "false", "nil"};
  else
    for (const std::string& field : string_keys(L, lua_upvalueindex(2))) names.push_back(field);
  throw Error(ErrorKind::kNameError, "there is no class, table or function '" + name + "'" +
                                         base::did_you_mean(name, names));
}

// Pushes the environment of a text in a declaration of `owner`.
void push_environment(lua_State* L, const Mapper& owner) {
  lua_newtable(L);
  lua_pushcfunction(L, guarded<give_back>);
  lua_setfield(L, -2, kWrapper);
  lua_newtable(L);
  push_box(L, DatabaseBox{orm_area(L).model(owner).database});
  lua_getfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  lua_getfield(L, -1, "moonbase");
  lua_remove(L, -2);
  lua_pushcclosure(L, guarded<find_name>, 2);
  lua_setfield(L, -2, "__index");
  lua_setmetatable(L, -2);
}

// Pushes the function that a text is.
void push_evaluation(lua_State* L, const Mapper& owner, const std::string& option,
                     const std::string& text) {
  push_environment(L, owner);
  std::string_view expression = base::trim(text);
  std::string list;
  if (expression.starts_with('[') && expression.ends_with(']')) {
    list = "{" + std::string(expression.substr(1, expression.size() - 2)) + "}";
    expression = list;
  }
  const std::string chunk =
      "return " + std::string(kWrapper) + "(" + std::string(expression) + "\n)";
  const std::string name = "=" + option;
  if (load_source(L, chunk, name.c_str(), lua_gettop(L)) != LUA_OK) {
    const std::string message(check_string(L, -1));
    throw Error(ErrorKind::kArgumentError,
                option + " = '" + text + "' is no Lua expression: " + message)
        .with_hint("write it as in a query, e.g. primaryjoin = 'User.id == Post.author_id'");
  }
  lua_remove(L, -2);
}

// The coroutine that runs now. Throws when the state is gone.
lua_State* running(const std::shared_ptr<lua_State*>& state) {
  if (*state == nullptr)
    throw Error(ErrorKind::kInvalidRequestError, "the program that declared this has ended");
  return Context::of(*state).running();
}

// Calls what is pushed by `push` and hands what it gives to `use`.
template <class Push>
void evaluate(lua_State* L, const std::string& option, Push&& push, const LateOptions::Use& use,
              RelationshipDef& def) {
  luaL_checkstack(L, 20, "too many nested calls");
  const int top = lua_gettop(L);
  try {
    push();
    call_lua(L, 0, LUA_MULTRET);
    int first = top + 1;
    // A list stands for what is in it.
    if (lua_gettop(L) == first && lua_istable(L, first)) {
      const lua_Integer n = luaL_len(L, first);
      luaL_checkstack(L, static_cast<int>(n) + 20, "too many values");
      for (lua_Integer k = 1; k <= n; ++k) lua_geti(L, first, k);
      ++first;
    }
    use(L, first, lua_gettop(L), def);
  } catch (Error& e) {
    lua_settop(L, top);
    e.add_context("evaluating " + option);
    throw;
  }
  lua_settop(L, top);
}

}  // namespace

bool is_plain_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '.' || static_cast<unsigned char>(c) >= 0x80;
  });
}

bool LateOptions::take(int index, const std::string& option, Use use) {
  if (lua_isfunction(L_, index)) {
    auto function = std::make_shared<const LuaRef>(L_, index);
    steps_.push_back([function, option, use = std::move(use)](lua_State* L, const Mapper&,
                                                              RelationshipDef& def) {
      evaluate(
          L, option, [&] { function->push(L); }, use, def);
    });
    return true;
  }
  if (lua_type(L_, index) != LUA_TSTRING) return false;
  steps_.push_back([text = std::string(check_string(L_, index)), option, use = std::move(use)](
                       lua_State* L, const Mapper& owner, RelationshipDef& def) {
    evaluate(
        L, option, [&] { push_evaluation(L, owner, option, text); }, use, def);
  });
  return true;
}

void LateOptions::add(std::function<void(RelationshipDef&)> step) {
  steps_.push_back(
      [step = std::move(step)](lua_State*, const Mapper&, RelationshipDef& def) { step(def); });
}

void LateOptions::finish(RelationshipDef& def) {
  if (steps_.empty()) return;
  def.complete = [steps = std::move(steps_), former = std::move(def.complete),
                  state = Context::of(L_).state_handle()](const Mapper& owner,
                                                          RelationshipDef& copy) {
    if (former) former(owner, copy);
    lua_State* L = running(state);
    for (const Step& step : steps) step(L, owner, copy);
  };
}

}  // namespace moonbase::bindings
