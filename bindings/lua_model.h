// Mapped classes in Lua: the object `User` (its attributes as expressions, its query, its
// constructor), declared from a class body, and relationships as declared.
#pragma once

#include <cstdint>
#include <memory>

#include "bindings/box.h"
#include "bindings/class_def.h"
#include "bindings/orm_area.h"
#include "orm/query/query.h"

namespace moonbase::bindings {

struct ModelBox {
  const mapper::Mapper* mapper;
};
template <>
const ClassDef& class_of<ModelBox>();

// db.relationship{…} until its class is configured.
struct RelationshipSpec {
  std::shared_ptr<mapper::RelationshipDef> def;
  uint64_t order = 0;
};
struct RelationshipSpecBox {
  std::shared_ptr<RelationshipSpec> spec;
};
template <>
const ClassDef& class_of<RelationshipSpecBox>();

// User.posts as a program writes it: for join(), any(), has(), ==.
struct RelationshipBox {
  const mapper::Relationship* relationship;
  expr::FromPtr owner;                   // an alias of the owner's table, or its table
  query::Entity far = {};                // of_type: what it leads to; no mapper: the target's table
  expr::ElementPtr condition = nullptr;  // and_: holds beside its own
};
template <>
const ClassDef& class_of<RelationshipBox>();

// The condition that a relationship, seen through `owner`, refers to the object at `index`, or to
// none (nil, db.null). Throws ArgumentError for an object of another class, InvalidRequestError for
// a collection and an object.
expr::ElementPtr check_relationship_operand(lua_State* L, int index, const mapper::Relationship& r,
                                            const expr::FromPtr& owner);
// The condition that it refers to another object than the one at `index`, or to none; for nil, that
// it refers to some.
expr::ElementPtr check_other_relationship(lua_State* L, int index, const mapper::Relationship& r,
                                          const expr::FromPtr& owner);

// The class behind the value, or null.
const mapper::Mapper* test_model(lua_State* L, int index);
const mapper::Mapper& check_model(lua_State* L, int index);
void push_model(lua_State* L, const mapper::Mapper& mapper);

// A value for a column as the class's own messages name it; throws with "User.age" as context.
base::Value check_column_value(lua_State* L, int index, const mapper::Mapper& mapper, int slot);

// The MetaData of the current database that holds the table; null when none does.
schema::MetaDataPtr find_metadata(lua_State* L, const schema::Table& table);
// User.nickname = db.Column{…}: the table is extended, living objects get the attribute.
void add_model_column(lua_State* L, ModelInfo& info, const std::string& name,
                      const std::shared_ptr<struct ColumnSpec>& spec);

// User.login = db.synonym 'username': of an attribute, a hybrid or a composite.
void add_model_synonym(lua_State* L, ModelInfo& info, const std::string& name,
                       const std::string& target);
// Pushes what the name at `name` is on a class whose rows are seen through `from`: an expression, a
// relationship, what a hybrid gives (called with the class or alias at `cls`), or the member as it
// is; nil for an unknown one.
void push_class_member(lua_State* L, const mapper::Mapper& mapper, const expr::FromPtr& from,
                       int cls, int name);

// Makes the class from the arguments of db.Model: database, name, bases (list), body (table). See
// lua_model_declare.cc.
int declare_model(lua_State* L);

// Part of the area: relationship, backref and the class of User.posts.
void open_relationship(lua_State* L, int module);

// Area: relationship, backref, the class Model and its expressions.
void open_model(lua_State* L, int module);

}  // namespace moonbase::bindings
