// What the files that bind the schema share: the parts of a column's declaration, SQL text made
// from expressions, and one opening function for each file. For lua_types.cc, lua_column.cc,
// lua_constraint.cc, lua_table.cc, table_definition.cc, lua_metadata.cc and lua_ddl.cc only.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bindings/lua_schema.h"
#include "bindings/stack.h"
#include "orm/dialect/dialect.h"
#include "orm/expr/node.h"
#include "orm/types/registry.h"

namespace moonbase::bindings {

// --- types ---

// What db.String is until it is called: makes a type from arguments. Immutable.
class TypeFactory {
 public:
  virtual ~TypeFactory() = default;
  virtual std::string name() const = 0;
  virtual types::TypePtr make(const types::TypeArguments& arguments) const = 0;
};
void push_type_factory(lua_State* L, std::shared_ptr<const TypeFactory> factory);
// The factory of a type that was not called (db.String); null for anything else.
std::shared_ptr<const TypeFactory> test_type_factory(lua_State* L, int index);
// moonbase.TypeDecorator{…}
int type_decorator_new(lua_State* L);

// --- columns ---

struct ForeignKeyBox {
  std::unique_ptr<schema::ForeignKeyConstraint> key;  // one target, no columns yet
};
struct ComputedBox {
  std::unique_ptr<schema::Computed> computed;
};
struct IdentityBox {
  schema::Identity identity;
};
// FetchedValue(): the database makes the value by means that DDL does not show, a trigger.
struct FetchedValueBox {
  bool unused = false;
};
// conv('name'): a name that no naming convention changes any more.
struct ConvBox {
  std::unique_ptr<std::string> name;
};

// "table.column" of text, a column of a table, or a mapped attribute. `where` is for messages.
std::string check_foreign_key_target(lua_State* L, int index, const std::string& where);
// ondelete, onupdate, deferrable, … of a foreign key.
void take_foreign_key_options(lua_State* L, Kwargs& kw, schema::ForeignKeyConstraint& key);
// deferrable = true, or as SQL has it: "DEFERRABLE".
std::string take_deferrable(lua_State* L, Kwargs& kw);
// The `name` keyword into `name` and `is_final`.
void take_name(lua_State* L, Kwargs& kw, std::string& name, bool& is_final);
// The `info` keyword: a table, or null.
std::shared_ptr<const LuaRef> take_info(lua_State* L, Kwargs& kw);
void push_info(lua_State* L, const std::shared_ptr<const LuaRef>& info);

// --- SQL text ---

// The text of an expression with its values written out, in each dialect's spelling, columns
// without their table. `what` is for messages: throws ArgumentError for text that has parameters.
schema::SqlFragment sql_fragment(const expr::ElementPtr& element, const std::string& what);
// SQL as text, or an expression.
schema::SqlFragment check_sql(lua_State* L, int index, const std::string& what);
// A client-side default: a constant that `type` (may be null) casts, a function, an expression.
schema::Default check_default(lua_State* L, int index, const types::TypePtr& type);
// A server-side default: text and numbers become literals, expressions their text.
schema::SqlFragment check_server_default(lua_State* L, int index, const std::string& what);

// The dialect of this name; throws ArgumentError that lists those there are.
const dialect::Dialect& check_dialect_name(const std::string& name);
// The dialect that arguments {dialect = 'sqlite'} from stack position 2 name; SQLite when they name
// none.
const dialect::Dialect& check_dialect_option(lua_State* L, const char* function);

// --- tables ---

// `info` of tables, by uid, for as long as the state lives.
struct SchemaArea {
  uint64_t last_order = 0;
  std::map<uint64_t, std::shared_ptr<const LuaRef>> table_info;
};

// moonbase.Table{'name', [metadata,] columns…, options}
int table_new(lua_State* L);
// Pushes the iterator that __pairs returns over two lists on the top of the stack, which it
// replaces: the keys, then the values. Returns 1.
int push_pairs(lua_State* L);
// table:create, table:drop and the like: an engine or a connection at `index`.
int run_create(lua_State* L, int index, const schema::MetaData& metadata,
               const std::vector<schema::TablePtr>* only, bool check_first);
int run_drop(lua_State* L, int index, const schema::MetaData& metadata,
             const std::vector<schema::TablePtr>* only, bool check_first);

void open_types(lua_State* L, int module);
void open_columns(lua_State* L, int module);
void open_constraints(lua_State* L, int module);
void open_tables(lua_State* L, int module);
void open_metadata(lua_State* L, int module);
void open_ddl(lua_State* L, int module);

}  // namespace moonbase::bindings
