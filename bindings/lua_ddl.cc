// CreateTable(table), DropTable(table), CreateIndex(index), DropIndex(index): the DDL of a table as
// text, for looking at.
#include "bindings/guard.h"
#include "bindings/schema_parts.h"
#include "orm/base/error.h"
#include "orm/compile/ddl_compiler.h"

namespace moonbase::bindings {

enum class DdlKind { kCreateTable, kDropTable, kCreateIndex, kDropIndex };

struct DdlBox {
  DdlKind kind;
  bool conditional;  // IF (NOT) EXISTS
  schema::TablePtr table;
  schema::MetaDataPtr metadata;
  std::shared_ptr<const schema::Index> index;
};

struct CompiledDdlBox {
  std::shared_ptr<const std::string> sql;
  const dialect::Dialect* dialect;
};

extern const ClassDef kDdlClass, kCompiledDdlClass;
template <>
const ClassDef& class_of<DdlBox>() {
  return kDdlClass;
}
template <>
const ClassDef& class_of<CompiledDdlBox>() {
  return kCompiledDdlClass;
}

namespace {

using base::Error;
using base::ErrorKind;

std::string ddl_text(const DdlBox& ddl, const compile::DialectTraits& traits) {
  compile::DdlOptions options{.if_not_exists = ddl.conditional, .if_exists = ddl.conditional};
  switch (ddl.kind) {
    case DdlKind::kCreateTable:
      return compile::create_table(*ddl.table, *ddl.metadata, traits, {}, options);
    case DdlKind::kDropTable:
      return compile::drop_table(*ddl.table, traits, options);
    case DdlKind::kCreateIndex:
      return compile::create_index(*ddl.table, *ddl.index, *ddl.metadata, traits, options);
    case DdlKind::kDropIndex:
      return compile::drop_index(*ddl.table, *ddl.index, *ddl.metadata, traits, options);
  }
  return "";
}

void take_table(lua_State* L, const char* name, DdlBox& ddl) {
  const auto* box = test_box<TableBox>(L, -1);
  if (box == nullptr || !box->metadata) {
    throw Error(ErrorKind::kTypeError,
                std::string(name) + ": expected a table, got " + type_name_of(L, -1))
        .with_hint("A class has its table in User.__table__.");
  }
  ddl.table = box->table;
  ddl.metadata = box->metadata;
}

void take_index(lua_State* L, const char* name, DdlBox& ddl) {
  const auto* box = test_box<ConstraintBox>(L, -1);
  if (box == nullptr || !box->table || !std::holds_alternative<schema::Index>(*box->constraint)) {
    throw Error(ErrorKind::kTypeError,
                std::string(name) + ": expected an index of a table, got " + type_name_of(L, -1))
        .with_hint("A table has its indexes in table.indexes.");
  }
  ddl.table = box->table;
  ddl.metadata = box->metadata;
  ddl.index = std::make_shared<const schema::Index>(std::get<schema::Index>(*box->constraint));
}

constexpr char kCreateTable[] = "CreateTable", kDropTable[] = "DropTable",
               kCreateIndex[] = "CreateIndex", kDropIndex[] = "DropIndex";

template <DdlKind kind, const char* name>
int ddl_new(lua_State* L) {
  constexpr bool creates = kind == DdlKind::kCreateTable || kind == DdlKind::kCreateIndex;
  constexpr bool of_index = kind == DdlKind::kCreateIndex || kind == DdlKind::kDropIndex;
  Kwargs kw(L, 1, name);
  kw.expect_positional(1, 1);
  DdlBox ddl{};
  ddl.kind = kind;
  kw.push(1);
  (of_index ? take_index : take_table)(L, name, ddl);
  lua_pop(L, 1);
  ddl.conditional = kw.take_boolean(creates ? "if_not_exists" : "if_exists", false);
  kw.finish();
  push_box(L, std::move(ddl));
  return 1;
}

int ddl_tostring(lua_State* L) {
  push_string(L, ddl_text(check_box<DdlBox>(L, 1), check_dialect_name("sqlite").traits()));
  return 1;
}

int ddl_compile(lua_State* L) {
  const DdlBox& ddl = check_box<DdlBox>(L, 1);
  const dialect::Dialect& dialect = check_dialect_option(L, "compile");
  push_box(L, CompiledDdlBox{std::make_shared<const std::string>(ddl_text(ddl, dialect.traits())),
                             &dialect});
  return 1;
}

int compiled_string(lua_State* L) {
  push_string(L, *check_box<CompiledDdlBox>(L, 1).sql);
  return 1;
}

int compiled_params(lua_State* L) {
  check_box<CompiledDdlBox>(L, 1);
  lua_newtable(L);
  return 1;
}

int compiled_dialect(lua_State* L) {
  push_string(L, check_box<CompiledDdlBox>(L, 1).dialect->traits().name);
  return 1;
}

constexpr MethodDef kMethods[] = {
    {"compile", guarded<ddl_compile>, "compile{dialect = 'sqlite'}  the text for that dialect"},
};
constexpr MethodDef kMetamethods[] = {
    {"__tostring", guarded<ddl_tostring>, "tostring(ddl)  the text for SQLite"},
};
constexpr MethodDef kCompiledGetters[] = {
    {"string", guarded<compiled_string>, "string  the SQL text"},
    {"params", guarded<compiled_params>, "params  empty: DDL has no parameters"},
    {"dialect", guarded<compiled_dialect>, "dialect  the name of the dialect the text is for"},
};
constexpr MethodDef kCompiledMetamethods[] = {
    {"__tostring", guarded<compiled_string>, "tostring(compiled)  the SQL text"},
};
constexpr MethodDef kFunctions[] = {
    {kCreateTable, guarded<ddl_new<DdlKind::kCreateTable, kCreateTable>>,
     "CreateTable(table)  its CREATE TABLE; CreateTable{table, if_not_exists = true}"},
    {kDropTable, guarded<ddl_new<DdlKind::kDropTable, kDropTable>>,
     "DropTable(table)  its DROP TABLE; DropTable{table, if_exists = true}"},
    {kCreateIndex, guarded<ddl_new<DdlKind::kCreateIndex, kCreateIndex>>,
     "CreateIndex(index)  its CREATE INDEX; CreateIndex{index, if_not_exists = true}"},
    {kDropIndex, guarded<ddl_new<DdlKind::kDropIndex, kDropIndex>>,
     "DropIndex(index)  its DROP INDEX; DropIndex{index, if_exists = true}"},
};

}  // namespace

const ClassDef kDdlClass{
    .name = "DDL",
    .doc = "The DDL of a table or index: print it, or compile it for a dialect",
    .methods = kMethods,
    .metamethods = kMetamethods,
    .usage = "db.CreateTable(table)",
    .destroy = kDestroy<DdlBox>,
};

const ClassDef kCompiledDdlClass{
    .name = "CompiledDDL",
    .doc = "DDL for one dialect: tostring gives the text",
    .getters = kCompiledGetters,
    .metamethods = kCompiledMetamethods,
    .usage = "compiled",
    .destroy = kDestroy<CompiledDdlBox>,
};

void open_ddl(lua_State* L, int module) {
  register_class(L, kDdlClass);
  register_class(L, kCompiledDdlClass);
  add_functions(L, module, kFunctions);
}

}  // namespace moonbase::bindings
