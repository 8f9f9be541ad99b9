// The Inspector in Lua: what moonbase.inspect(engine) returns. Shared by the boxes that hold it; it
// holds its engine or connection. The state's thread only.
#pragma once

#include <memory>

#include "bindings/box.h"
#include "bindings/class_def.h"
#include "orm/inspect/inspector.h"

namespace moonbase::bindings {

struct InspectorBox {
  std::shared_ptr<inspect::Inspector> inspector;
};
template <>
const ClassDef& class_of<InspectorBox>();

// An Inspector, or a new one over an Engine or Connection; null for anything else.
std::shared_ptr<inspect::Inspector> test_inspector(lua_State* L, int index);
// The same; throws TypeError that names what it takes.
std::shared_ptr<inspect::Inspector> check_inspector(lua_State* L, int index);
// metadata:reflect(engine, {…})
int metadata_reflect(lua_State* L);

// Registers the class: a part of the area `inspect`.
void open_inspector(lua_State* L);

}  // namespace moonbase::bindings
