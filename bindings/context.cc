#include "bindings/context.h"

namespace moonbase::bindings {

Context::Context(lua_State* L) : main_(std::make_shared<lua_State*>(L)), running_(L) {
  *static_cast<Context**>(lua_getextraspace(L)) = this;
}

Context::~Context() {
  while (!in_order_.empty()) in_order_.pop_back();
}

void Context::close_areas() noexcept {
  for (auto slot = in_order_.rbegin(); slot != in_order_.rend(); ++slot) (*slot)->close();
}

size_t Context::next_area_id() {
  static std::atomic<size_t> next = 0;
  return next++;
}

LuaRef::LuaRef(lua_State* L, int index) : state_(Context::of(L).state_handle()) {
  lua_pushvalue(L, index);
  ref_ = luaL_ref(L, LUA_REGISTRYINDEX);
}

LuaRef::LuaRef(LuaRef&& other) noexcept
    : state_(std::move(other.state_)), ref_(std::exchange(other.ref_, LUA_NOREF)) {}

LuaRef& LuaRef::operator=(LuaRef&& other) noexcept {
  if (this != &other) {
    reset();
    state_ = std::move(other.state_);
    ref_ = std::exchange(other.ref_, LUA_NOREF);
  }
  return *this;
}

void LuaRef::push(lua_State* L) const {
  if (empty()) {
    lua_pushnil(L);
  } else {
    lua_rawgeti(L, LUA_REGISTRYINDEX, ref_);
  }
}

void LuaRef::reset() noexcept {
  // The slot exists already, so that unref allocates nothing.
  if (!empty() && *state_ != nullptr) luaL_unref(*state_, LUA_REGISTRYINDEX, ref_);
  ref_ = LUA_NOREF;
  state_.reset();
}

}  // namespace moonbase::bindings
