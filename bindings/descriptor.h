// Class members that compute: hybrids (lua_hybrid.cc) and composites (lua_composite.cc). One stands
// in the class's members table as a userdata; it means one thing on an object and another on the
// class, where it is SQL. A class, or an alias of one, asks here for what its member is.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bindings/box.h"
#include "bindings/class_def.h"
#include "bindings/orm_area.h"
#include "orm/expr/node.h"

namespace moonbase::bindings {

// db.hybrid_property, db.hybrid_method. The user value is a table of its functions: get, set, expr,
// update_expr.
struct HybridBox {
  bool is_method;
};
template <>
const ClassDef& class_of<HybridBox>();

// db.composite{Point, 'x', 'y'}. The user value is what makes the object.
struct CompositeSpec {
  std::vector<std::string> names;  // of the attributes it is made of
};
struct CompositeBox {
  std::shared_ptr<const CompositeSpec> spec;
};
template <>
const ClassDef& class_of<CompositeBox>();

// Vertex.start in a query.
struct CompositeAttributeBox {
  std::shared_ptr<const CompositeSpec> spec;
  const mapper::Mapper* mapper;
  expr::FromPtr from;
  std::string name;
};
template <>
const ClassDef& class_of<CompositeAttributeBox>();

// What makes the composite's object of its columns' values.
LuaRef composite_maker(lua_State* L, const CompositeAttributeBox& box);

bool is_descriptor(lua_State* L, int index);

// What the member `name`, the descriptor at `index`, is on the object at `object`: pushes it.
// Throws what its function raises.
void push_on_object(lua_State* L, int index, state::Instance& instance, int object);
// u.name = the value at `value`. Throws AttributeError naming it when it cannot be set.
void set_on_object(lua_State* L, int index, state::Instance& instance, int object,
                   const std::string& name, int value);
// The same on the class or alias at `cls`, whose rows are seen through `from`.
void push_on_class(lua_State* L, int index, const mapper::Mapper& mapper, const expr::FromPtr& from,
                   int cls, const std::string& name);

// The member `name` of a class as an expression for order_by, over `from`; null when it is no
// hybrid property. Throws ArgumentError when the hybrid gives no expression.
expr::ElementPtr hybrid_element(lua_State* L, const mapper::Mapper& mapper,
                                const expr::FromPtr& from, const std::string& name);
// filter_by{name = the value at `value`}; null when the name is no hybrid and no composite.
expr::ElementPtr computed_equals(lua_State* L, const mapper::Mapper& mapper,
                                 const expr::FromPtr& from, const std::string& name, int value);

// update{name = the value at `value`}, values{…}: pushes the list of what is set, {attribute,
// value} each, with an attribute's name or the attribute itself; false, and nothing, when the name
// is no hybrid property and no composite. Throws InvalidRequestError for a hybrid that says no
// column, and what its function raises.
bool push_assigned(lua_State* L, const mapper::Mapper& mapper, const std::string& name, int value);
// The member of the class that the key at `index` names or is ("Box.name"); "" for none.
std::string computed_key(lua_State* L, int index, const mapper::Mapper& mapper);

// --- composites ---

void push_composite(lua_State* L, int index, state::Instance& instance);
void set_composite(lua_State* L, int index, state::Instance& instance, const std::string& name,
                   int value);
// push_assigned of a composite.
void push_composite_parts(lua_State* L, const CompositeSpec& spec, int value);
// x = ? AND y = ? of the object at `value`; of nil, IS NULL.
expr::ElementPtr composite_equals(lua_State* L, const CompositeSpec& spec,
                                  const mapper::Mapper& mapper, const expr::FromPtr& from,
                                  int value);
// The same for what Vertex.start is in a query.
expr::ElementPtr composite_equals(lua_State* L, const CompositeAttributeBox& box, int value);

// The columns of a composite, in its order; of the member `name` of a class, none when it is no
// composite.
std::vector<expr::ElementPtr> composite_columns(const CompositeAttributeBox& box);
std::vector<expr::ElementPtr> composite_columns(lua_State* L, const mapper::Mapper& mapper,
                                                const expr::FromPtr& from, const std::string& name);

// Area: hybrid_property, hybrid_method, composite.
void open_descriptors(lua_State* L, int module);
void open_composite(lua_State* L, int module);

}  // namespace moonbase::bindings
