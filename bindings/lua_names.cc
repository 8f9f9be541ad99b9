// Names in query-building calls: a global that is not defined, and keys whose values are nil. Both
// would turn into NULL, the one silently, the other not at all.
#include <algorithm>
#include <optional>
#include <utility>

#include "bindings/box.h"
#include "bindings/context.h"
#include "bindings/error_object.h"
#include "bindings/guard.h"
#include "bindings/lua_datetime.h"
#include "bindings/lua_decimal.h"
#include "bindings/lua_instance.h"
#include "bindings/lua_syntax.h"
#include "bindings/prompt_locals.h"
#include "bindings/stack.h"
#include "orm/base/error.h"
#include "orm/base/text.h"

namespace moonbase::bindings {
namespace {

using base::Error;
using base::ErrorKind;

// --- names that are not defined ---

// What makes SQL in a frame.
struct Maker {
  bool found = false;
  std::string_view function;  // the innermost of Moonbase's functions that is about to be called
};

// Whether the object at the top is one of those that stand for SQL or make it.
bool is_sql_object(lua_State* L, const Box& box) {
  return box.dead == 0 && test_instance(L, -1) == nullptr && !test_decimal(L, -1) &&
         test_box<DateTimeBox>(L, -1) == nullptr && test_box<DateBox>(L, -1) == nullptr &&
         test_box<TimeBox>(L, -1) == nullptr && test_box<TimedeltaBox>(L, -1) == nullptr &&
         test_box<ErrorBox>(L, -1) == nullptr;
}

// Looks at the value on the top.
void look_at(lua_State* L, Maker& maker) {
  if (const Box* box = to_box(L, -1)) {
    maker.found = maker.found || is_sql_object(L, *box);
  } else if (lua_CFunction fn = lua_tocfunction(L, -1)) {
    std::optional<FoundRow> row = find_row(L, fn);
    if (!row) return;
    maker = {true, row->row->name};
  } else if (lua_isfunction(L, -1)) {
    lua_Debug info;
    lua_pushvalue(L, -1);
    lua_getinfo(L, ">S", &info);
    std::string_view source = info.source;
    if (source.starts_with(kEmbeddedChunk) && !source.ends_with("syntax.lua")) maker = {true, ""};
  }
}

// Looks at the values that the frame has ready for its pending operations.
Maker find_maker(lua_State* L, const lua_Debug& frame) {
  Maker maker;
  for (int i = 1; const char* name = lua_getlocal(L, &frame, i); ++i) {
    if (std::string_view(name) == "(temporary)") look_at(L, maker);
    lua_pop(L, 1);
  }
  return maker;
}

// The functions that are at work where a name is looked up: the one that has the name, and those
// around it while it is a part of `and` or `or` in them.
class Frames {
 public:
  explicit Frames(lua_State* L) : L_(L) {}

  bool next() {
    lua_Debug inner = frame_;
    bool started = level_ > 0;
    while (lua_getstack(L_, ++level_, &frame_) != 0) {
      lua_getinfo(L_, "Slt", &frame_);
      if (!std::string_view(frame_.source).starts_with(kEmbeddedChunk))
        return !started || is_inside(inner, frame_);
      // Only and, or call back; what is below another function is no part of the expression.
      if (started && !std::string_view(frame_.source).ends_with("syntax.lua")) return false;
      called_by_helper_ = true;
    }
    return false;
  }
  const lua_Debug& frame() const { return frame_; }

 private:
  // A part that was called in the place of `and` itself, or by it.
  bool is_inside(const lua_Debug& inner, const lua_Debug& outer) {
    bool by_helper = std::exchange(called_by_helper_, false) || inner.istailcall != 0;
    return by_helper && std::string_view(inner.source) == outer.source &&
           inner.linedefined >= outer.linedefined && inner.lastlinedefined <= outer.lastlinedefined;
  }

  lua_State* L_;
  lua_Debug frame_{};
  int level_ = 0;
  bool called_by_helper_ = false;
};

void add_key_names(lua_State* L, std::vector<std::string>& names) {
  if (!lua_istable(L, -1)) return;
  for (std::string& key : string_keys(L, -1)) names.push_back(std::move(key));
}

// The names that the frame's code could use.
void add_visible_names(lua_State* L, lua_Debug frame, std::vector<std::string>& names) {
  for (int i = 1; const char* name = lua_getlocal(L, &frame, i); ++i) {
    if (name[0] != '(') names.emplace_back(name);
    lua_pop(L, 1);
  }
  lua_getinfo(L, "f", &frame);
  for (int i = 1; const char* name = lua_getupvalue(L, -1, i); ++i) {
    std::string_view upvalue = name;
    if (upvalue == "_ENV") {
      add_key_names(L, names);
    } else if (!upvalue.empty() && upvalue != syntax::kHelpers) {
      names.emplace_back(upvalue);
    }
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

// Arguments: the value of a global and its name. The value, unless it is nil where SQL is made:
// there it would silently become NULL.
int check_name(lua_State* L) {
  lua_settop(L, 2);
  Maker maker;
  std::vector<std::string> names = Context::of(L).area<PromptLocals>().names();
  Frames frames(L);
  while (!maker.found && frames.next()) {
    add_visible_names(L, frames.frame(), names);
    maker = find_maker(L, frames.frame());
  }
  if (!maker.found) {
    lua_settop(L, 1);
    return 1;
  }
  std::string name(check_string(L, 2));
  lua_pushglobaltable(L);
  add_key_names(L, names);
  std::string guess = base::did_you_mean(name, names);
  std::string hint;
  if (maker.function == "relationship")
    hint = "a class that is declared later is named as text: '" + name + "'";
  else if (guess.empty())
    hint = "a name that is not defined is nil, which would be NULL here: write nil to mean that";
  throw Error(ErrorKind::kNameError, base::quote_for_message(name) + " is not defined" + guess)
      .with_hint(std::move(hint));
}

// --- keys whose values are nil ---

// Its address is the key of the table from tables to lists of names.
const char kRememberedKey = 0;

void remember(lua_State* L, int first_absent, int count) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &kRememberedKey) == LUA_TNIL) {
    lua_pop(L, 1);
    lua_newtable(L);
    lua_createtable(L, 0, 1);
    lua_pushliteral(L, "k");
    lua_setfield(L, -2, "__mode");
    lua_setmetatable(L, -2);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &kRememberedKey);
  }
  lua_pushvalue(L, 1);
  lua_createtable(L, count - first_absent + 1, 0);
  for (int i = first_absent, n = 0; i <= count; ++i) {
    lua_pushvalue(L, i);
    lua_rawseti(L, -2, ++n);
  }
  lua_rawset(L, -3);
}

}  // namespace

int defined_name(lua_State* L) {
  if (lua_isnil(L, 1)) return guarded<check_name>(L);
  lua_settop(L, 1);
  return 1;
}

int remember_keys(lua_State* L) {
  int count = lua_gettop(L);
  for (int i = 2; i <= count; ++i) {
    lua_pushvalue(L, i);
    bool absent = lua_rawget(L, 1) == LUA_TNIL;
    lua_pop(L, 1);
    if (!absent) continue;
    remember(L, i, count);
    break;
  }
  lua_settop(L, 1);
  return 1;
}

std::vector<std::string> remembered_names(lua_State* L, int index) {
  std::vector<std::string> out;
  index = lua_absindex(L, index);
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &kRememberedKey) != LUA_TTABLE) {
    lua_pop(L, 1);
    return out;
  }
  int top = lua_gettop(L);
  lua_pushvalue(L, index);
  if (lua_rawget(L, top) == LUA_TTABLE) {
    for (lua_Integer i = 1; lua_rawgeti(L, top + 1, i) == LUA_TSTRING; ++i) {
      std::string name(check_string(L, -1));
      if (lua_rawget(L, index) == LUA_TNIL && std::ranges::find(out, name) == out.end())
        out.push_back(std::move(name));
      lua_pop(L, 1);
    }
  }
  lua_settop(L, top - 1);
  return out;
}

}  // namespace moonbase::bindings
