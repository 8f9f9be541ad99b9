// precompile FILE CHUNK_NAME: writes the Lua file as a compiled chunk to stdout.
//
// A tool of the build (scripts/dev/embed.py runs it): the prelude travels compiled, because its
// compilation would be half of the time of a start. It links the archive of Lua that the program
// links, so the two agree on the format. Line numbers and names stay in the chunk: tracebacks need
// them. An error ends it with exit code 1 and a message on stderr.
#include <cstdio>

#include <lua5.4/lua.hpp>

namespace {

int write_piece(lua_State*, const void* data, size_t size, void* file) {
  return std::fwrite(data, 1, size, static_cast<std::FILE*>(file)) == size ? 0 : 1;
}

// Stack: the path of the file.
int precompile(lua_State* L) {
  const char* path = luaL_checkstring(L, 1);
  const char* chunk_name = luaL_checkstring(L, 2);
  std::FILE* file = std::fopen(path, "rb");
  if (file == nullptr) return luaL_error(L, "cannot open %s", path);
  luaL_Buffer text;
  luaL_buffinit(L, &text);
  for (size_t size = 1; size > 0;) {
    char* room = luaL_prepbuffer(&text);
    size = std::fread(room, 1, LUAL_BUFFERSIZE, file);
    luaL_addsize(&text, size);
  }
  std::fclose(file);
  luaL_pushresult(&text);
  size_t size = 0;
  const char* source = lua_tolstring(L, -1, &size);
  if (luaL_loadbufferx(L, source, size, chunk_name, "t") != LUA_OK) return lua_error(L);
  constexpr int kKeepDebugInformation = 0;
  if (lua_dump(L, write_piece, stdout, kKeepDebugInformation) != 0)
    return luaL_error(L, "cannot write the chunk of %s", path);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: precompile FILE CHUNK_NAME\n", stderr);
    return 2;
  }
  lua_State* L = luaL_newstate();
  if (L == nullptr) return 1;
  lua_pushcfunction(L, precompile);
  lua_pushstring(L, argv[1]);
  lua_pushstring(L, argv[2]);
  int status = lua_pcall(L, 2, 0, 0);
  if (status != LUA_OK) std::fprintf(stderr, "precompile: %s\n", lua_tostring(L, -1));
  lua_close(L);
  return status == LUA_OK ? 0 : 1;
}
