#include "bindings/error_object.h"

#include <cstdlib>
#include <utility>
#include <vector>

#include "bindings/guard.h"
#include "bindings/stack.h"
#include "orm/base/text.h"

namespace moonbase::bindings {
namespace {

using base::Error;
using base::ErrorKind;

const char kOutOfMemory = 0;  // its address is the key in the registry

// An empty text is a field that is not there.
int push_optional(lua_State* L, const std::string& text) {
  if (text.empty()) {
    lua_pushnil(L);
  } else {
    push_string(L, text);
  }
  return 1;
}

int error_kind(lua_State* L) {
  push_string(L, base::kind_name(check_box<ErrorBox>(L, 1).error.kind()));
  return 1;
}

int error_message(lua_State* L) {
  push_string(L, check_box<ErrorBox>(L, 1).error.message());
  return 1;
}

int error_params(lua_State* L) {
  const Error& error = check_box<ErrorBox>(L, 1).error;
  if (error.statement().empty()) {
    lua_pushnil(L);
    return 1;
  }
  const auto& params = error.params();
  lua_createtable(L, static_cast<int>(params.size()), 0);
  mark_array(L, -1);
  for (size_t i = 0; i < params.size(); ++i) {
    push_value(L, params[i], nullptr, true);
    lua_rawseti(L, -2, static_cast<lua_Integer>(i + 1));
  }
  return 1;
}

int error_context(lua_State* L) {
  push_strings(L, check_box<ErrorBox>(L, 1).error.context());
  return 1;
}

int error_position(lua_State* L) {
  const size_t position = check_box<ErrorBox>(L, 1).error.position();
  if (position == 0)
    lua_pushnil(L);
  else
    lua_pushinteger(L, static_cast<lua_Integer>(position));
  return 1;
}

template <const std::string& (Error::*field)() const>
int error_text(lua_State* L) {
  return push_optional(L, (check_box<ErrorBox>(L, 1).error.*field)());
}

template <std::string ErrorBox::*field>
int error_place(lua_State* L) {
  return push_optional(L, check_box<ErrorBox>(L, 1).*field);
}

int error_tostring(lua_State* L) {
  push_string(L, check_box<ErrorBox>(L, 1).error.paragraph());
  return 1;
}

int error_concat(lua_State* L) {
  luaL_tolstring(L, 1, nullptr);
  luaL_tolstring(L, 2, nullptr);
  lua_concat(L, 2);
  return 1;
}

constexpr MethodDef kGetters[] = {
    {"kind", guarded<error_kind>,
     "kind  the class of the failure: 'IntegrityError', 'NoResultFound', …"},
    {"message", guarded<error_message>, "message  one sentence: what is wrong"},
    {"hint", guarded<error_text<&Error::hint>>, "hint  what to do next, or nil"},
    {"statement", guarded<error_text<&Error::statement>>, "statement  the SQL that failed, or nil"},
    {"params", guarded<error_params>,
     "params  the statement's values, a list; nil without a statement"},
    {"orig", guarded<error_text<&Error::orig>>, "orig  the database's own message, or nil"},
    {"sqlstate", guarded<error_text<&Error::sqlstate>>, "sqlstate  the database's code, or nil"},
    {"position", guarded<error_position>,
     "position  which character of the statement the database points at, counted from 1, or nil"},
    {"context", guarded<error_context>, "context  what was being done, a list, innermost first"},
    {"location", guarded<error_place<&ErrorBox::location>>,
     "location  the line of the program that failed ('app.lua:3:'), or nil"},
    {"traceback", guarded<error_place<&ErrorBox::traceback>>,
     "traceback  Lua's stack where it was recorded, or nil"},
};

constexpr MethodDef kMetamethods[] = {
    {"__tostring", guarded<error_tostring>, "tostring(err)  the whole story as a paragraph"},
    {"__concat", guarded<error_concat>, "text .. err  the paragraph appended to a text"},
};

// The Error that the arguments (kind, message[, hint]) describe.
Error error_of_arguments(lua_State* L) {
  std::string_view name = check_string(L, 1);
  std::string message(check_string(L, 2));
  std::optional<std::string> hint = opt_string(L, 3);
  std::optional<ErrorKind> kind = kind_from_name(name);
  if (!kind) {
    std::vector<std::string> names;
    for (int k = 0; k <= static_cast<int>(ErrorKind::kInterrupted); ++k) {
      names.emplace_back(base::kind_name(static_cast<ErrorKind>(k)));
    }
    throw Error(ErrorKind::kArgumentError, base::quote_for_message(name) + " is no kind of error" +
                                               base::did_you_mean(name, names));
  }
  return Error(*kind, std::move(message)).with_hint(hint.value_or(""));
}

int moonbase_error(lua_State* L) {
  push_error(L, error_of_arguments(L));
  return 1;
}

int moonbase_raise(lua_State* L) { throw error_of_arguments(L); }

constexpr MethodDef kFunctions[] = {
    {"error", guarded<moonbase_error>,
     "error(kind, message[, hint])  a new error object, to give to Lua's error()"},
    {"raise", guarded<moonbase_raise>, "raise(kind, message[, hint])  raises a new error object"},
};

}  // namespace

const ClassDef kErrorClass{
    .name = "Error",
    .doc =
        "Error  what every failure of Moonbase raises: fields kind, message, hint, statement, "
        "params, …",
    .getters = kGetters,
    .metamethods = kMetamethods,
    .usage = "err",
    .destroy = kDestroy<ErrorBox>,
};

template <>
const ClassDef& class_of<ErrorBox>() {
  return kErrorClass;
}

void push_error(lua_State* L, Error error) {
  push_box(L, ErrorBox{std::move(error), user_location(L), {}});
}

void raise(lua_State* L, Error error) {
  push_error(L, std::move(error));
  lua_error(L);
  std::abort();  // lua_error does not return, but its declaration does not say so
}

void push_out_of_memory(lua_State* L) { lua_rawgetp(L, LUA_REGISTRYINDEX, &kOutOfMemory); }

Error to_error(lua_State* L, int index) {
  if (const auto* box = test_box<ErrorBox>(L, index)) return box->error;
  if (lua_type(L, index) == LUA_TSTRING) {
    return Error(ErrorKind::kInvalidRequestError, lua_tostring(L, index));
  }
  return Error(ErrorKind::kInvalidRequestError,
               "a " + type_name_of(L, index) + " was raised as an error");
}

std::string user_location(lua_State* L) {
  lua_Debug frame;
  for (int level = 0; lua_getstack(L, level, &frame) != 0; ++level) {
    lua_getinfo(L, "Sl", &frame);
    bool embedded = std::string_view(frame.source).starts_with(kEmbeddedChunk);
    if (frame.currentline > 0 && !embedded) {
      return std::string(frame.short_src) + ":" + std::to_string(frame.currentline) + ":";
    }
  }
  return {};
}

std::optional<ErrorKind> kind_from_name(std::string_view name) {
  for (int k = 0; k <= static_cast<int>(ErrorKind::kInterrupted); ++k) {
    auto kind = static_cast<ErrorKind>(k);
    if (base::kind_name(kind) == name) return kind;
  }
  return std::nullopt;
}

void open_error(lua_State* L, int module) {
  lua_pushliteral(L, "not enough memory");
  lua_rawsetp(L, LUA_REGISTRYINDEX, &kOutOfMemory);
  register_class(L, kErrorClass);
  add_functions(L, module, kFunctions);
}

}  // namespace moonbase::bindings
