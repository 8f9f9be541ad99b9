// engine:compiled_cache(): what the cache of compiled statements has done so far.
#include "bindings/guard.h"
#include "bindings/lua_engine.h"
#include "bindings/stack.h"

namespace moonbase::bindings {

struct CompiledCacheBox {
  engine::EnginePtr engine;
};
extern const ClassDef kCompiledCacheClass;
template <>
const ClassDef& class_of<CompiledCacheBox>() {
  return kCompiledCacheClass;
}

namespace {

using Statistics = engine::Engine::CacheStatistics;

Statistics statistics(lua_State* L) {
  return check_box<CompiledCacheBox>(L, 1).engine->cache_statistics();
}

template <auto Field>
int cache_number(lua_State* L) {
  lua_pushinteger(L, static_cast<lua_Integer>(statistics(L).*Field));
  return 1;
}

int cache_clear(lua_State* L) {
  check_box<CompiledCacheBox>(L, 1).engine->clear_cache();
  return 0;
}

int cache_tostring(lua_State* L) {
  const Statistics now = statistics(L);
  push_string(L, "<CompiledCache: " + std::to_string(now.size) + " of " +
                     std::to_string(now.capacity) + " statements, " + std::to_string(now.hits) +
                     " hits, " + std::to_string(now.misses) + " misses>");
  return 1;
}

constexpr MethodDef kMethods[] = {
    {"clear", guarded<cache_clear>, "clear()  forgets the statements; the counters go on"},
};

constexpr MethodDef kGetters[] = {
    {"hits", guarded<cache_number<&Statistics::hits>>,
     "hits  how often a statement's SQL was there"},
    {"misses", guarded<cache_number<&Statistics::misses>>, "misses  how often it had to be made"},
    {"size", guarded<cache_number<&Statistics::size>>, "size  the statements in it"},
    {"capacity", guarded<cache_number<&Statistics::capacity>>,
     "capacity  the statements it can hold: query_cache_size of create_engine"},
};

constexpr MethodDef kMetamethods[] = {
    {"__tostring", guarded<cache_tostring>, "tostring(cache)"},
};

}  // namespace

const ClassDef kCompiledCacheClass{
    .name = "CompiledCache",
    .doc = "The SQL an engine has made of statements, by their shape: values are no part of it.",
    .methods = kMethods,
    .getters = kGetters,
    .metamethods = kMetamethods,
    .usage = "engine:compiled_cache()",
    .destroy = kDestroy<CompiledCacheBox>,
};

void push_compiled_cache(lua_State* L, engine::EnginePtr engine) {
  push_box(L, CompiledCacheBox{std::move(engine)});
}

void open_compiled_cache(lua_State* L) { register_class(L, kCompiledCacheClass); }

}  // namespace moonbase::bindings
