#include "bindings/version_generator.h"

#include "bindings/call.h"
#include "bindings/context.h"
#include "bindings/stack.h"
#include "orm/base/error.h"

namespace moonbase::bindings {
namespace {

class LuaVersions final : public mapper::VersionGenerator {
 public:
  LuaVersions(lua_State* L, int index)
      : state_(Context::of(L).state_handle()), function_(L, index) {}

  base::Value next(const base::Value& version) const override {
    if (*state_ == nullptr)
      throw base::Error(base::ErrorKind::kInvalidRequestError,
                        "The program that declared the version_id_generator has ended");
    lua_State* L = Context::of(*state_).running();
    luaL_checkstack(L, 10, "too many nested calls");
    const int top = lua_gettop(L);
    function_.push(L);
    push_value(L, version, nullptr, false);
    call_lua(L, 1, 1);
    base::Value value = to_value(L, -1, nullptr);
    value.own();
    lua_settop(L, top);
    return value;
  }

 private:
  std::shared_ptr<lua_State*> state_;
  LuaRef function_;
};

}  // namespace

std::shared_ptr<const mapper::VersionGenerator> make_version_generator(lua_State* L, int index) {
  return std::make_shared<LuaVersions>(L, index);
}

}  // namespace moonbase::bindings
