// __mapper_args__ of a class body: how objects are written, and how classes inherit.
//
// Used by the thread that runs Lua.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bindings/lua_api.h"
#include "bindings/lua_schema.h"
#include "orm/mapper/registry.h"

namespace moonbase::bindings {

using NamedColumns = std::vector<std::pair<std::string, std::shared_ptr<ColumnSpec>>>;

/// What is known of a class while it is being declared.
struct ClassBody {
  const std::string& name;
  int options;  ///< Stack index of the table of its methods and options.
  const NamedColumns& columns;
};

/// Reads `__mapper_args__ = {version_id_col = 'version', …}` into `def`. Throws kTypeError for an
/// unknown key, naming the nearest one, and kArgumentError for a value that does not fit.
void read_mapper_args(lua_State* L, const ClassBody& body, mapper::ModelDef& def);

}  // namespace moonbase::bindings
