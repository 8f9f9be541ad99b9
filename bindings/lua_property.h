// Attributes of a class that are neither columns nor relationships but stand in its body beside
// them: db.column_property, db.deferred, db.synonym, db.validates. Each is a description until a
// class takes it in; a mixin's may be taken in by many. Hybrids and composites are in descriptor.h.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bindings/box.h"
#include "bindings/class_def.h"
#include "bindings/context.h"
#include "bindings/orm_area.h"
#include "orm/mapper/registry.h"

namespace moonbase::bindings {

// db.column_property(expression)
struct ExpressionSpec {
  uint64_t order = 0;                      // of creation, among columns and relationships
  expr::ElementPtr element;                // null: `function` makes it
  std::shared_ptr<const LuaRef> function;  // called with the class
  mapper::Loading loading;
};
struct ExpressionSpecBox {
  std::shared_ptr<const ExpressionSpec> spec;
};
template <>
const ClassDef& class_of<ExpressionSpecBox>();

// db.synonym 'username'
struct SynonymSpecBox {
  std::shared_ptr<const std::string> target;
};
template <>
const ClassDef& class_of<SynonymSpecBox>();

// db.validates('email', function(self, key, value) … return value end)
struct ValidatorSpec {
  std::vector<std::string> names;
  LuaRef function;
};
struct ValidatorSpecBox {
  std::shared_ptr<const ValidatorSpec> spec;
};
template <>
const ClassDef& class_of<ValidatorSpecBox>();

// What a class is given for the attribute `name`. The expression is made when the class is
// configured.
std::shared_ptr<const mapper::ExpressionDef> expression_def(
    lua_State* L, const std::string& name, const std::shared_ptr<const ExpressionSpec>& spec);

// Lets the validator check the class's attributes from now on. Throws InvalidRequestError for a
// name that has a validator already.
void add_validator(ModelInfo& info, std::shared_ptr<const ValidatorSpec> spec);
// Pushes what the attribute's validator makes of the value at `index`, or that value where there is
// none. Throws what the validator raises; text gets the attribute's name and is a ValueError.
void push_validated(lua_State* L, ModelInfo& info, state::Instance& instance, int slot, int index);

// Area: column_property, deferred, synonym, validates.
void open_property(lua_State* L, int module);

}  // namespace moonbase::bindings
