// Types, columns, constraints, tables and metadata as a program declares them
// (db.Column{db.String(64), index = true}). A declared column is a ColumnSpec until its table is
// made; it carries the order of creation, because a Lua table has none.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "bindings/box.h"
#include "bindings/class_def.h"
#include "bindings/context.h"
#include "orm/mapper/mapper.h"
#include "orm/schema/table.h"

namespace moonbase::bindings {

class TypeFactory;

struct TypeBox {
  types::TypePtr type;  // may be null for a type named without its arguments: ask check_type
  std::shared_ptr<const TypeFactory>
      factory;  // of db.String, which may be called; null for db.String(64)
};
template <>
const ClassDef& class_of<TypeBox>();

struct ColumnSpec {
  schema::Column column;  // name empty: the attribute's
  std::vector<schema::ForeignKeyConstraint>
      foreign_keys;  // columns filled in when the name is known
  std::vector<schema::CheckConstraint> checks;
  std::shared_ptr<const LuaRef> info;  // the table given as `info`, or null
  mapper::Loading loading;             // of the attribute, when a class takes it
  uint64_t order = 0;                  // of creation, across columns and relationships
  bool claimed = false;                // a table has taken it; a mixin's column is copied instead
  std::string full_name;               // "post.user_id", once a class's table has taken it
};
struct ColumnBox {
  std::shared_ptr<ColumnSpec> spec;
};
template <>
const ClassDef& class_of<ColumnBox>();

using ConstraintVariant =
    std::variant<schema::PrimaryKeyConstraint, schema::UniqueConstraint, schema::CheckConstraint,
                 schema::ForeignKeyConstraint, schema::Index>;
struct ConstraintBox {
  std::unique_ptr<ConstraintVariant> constraint;
  schema::TablePtr
      table;  // of one read from a table, with its final name; null for one that is declared
  schema::MetaDataPtr metadata;
};
template <>
const ClassDef& class_of<ConstraintBox>();

struct TableBox {
  schema::TablePtr table;
  schema::MetaDataPtr metadata;
};
template <>
const ClassDef& class_of<TableBox>();

struct MetaDataBox {
  schema::MetaDataPtr metadata;
};
template <>
const ClassDef& class_of<MetaDataBox>();

// A type object, or a type that takes no arguments (db.Integer). Throws TypeError naming what a
// type looks like.
types::TypePtr check_type(lua_State* L, int index);
// The same, but null for anything that is no type.
types::TypePtr test_type(lua_State* L, int index);
void push_type(lua_State* L, types::TypePtr type);
void push_table(lua_State* L, schema::TablePtr table, schema::MetaDataPtr metadata);
// `constraint` belongs to `table`; it is given its final name.
void push_constraint(lua_State* L, ConstraintVariant constraint, schema::TablePtr table,
                     schema::MetaDataPtr metadata);

// The value at `index` as a column of the type keeps it: to_value and Type::cast. A TypeDecorator's
// process_bind_param gets the Lua value itself, which may be anything. Throws what both throw, and
// what the function raises.
base::Value to_typed_value(lua_State* L, int index, const types::Type& type);
// Pushes a column's value as a program sees it: push_value, or what a TypeDecorator's
// process_result_value makes of it.
void push_typed_value(lua_State* L, const base::Value& value, const types::Type& type,
                      bool null_as_sentinel = false);

// The next number of the creation counter, shared by columns and relationships.
uint64_t next_creation_order(lua_State* L);

// What a declaration says beside the definition itself.
struct TableOptions {
  bool extend_existing = false, keep_existing = false, must_exist = false;
  std::shared_ptr<const LuaRef> info;
};

// A table's definition from columns (attribute name and spec, in order) and __table_args__ at
// `table_args` (0: none): a list of constraints and indexes with options (schema, comment, …) as
// keys. The i-th column of the definition is the i-th of `columns`; its key is the attribute's name
// unless the column has a key of its own. Column-level foreign keys become constraints; an Index or
// constraint may name attributes or columns. Options that are no part of a definition go to
// `options`, where they are asked for. Throws TypeError/ArgumentError naming the option.
schema::TableDef make_table_def(
    lua_State* L, const std::string& name,
    const std::vector<std::pair<std::string, std::shared_ptr<ColumnSpec>>>& columns, int table_args,
    TableOptions* options = nullptr);

// Adds the definition as the options say: a table that is there already is extended, kept, or an
// error. Throws what MetaData::add throws.
schema::TablePtr add_table(lua_State* L, schema::MetaData& metadata, schema::TableDef def,
                           const TableOptions& options);

// Area: the types, Column, ForeignKey, constraints, Index, Table, MetaData, Computed, Identity,
// CreateTable, … as fields of the module table (the database facade copies them to `db`).
void open_schema(lua_State* L, int module);

}  // namespace moonbase::bindings
