// version_id_generator of __mapper_args__: a program's function from a version to the next.
#pragma once

#include <memory>

#include "bindings/lua_api.h"
#include "orm/mapper/mapper.h"

namespace moonbase::bindings {

// `index`: a function.
std::shared_ptr<const mapper::VersionGenerator> make_version_generator(lua_State* L, int index);

}  // namespace moonbase::bindings
