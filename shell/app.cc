#include "shell/app.h"

#include <cstdlib>
#include <string_view>

#include "bindings/call.h"
#include "bindings/embedded.h"
#include "bindings/guard.h"
#include "bindings/lua_syntax.h"
#include "bindings/stack.h"
#include "orm/base/error.h"
#include "shell/module.h"

namespace moonbase::shell {
namespace {

namespace fs = std::filesystem;
using base::Error;
using base::ErrorKind;
using bindings::call_lua;
using bindings::guarded;
using bindings::push_string;

constexpr const char* kMicroblogFile = "moonbase.db";

std::string_view embedded(std::string_view path) {
  for (const auto& file : bindings::embedded_files()) {
    if (file.path == path) return file.content;
  }
  throw Error(ErrorKind::kInternalError, "the program was built without " + std::string(path));
}

// "" for the working folder, "sub/" for another.
std::string folder_prefix(const fs::path& file) {
  std::string folder = file.parent_path().string();
  return folder.empty() || folder.ends_with('/') ? folder : folder + "/";
}

// Pushes the compiled file; messages name it as `path` does.
int load_file(lua_State* L) {
  if (bindings::load_source_file(L, bindings::check_string(L, 1).data(), "t") != LUA_OK)
    return lua_error(L);
  return 1;
}

// The loader of an embedded file, for package.preload: upvalues are its chunk name and its text.
int load_embedded(lua_State* L) {
  std::string_view text = bindings::check_string(L, lua_upvalueindex(2));
  if (bindings::load_source(L, text, lua_tostring(L, lua_upvalueindex(1))) != LUA_OK)
    return lua_error(L);
  lua_call(L, 0, 1);
  return 1;
}

int preload_models(lua_State* L) {
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
  lua_pushliteral(L, "=microblog/models.lua");
  push_string(L, embedded("microblog/models.lua"));
  lua_pushcclosure(L, guarded<load_embedded>, 2);
  lua_setfield(L, -2, "models");
  return 0;
}

int load_lazily(lua_State* L) {
  auto* loader = static_cast<AppLoader*>(lua_touserdata(L, lua_upvalueindex(1)));
  loader->load();
  return 0;
}

void set_arguments(lua_State* L, const std::string& path,
                   const std::vector<std::string>& arguments) {
  lua_createtable(L, static_cast<int>(arguments.size()), 1);
  push_string(L, path);
  lua_rawseti(L, -2, 0);
  for (size_t i = 0; i < arguments.size(); ++i) {
    push_string(L, arguments[i]);
    lua_rawseti(L, -2, static_cast<lua_Integer>(i + 1));
  }
  lua_setglobal(L, "arg");
}

}  // namespace

AppLoader::AppLoader(bindings::Runtime& runtime, const Options& options) : runtime_(runtime) {
  find(options);
  set_package_path({});
  announce(options);
}

void AppLoader::find(const Options& options) {
  if (!options.app.empty()) {
    file_ = options.app;
    if (fs::is_directory(file_)) file_ /= "app.lua";
    if (!fs::exists(file_)) {
      throw Error(ErrorKind::kArgumentError, "there is no app file " + fs::absolute(file_).string())
          .with_hint("It was named by --app or by the environment variable MOONBASE_APP.");
    }
    kind_ = Kind::kFile;
  } else if (fs::exists("app.lua")) {
    file_ = "app.lua";
    kind_ = Kind::kFile;
  } else if (!options.database.empty()) {
    kind_ = Kind::kBare;
  }
}

// `require` looks beside the app, then beside the script.
void AppLoader::set_package_path(const std::string& script_folder) {
  std::string path;
  auto add = [&](const std::string& prefix) {
    std::string entry = prefix + "?.lua;" + prefix + "?/init.lua;";
    if (!path.starts_with(entry)) path += entry;
  };
  add(folder_prefix(file_));
  add(script_folder);
  runtime_.set_package_path(path + LUA_PATH_DEFAULT);
}

void AppLoader::announce(const Options& options) {
  lua_State* L = runtime_.state();
  push_module_function(L, "moonbase.app", "start");
  lua_createtable(L, 0, 2);
  push_string(L, (file_.empty() ? fs::current_path() : fs::absolute(file_).parent_path()).string());
  lua_setfield(L, -2, "root");
  lua_createtable(L, 0, 2);
  if (!options.database.empty()) {
    push_string(L, options.database);
    lua_setfield(L, -2, "DATABASE_URI");
  }
  if (options.echo) {
    lua_pushboolean(L, 1);
    lua_setfield(L, -2, "ECHO");
  }
  lua_setfield(L, -2, "forced");
  call_lua(L, 1, 0);
}

void AppLoader::load() {
  lua_State* L = runtime_.state();
  switch (kind_) {
    case Kind::kFile:
      lua_pushcfunction(L, guarded<load_file>);
      push_string(L, file_.string());
      call_lua(L, 1, 1);
      call_lua(L, 0, 0);
      break;
    case Kind::kBare:
      push_module_function(L, "moonbase.shell", "bare_app");
      call_lua(L, 0, 0);
      break;
    case Kind::kMicroblog:
      load_microblog();
  }
}

void AppLoader::load_microblog() {
  lua_State* L = runtime_.state();
  lua_pushcfunction(L, guarded<preload_models>);
  call_lua(L, 0, 0);
  runtime_.run(embedded("microblog/app.lua"), "=microblog/app.lua");
}

void AppLoader::fill(bool reset) {
  if (kind_ != Kind::kMicroblog) {
    if (!reset) return;
    throw Error(ErrorKind::kArgumentError,
                "--reset makes the data of the built-in microblog anew; this is another app")
        .with_hint("moonbase db drop and moonbase db create do it for the tables of any app.");
  }
  std::error_code no_file;
  bool first_start = fs::file_size(kMicroblogFile, no_file) == 0 || no_file;
  if (!reset && !first_start) return;
  if (!first_start) runtime_.run("db.drop_all()", "=reset");
  runtime_.run(embedded("seeds/microblog.lua"), "=seeds/microblog.lua");
}

Preloaded AppLoader::preload() {
  lua_State* L = runtime_.state();
  push_module_function(L, "moonbase.shell", "preload");
  call_lua(L, 0, 3);
  Preloaded preloaded{std::string(bindings::check_string(L, -3)),
                      static_cast<int>(lua_tointeger(L, -2)),
                      static_cast<int>(lua_tointeger(L, -1))};
  lua_pop(L, 3);
  return preloaded;
}

void AppLoader::load_when_needed() {
  lua_State* L = runtime_.state();
  push_module_function(L, "moonbase.shell", "load_when_needed");
  lua_pushlightuserdata(L, this);
  lua_pushcclosure(L, guarded<load_lazily>, 1);
  call_lua(L, 1, 0);
}

void AppLoader::run_file(const std::string& path, const std::vector<std::string>& arguments) {
  lua_State* L = runtime_.state();
  if (!fs::exists(path))
    throw Error(ErrorKind::kArgumentError, "there is no file " + fs::absolute(path).string());
  set_package_path(folder_prefix(path));
  set_arguments(L, path, arguments);
  lua_pushcfunction(L, guarded<load_file>);
  push_string(L, path);
  call_lua(L, 1, 1);
  luaL_checkstack(L, static_cast<int>(arguments.size()) + 1, "too many arguments");
  for (const std::string& argument : arguments) push_string(L, argument);
  call_lua(L, static_cast<int>(arguments.size()), 0);
}

}  // namespace moonbase::shell
