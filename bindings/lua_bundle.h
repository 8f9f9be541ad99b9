// db.Bundle('name', User.id, User.username): several columns as one item of a query, whose value is
// a row inside the row. Immutable. The state's thread.
#pragma once

#include <string>
#include <vector>

#include "bindings/box.h"
#include "bindings/class_def.h"
#include "bindings/row_shape.h"
#include "orm/query/query.h"

namespace moonbase::bindings {

// The user value is the table of its columns, `bundle.c`.
struct BundleBox {
  std::vector<query::Entity> columns;  // of nested bundles, too
  CellGroupPtr group;
};
template <>
const ClassDef& class_of<BundleBox>();

// Area: Bundle.
void open_bundle(lua_State* L, int module);

}  // namespace moonbase::bindings
