// moonbase.make_url and the class Url.
#include "bindings/guard.h"
#include "bindings/lua_engine.h"
#include "bindings/stack.h"

namespace moonbase::bindings {
namespace {

const engine::Url& self(lua_State* L) { return check_box<UrlBox>(L, 1).url; }

// An empty part is a part that is not there.
template <std::string engine::Url::*part>
int url_part(lua_State* L) {
  const std::string& text = self(L).*part;
  if (text.empty()) {
    lua_pushnil(L);
  } else {
    push_string(L, text);
  }
  return 1;
}

int url_drivername(lua_State* L) {
  const engine::Url& url = self(L);
  push_string(L, url.driver.empty() ? url.dialect : url.dialect + "+" + url.driver);
  return 1;
}

int url_password(lua_State* L) {
  const engine::Url& url = self(L);
  if (url.has_password) {
    push_string(L, url.password);
  } else {
    lua_pushnil(L);
  }
  return 1;
}

int url_port(lua_State* L) {
  int port = self(L).port;
  if (port != 0) {
    lua_pushinteger(L, port);
  } else {
    lua_pushnil(L);
  }
  return 1;
}

// A key that repeats has a list of its values.
int url_query(lua_State* L) {
  lua_newtable(L);
  for (const auto& [name, value] : self(L).options) {
    switch (lua_getfield(L, -1, name.c_str())) {
      case LUA_TNIL:
        lua_pop(L, 1);
        push_string(L, value);
        lua_setfield(L, -2, name.c_str());
        break;
      case LUA_TSTRING:
        lua_createtable(L, 2, 0);
        lua_insert(L, -2);
        lua_rawseti(L, -2, 1);
        push_string(L, value);
        lua_rawseti(L, -2, 2);
        lua_setfield(L, -2, name.c_str());
        break;
      default:
        push_string(L, value);
        lua_rawseti(L, -2, static_cast<lua_Integer>(lua_rawlen(L, -2)) + 1);
        lua_pop(L, 1);
    }
  }
  return 1;
}

int url_render_as_string(lua_State* L) {
  const engine::Url& url = self(L);
  Kwargs kw(L, 2, "render_as_string");
  kw.expect_positional(0, 0);
  bool hide = kw.take_boolean("hide_password", true);
  kw.finish();
  push_string(L, url.text(!hide));
  return 1;
}

int url_get_backend_name(lua_State* L) {
  push_string(L, self(L).dialect);
  return 1;
}

int url_get_driver_name(lua_State* L) {
  const engine::Url& url = self(L);
  push_string(L, url.driver.empty() ? url.dialect : url.driver);
  return 1;
}

int url_tostring(lua_State* L) {
  push_string(L, self(L).text());
  return 1;
}

int url_equal(lua_State* L) {
  const auto* a = test_box<UrlBox>(L, 1);
  const auto* b = test_box<UrlBox>(L, 2);
  lua_pushboolean(L, a != nullptr && b != nullptr && a->url.text(true) == b->url.text(true));
  return 1;
}

int url_concat(lua_State* L) {
  luaL_tolstring(L, 1, nullptr);
  luaL_tolstring(L, 2, nullptr);
  lua_concat(L, 2);
  return 1;
}

constexpr MethodDef kMethods[] = {
    {"render_as_string", guarded<url_render_as_string>,
     "render_as_string{hide_password = false}  the URL as text, the password as *** unless told "
     "otherwise"},
    {"get_backend_name", guarded<url_get_backend_name>,
     "get_backend_name()  the dialect: 'sqlite'"},
    {"get_driver_name", guarded<url_get_driver_name>,
     "get_driver_name()  the driver, or the dialect where none is named"},
};

constexpr MethodDef kGetters[] = {
    {"drivername", guarded<url_drivername>, "drivername  dialect or dialect+driver"},
    {"username", guarded<url_part<&engine::Url::user>>, "username  or nil"},
    {"password", guarded<url_password>, "password  as it is, or nil"},
    {"host", guarded<url_part<&engine::Url::host>>, "host  or nil"},
    {"port", guarded<url_port>, "port  a number, or nil"},
    {"database", guarded<url_part<&engine::Url::database>>, "database  its name or file, or nil"},
    {"query", guarded<url_query>,
     "query  the options behind '?', a table; one that repeats is a list"},
};

constexpr MethodDef kMetamethods[] = {
    {"__tostring", guarded<url_tostring>, "tostring(url)  the URL with *** for the password"},
    {"__concat", guarded<url_concat>, "text .. url"},
    {"__eq", guarded<url_equal>, "url == other  by content"},
};

const ClassDef kUrlClass{
    .name = "URL",
    .doc = "URL  dialect+driver://username:password@host:port/database?option=value, taken apart",
    .methods = kMethods,
    .getters = kGetters,
    .metamethods = kMetamethods,
    .usage = "url",
    .destroy = kDestroy<UrlBox>,
};

int make_url(lua_State* L) {
  push_url(L, check_url(L, 1));
  return 1;
}

constexpr MethodDef kFunctions[] = {
    {"make_url", guarded<make_url>, "make_url(text)  a database URL taken apart"},
};

}  // namespace

template <>
const ClassDef& class_of<UrlBox>() {
  return kUrlClass;
}

void push_url(lua_State* L, engine::Url url) { push_box(L, UrlBox{std::move(url)}); }

engine::Url check_url(lua_State* L, int index) {
  if (const auto* box = test_box<UrlBox>(L, index)) return box->url;
  if (lua_type(L, index) != LUA_TSTRING)
    throw_argument(L, index, "a database URL, 'sqlite:///file.db'");
  return engine::parse_url(check_string(L, index));
}

void open_url(lua_State* L, int module) {
  register_class(L, kUrlClass);
  add_functions(L, module, kFunctions);
}

}  // namespace moonbase::bindings
