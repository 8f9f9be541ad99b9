#include "bindings/lua_syntax.h"

#include <algorithm>
#include <cstdio>
#include <memory>

#include "bindings/error_object.h"
#include "bindings/guard.h"
#include "bindings/prelude.h"
#include "bindings/prompt_locals.h"
#include "bindings/stack.h"
#include "orm/base/error.h"

namespace moonbase::bindings {
namespace {

// Its address is the key of the helpers in the registry.
const char kHelpersKey = 0;

// How long the place is that Lua's message begins with: "app.lua:3: " of "app.lua:3: too many …".
size_t length_of_place(std::string_view message) {
  for (size_t colon = message.find(':'); colon != std::string_view::npos;
       colon = message.find(':', colon + 1)) {
    size_t end = message.find_first_not_of("0123456789", colon + 1);
    if (end == std::string_view::npos) break;
    if (end > colon + 1 && message.substr(end).starts_with(": ")) return end + 2;
  }
  return 0;
}

// What messages call a chunk of this name.
std::string shown_name(lua_State* L, const char* chunk_name) {
  if (luaL_loadbufferx(L, "", 0, chunk_name, "t") != LUA_OK) lua_error(L);
  lua_Debug info;
  lua_getinfo(L, ">S", &info);
  return info.short_src;
}

// Replaces Lua's message about the rewritten text on the top by one that says whose limit it is.
void explain_limit(lua_State* L, const char* chunk_name) {
  std::string message(check_string(L, -1));
  lua_pop(L, 1);
  size_t length = length_of_place(message);
  // A stack that is too deep has no line.
  std::string place = length != 0 ? message.substr(0, length) : shown_name(L, chunk_name) + ": ";
  push_string(
      L, place + "this chunk is within Lua's limits, but not with the comparisons rewritten: " +
             message.substr(length) + "; move part of the expression to a local with db.expr(…)");
}

// The globals of a chunk are its first upvalue.
void set_environment(lua_State* L, int env) {
  if (env == 0) return;
  lua_pushvalue(L, env);
  if (lua_setupvalue(L, -2, 1) == nullptr) lua_pop(L, 1);
}

// Replaces the function on the top, which Lua has made of `text`, where the rules change the text.
int rewrite_loaded(lua_State* L, std::string_view text, const char* chunk_name, int env) {
  syntax::Rewrite rewrite = syntax::rewrite(text);
  if (!rewrite.changed) {
    set_environment(L, env);
    return LUA_OK;
  }
  lua_pop(L, 1);
  return load_rewritten(L, rewrite, chunk_name, 0, env);
}

// --- files ---

struct CloseFile {
  void operator()(std::FILE* file) const {
    if (file != stdin) std::fclose(file);
  }
};

// Reads all of a file, or of standard input for null. False when it cannot be read.
bool read_file(const char* path, std::string& text) {
  std::unique_ptr<std::FILE, CloseFile> file(path == nullptr ? stdin : std::fopen(path, "rb"));
  if (!file) return false;
  char buffer[16384];
  while (size_t count = std::fread(buffer, 1, sizeof buffer, file.get()))
    text.append(buffer, count);
  return std::ferror(file.get()) == 0;
}

// What a file holds for Lua: without the mark that some editors begin it with, and without a first
// line that begins with `#`, of which only its end is left.
std::string_view source_of_file(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  if (!text.starts_with('#')) return text;
  text.remove_prefix(std::min(text.find('\n'), text.size()));
  if (text.substr(0, 2) == "\n\x1b") text.remove_prefix(1);
  return text;
}

bool is_binary(std::string_view text) { return text.starts_with(LUA_SIGNATURE[0]); }

// What is left to do for a function that string.dump wrote: it keeps the names of its upvalues, not
// their values.
void finish_binary(lua_State* L, int env) {
  set_environment(L, env);
  for (int i = 1; const char* name = lua_getupvalue(L, -1, i); ++i) {
    lua_pop(L, 1);
    if (name != syntax::kHelpers) continue;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &kHelpersKey);
    lua_setupvalue(L, -2, i);
  }
}

// Loads what `text` holds, text or binary, with the globals at `env` (0: the usual ones).
int load_chunk(lua_State* L, std::string_view text, const char* chunk_name, const char* mode,
               int env) {
  int status = luaL_loadbufferx(L, text.data(), text.size(), chunk_name, mode);
  if (status != LUA_OK) return status;
  if (!is_binary(text)) return rewrite_loaded(L, text, chunk_name, env);
  finish_binary(L, env);
  return LUA_OK;
}

int load_file(lua_State* L, const char* path, const char* mode, int env) {
  std::string text;
  // Lua has the words for a file that cannot be read.
  if (!read_file(path, text)) return luaL_loadfilex(L, path, mode);
  std::string name = path == nullptr ? "=stdin" : "@" + std::string(path);
  return load_chunk(L, source_of_file(text), name.c_str(), mode, env);
}

// --- load, loadfile, dofile, as the manual has them ---

int give_loaded(lua_State* L, int status) {
  if (status == LUA_OK) return 1;
  lua_pushnil(L);
  lua_insert(L, -2);
  return 2;
}

// Hands the pieces of a reader function to Lua, and keeps them.
struct Pieces {
  std::string text;
  int slot;  // where the piece stays while Lua reads it
};

const char* read_piece(lua_State* L, void* data, size_t* size) {
  auto& pieces = *static_cast<Pieces*>(data);
  luaL_checkstack(L, 2, "too many nested functions");
  lua_pushvalue(L, 1);
  lua_call(L, 0, 1);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    *size = 0;
    return nullptr;
  }
  if (lua_isstring(L, -1) == 0) luaL_error(L, "reader function must return a string");
  lua_replace(L, pieces.slot);
  const char* piece = lua_tolstring(L, pieces.slot, size);
  pieces.text.append(piece, *size);
  return piece;
}

int load_pieces(lua_State* L, const char* chunk_name, const char* mode, int env) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  constexpr int kSlot = 5;
  lua_settop(L, kSlot);
  Pieces pieces{{}, kSlot};
  int status = lua_load(L, read_piece, &pieces, chunk_name, mode);
  if (status != LUA_OK) return status;
  if (!is_binary(pieces.text)) return rewrite_loaded(L, pieces.text, chunk_name, env);
  finish_binary(L, env);
  return LUA_OK;
}

int lua_load_chunk(lua_State* L) {
  size_t size = 0;
  const char* text = lua_tolstring(L, 1, &size);
  const char* mode = luaL_optstring(L, 3, "bt");
  const char* name = luaL_optstring(L, 2, text != nullptr ? text : "=(load)");
  int env = lua_isnone(L, 4) ? 0 : 4;
  return give_loaded(L, text != nullptr ? load_chunk(L, {text, size}, name, mode, env)
                                        : load_pieces(L, name, mode, env));
}

int lua_loadfile(lua_State* L) {
  const char* path = luaL_optstring(L, 1, nullptr);
  const char* mode = luaL_optstring(L, 2, nullptr);
  return give_loaded(L, load_file(L, path, mode, lua_isnone(L, 3) ? 0 : 3));
}

int finish_dofile(lua_State* L, int, lua_KContext) { return lua_gettop(L) - 1; }

int lua_dofile(lua_State* L) {
  const char* path = luaL_optstring(L, 1, nullptr);
  lua_settop(L, 1);
  if (load_file(L, path, nullptr, 0) != LUA_OK) return lua_error(L);
  lua_callk(L, 0, LUA_MULTRET, 0, finish_dofile);
  return finish_dofile(L, LUA_OK, 0);
}

// The searcher of `require` for Lua files. Upvalues: the table package, package.searchpath.
int search_lua_file(lua_State* L) {
  const char* name = luaL_checkstring(L, 1);
  lua_pushvalue(L, lua_upvalueindex(2));
  lua_pushvalue(L, 1);
  lua_getfield(L, lua_upvalueindex(1), "path");
  if (lua_isstring(L, -1) == 0) return luaL_error(L, "'package.path' must be a string");
  lua_call(L, 2, 2);
  if (lua_isnil(L, -2)) return 1;
  lua_pop(L, 1);
  const char* path = lua_tostring(L, -1);
  if (load_file(L, path, nullptr, 0) != LUA_OK) {
    return luaL_error(L, "error loading module '%s' from file '%s':\n\t%s", name, path,
                      lua_tostring(L, -1));
  }
  lua_insert(L, -2);
  return 2;
}

void replace_searcher(lua_State* L) {
  // After package.preload and the embedded modules (runtime.cc).
  constexpr lua_Integer kPosition = 3;
  lua_getglobal(L, LUA_LOADLIBNAME);
  lua_getfield(L, -1, "searchers");
  lua_pushvalue(L, -2);
  lua_getfield(L, -3, "searchpath");
  lua_pushcclosure(L, guarded<search_lua_file>, 2);
  lua_rawseti(L, -2, kPosition);
  lua_pop(L, 2);
}

// Pushes what scripts/prelude/syntax.lua returns.
void make_helpers(lua_State* L) {
  if (!push_prelude_chunk(L, "prelude/syntax.lua")) luaL_error(L, "prelude/syntax.lua is missing");
  push_comparison_functions(L);
  add_prompt_functions(L);
  lua_call(L, 1, 1);
}

}  // namespace

int load_source(lua_State* L, std::string_view text, const char* chunk_name, int env) {
  int status = luaL_loadbufferx(L, text.data(), text.size(), chunk_name, "t");
  return status != LUA_OK ? status : rewrite_loaded(L, text, chunk_name, env);
}

int load_source_file(lua_State* L, const char* path, const char* mode) {
  return load_file(L, path, mode, 0);
}

int load_rewritten(lua_State* L, const syntax::Rewrite& rewrite, const char* chunk_name, int known,
                   int env) {
  int first = lua_gettop(L) - known + 1;
  const std::string& text = rewrite.text;
  int status = luaL_loadbufferx(L, text.data(), text.size(), chunk_name, "t");
  if (status != LUA_OK) {
    // An assignment to a constant of an earlier input is the program's own error.
    constexpr std::string_view kConstant = "attempt to assign to const variable";
    std::string_view message = lua_tostring(L, -1);
    if (status != LUA_ERRMEM && message.find(kConstant) == std::string_view::npos)
      explain_limit(L, chunk_name);
    lua_insert(L, first);
    lua_settop(L, first);
    return status;
  }
  set_environment(L, env);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &kHelpersKey);
  lua_rotate(L, first, 2);
  lua_call(L, known + 1, 1);
  return LUA_OK;
}

void open_syntax(lua_State* L, int module) {
  open_prompt_locals(L, module);
  // No rows of ours: for help, too, they are Lua's own functions. They come before the helpers, the
  // first chunk of the prelude, which gets the globals as they are then.
  lua_register(L, "load", guarded<lua_load_chunk>);
  lua_register(L, "loadfile", guarded<lua_loadfile>);
  lua_register(L, "dofile", guarded<lua_dofile>);
  make_helpers(L);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &kHelpersKey);
  replace_searcher(L);
}

}  // namespace moonbase::bindings
