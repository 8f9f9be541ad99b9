// Column{…} and what stands inside its braces besides a type: ForeignKey, Computed, Identity,
// FetchedValue.
#include "bindings/guard.h"
#include "bindings/lua_expr.h"
#include "bindings/lua_sequence.h"
#include "bindings/schema_parts.h"
#include "orm/base/error.h"
#include "orm/base/text.h"

namespace moonbase::bindings {

extern const ClassDef kColumnClass, kForeignKeyClass, kComputedClass, kIdentityClass,
    kFetchedValueClass, kConvClass;
template <>
const ClassDef& class_of<ColumnBox>() {
  return kColumnClass;
}
template <>
const ClassDef& class_of<ForeignKeyBox>() {
  return kForeignKeyClass;
}
template <>
const ClassDef& class_of<ComputedBox>() {
  return kComputedClass;
}
template <>
const ClassDef& class_of<IdentityBox>() {
  return kIdentityClass;
}
template <>
const ClassDef& class_of<FetchedValueBox>() {
  return kFetchedValueClass;
}
template <>
const ClassDef& class_of<ConvBox>() {
  return kConvClass;
}

namespace {

using base::Error;
using base::ErrorKind;
using schema::Autoincrement;
using schema::Column;

// --- positional arguments of Column ---

[[noreturn]] void refuse_positional(lua_State* L, int position) {
  Error error(ErrorKind::kTypeError,
              "Column: argument " + std::to_string(position) +
                  ": expected a type, a ForeignKey, CheckConstraint, Computed or Identity, got " +
                  type_name_of(L, -1));
  if (lua_istable(L, -1)) {
    error.set_hint(
        "Options stand in the same braces as the type: db.Column{db.Integer, primary_key = true}.");
  } else if (test_box<ConstraintBox>(L, -1) != nullptr) {
    error.set_hint(
        "Only a CheckConstraint can stand in a column; others belong to the table "
        "(__table_args__).");
  } else if (lua_type(L, -1) == LUA_TSTRING && position > 1) {
    error.set_hint("A column's name comes first, before its type.");
  }
  throw error;
}

// The item on the top, which is neither the name nor a type.
void add_item(lua_State* L, ColumnSpec& spec, int position) {
  Column& column = spec.column;
  if (const auto* key = test_box<ForeignKeyBox>(L, -1)) {
    spec.foreign_keys.push_back(*key->key);
  } else if (const auto* computed = test_box<ComputedBox>(L, -1)) {
    column.computed = *computed->computed;
  } else if (const auto* identity = test_box<IdentityBox>(L, -1)) {
    column.identity = identity->identity;
  } else if (test_box<FetchedValueBox>(L, -1) != nullptr) {
    column.server_default = schema::SqlFragment{};
  } else if (std::optional<schema::Default> next = test_sequence(L, -1)) {
    column.default_value = std::move(next);
  } else if (const auto* box = test_box<ConstraintBox>(L, -1);
             box != nullptr && std::holds_alternative<schema::CheckConstraint>(*box->constraint)) {
    spec.checks.push_back(std::get<schema::CheckConstraint>(*box->constraint));
  } else {
    refuse_positional(L, position);
  }
}

void read_positional(lua_State* L, const Kwargs& kw, ColumnSpec& spec) {
  for (int i = 1; i <= kw.count(); ++i) {
    kw.push(i);
    if (i == 1 && lua_type(L, -1) == LUA_TSTRING) {
      spec.column.name = check_string(L, -1);
    } else if (types::TypePtr type = test_type(L, -1)) {
      if (spec.column.type) {
        throw Error(ErrorKind::kArgumentError,
                    "Column has two types, " + spec.column.type->repr() + " and " + type->repr());
      }
      spec.column.type = std::move(type);
    } else {
      add_item(L, spec, i);
    }
    lua_pop(L, 1);
  }
}

// --- keywords of Column ---

Autoincrement take_autoincrement(lua_State* L, Kwargs& kw) {
  if (!kw.take("autoincrement")) return Autoincrement::kAuto;
  Autoincrement result = Autoincrement::kAuto;
  std::string_view word = lua_type(L, -1) == LUA_TSTRING ? check_string(L, -1) : "";
  if (lua_isboolean(L, -1)) {
    result = lua_toboolean(L, -1) != 0 ? Autoincrement::kYes : Autoincrement::kNo;
  } else if (word == "ignore_fk") {
    result = Autoincrement::kYes;
  } else if (word != "auto") {
    kw.throw_keyword("autoincrement", "true, false, 'auto' or 'ignore_fk'", -1);
  }
  lua_pop(L, 1);
  return result;
}

std::optional<schema::Default> take_default(lua_State* L, Kwargs& kw, const char* keyword,
                                            const Column& column) {
  if (!kw.take(keyword)) return std::nullopt;
  if (std::optional<schema::Default> next = test_sequence(L, -1)) {
    lua_pop(L, 1);
    return next;
  }
  try {
    schema::Default result = check_default(L, -1, column.type);
    lua_pop(L, 1);
    return result;
  } catch (Error& error) {
    // In a class body the column has no name yet.
    std::string name = column.name.empty() ? "" : " " + base::quote_for_message(column.name);
    error.add_context("reading " + std::string(keyword) + " of Column" + name);
    throw;
  }
}

void take_defaults(lua_State* L, Kwargs& kw, Column& column) {
  std::optional<schema::Default> given = take_default(L, kw, "default", column);
  if (given && column.default_value)
    throw Error(ErrorKind::kArgumentError, "Column has two defaults, a Sequence and `default`");
  if (given) column.default_value = std::move(given);
  if (auto insert_default = take_default(L, kw, "insert_default", column)) {
    if (column.default_value) {
      throw Error(ErrorKind::kArgumentError,
                  "Column: default and insert_default say the same thing; give one of them");
    }
    column.default_value = std::move(insert_default);
  }
  column.onupdate = take_default(L, kw, "onupdate", column);
}

void take_server_values(lua_State* L, Kwargs& kw, Column& column) {
  if (kw.take("server_default")) {
    if (test_box<FetchedValueBox>(L, -1) != nullptr) {
      column.server_default = schema::SqlFragment{};
    } else if (!is_null(L, -1)) {
      column.server_default = check_server_default(L, -1, "Column: server_default");
    }
    lua_pop(L, 1);
  }
  if (kw.take("server_onupdate")) {
    // Only that there is one matters: the row is read again after an UPDATE.
    bool is_fetched = test_box<FetchedValueBox>(L, -1) != nullptr || test_element(L, -1) != nullptr;
    if (!is_fetched && !lua_isboolean(L, -1) && lua_type(L, -1) != LUA_TSTRING) {
      kw.throw_keyword("server_onupdate", "db.FetchedValue()", -1);
    }
    column.server_onupdate = lua_toboolean(L, -1) != 0;
    lua_pop(L, 1);
  }
}

void take_options(lua_State* L, Kwargs& kw, ColumnSpec& spec) {
  Column& column = spec.column;
  if (auto name = kw.take_string("name")) column.name = *name;
  if (kw.take("type_")) {
    column.type = check_type(L, -1);
    lua_pop(L, 1);
  }
  column.primary_key = kw.take_boolean("primary_key", false);
  if (auto nullable = kw.take_boolean("nullable")) {
    column.nullable = *nullable;
    column.nullable_given = true;
  }
  column.unique = kw.take_boolean("unique", false);
  column.index = kw.take_boolean("index", false);
  column.autoincrement = take_autoincrement(L, kw);
  take_defaults(L, kw, column);
  take_server_values(L, kw, column);
  column.key = kw.take_string("key").value_or("");
  column.comment = kw.take_string("comment").value_or("");
  column.doc = kw.take_string("doc").value_or("");
  column.quote = kw.take_boolean("quote");
  column.system = kw.take_boolean("system", false);
  mapper::Loading& loading = spec.loading;
  if (auto group = kw.take_string("deferred_group")) loading.group = *group;
  loading.raiseload = kw.take_boolean("deferred_raiseload", false);
  loading.deferred = kw.take_boolean("deferred", !loading.group.empty() || loading.raiseload);
  spec.info = take_info(L, kw);
}

int column_new(lua_State* L) {
  Kwargs kw(L, 1, "Column");
  auto spec = std::make_shared<ColumnSpec>();
  read_positional(L, kw, *spec);
  take_options(L, kw, *spec);
  kw.finish();
  spec->order = next_creation_order(L);
  push_box(L, ColumnBox{std::move(spec)});
  return 1;
}

// --- a column that no table has yet ---

const ColumnSpec& check_spec(lua_State* L) { return *check_box<ColumnBox>(L, 1).spec; }

int push_text_or_nil(lua_State* L, const std::string& text) {
  if (text.empty()) {
    lua_pushnil(L);
  } else {
    push_string(L, text);
  }
  return 1;
}

template <std::string Column::*member>
int column_text(lua_State* L) {
  return push_text_or_nil(L, check_spec(L).column.*member);
}

template <bool Column::*member>
int column_flag(lua_State* L) {
  lua_pushboolean(L, check_spec(L).column.*member);
  return 1;
}

int column_type(lua_State* L) {
  types::TypePtr type = check_spec(L).column.type;
  if (type) {
    push_type(L, std::move(type));
  } else {
    lua_pushnil(L);
  }
  return 1;
}

int column_info(lua_State* L) {
  ColumnSpec& spec = *check_box<ColumnBox>(L, 1).spec;
  if (!spec.info) {
    lua_newtable(L);
    spec.info = std::make_shared<const LuaRef>(L, -1);
    lua_pop(L, 1);
  }
  push_info(L, spec.info);
  return 1;
}

int column_copy(lua_State* L) {
  auto copy = std::make_shared<ColumnSpec>(check_spec(L));
  copy->claimed = false;
  copy->order = next_creation_order(L);
  push_box(L, ColumnBox{std::move(copy)});
  return 1;
}

int column_tostring(lua_State* L) {
  const ColumnSpec& spec = check_spec(L);
  std::vector<std::string> parts;
  if (!spec.column.name.empty()) parts.push_back(base::quote_for_message(spec.column.name));
  if (spec.column.type) parts.push_back(spec.column.type->repr());
  for (const auto& key : spec.foreign_keys)
    parts.push_back("ForeignKey(" + base::quote_for_message(key.targets.front()) + ")");
  if (spec.column.primary_key) parts.push_back("primary_key=true");
  if (spec.column.nullable_given)
    parts.push_back(spec.column.nullable ? "nullable=true" : "nullable=false");
  push_string(L, "Column(" + base::join(parts, ", ") + ")");
  return 1;
}

// A column by itself stands for its name in the expressions of its own table's indexes and
// constraints.
expr::ElementPtr column_element(lua_State* L, int index) {
  const auto* box = test_box<ColumnBox>(L, index);
  if (box == nullptr) return nullptr;
  const Column& column = box->spec->column;
  if (column.name.empty()) {
    throw Error(ErrorKind::kArgumentError,
                "this Column has no name yet: name it by a string, or write Column{'name', …}");
  }
  return expr::column(nullptr, column.name, column.type ? column.type : types::null());
}

// --- ForeignKey, Computed, Identity, FetchedValue, conv ---

int foreign_key_new(lua_State* L) {
  Kwargs kw(L, 1, "ForeignKey");
  kw.expect_positional(1, 1);
  auto key = std::make_unique<schema::ForeignKeyConstraint>();
  kw.push(1);
  key->targets.push_back(check_foreign_key_target(L, -1, "ForeignKey"));
  lua_pop(L, 1);
  take_foreign_key_options(L, kw, *key);
  kw.finish();
  push_box(L, ForeignKeyBox{std::move(key)});
  return 1;
}

int foreign_key_target(lua_State* L) {
  push_string(L, check_box<ForeignKeyBox>(L, 1).key->targets.front());
  return 1;
}

int foreign_key_tostring(lua_State* L) {
  push_string(L, "ForeignKey(" +
                     base::quote_for_message(check_box<ForeignKeyBox>(L, 1).key->targets.front()) +
                     ")");
  return 1;
}

int computed_new(lua_State* L) {
  Kwargs kw(L, 1, "Computed");
  kw.expect_positional(1, 1);
  auto computed = std::make_unique<schema::Computed>();
  kw.push(1);
  computed->expression = check_sql(L, -1, "Computed");
  lua_pop(L, 1);
  computed->persisted = kw.take_boolean("persisted");
  kw.finish();
  push_box(L, ComputedBox{std::move(computed)});
  return 1;
}

int identity_new(lua_State* L) {
  Kwargs kw(L, 1, "Identity");
  kw.expect_positional(0, 0);
  schema::Identity identity;
  identity.always = kw.take_boolean("always", false);
  take_sequence_options(kw, identity);
  kw.finish();
  push_box(L, IdentityBox{identity});
  return 1;
}

int fetched_value_new(lua_State* L) {
  Kwargs kw(L, 1, "FetchedValue");
  kw.expect_positional(0, 0);
  kw.finish();
  push_box(L, FetchedValueBox{});
  return 1;
}

int conv_new(lua_State* L) {
  push_box(L, ConvBox{std::make_unique<std::string>(check_string(L, 1))});
  return 1;
}

int conv_tostring(lua_State* L) {
  push_string(L, *check_box<ConvBox>(L, 1).name);
  return 1;
}

constexpr MethodDef kColumnMethods[] = {
    {"copy", guarded<column_copy>, "copy()  a column declared alike, for another table"},
};
constexpr MethodDef kColumnGetters[] = {
    {"name", guarded<column_text<&Column::name>>,
     "name  in the database; nil until its class gives it one"},
    {"key", guarded<column_text<&Column::key>>,
     "key  in table.c and on the model, where it differs from the name"},
    {"type", guarded<column_type>,
     "type  of its values; nil while it is to come from a foreign key"},
    {"primary_key", guarded<column_flag<&Column::primary_key>>,
     "primary_key  whether it is part of the key"},
    {"nullable", guarded<column_flag<&Column::nullable>>, "nullable  whether it may be NULL"},
    {"unique", guarded<column_flag<&Column::unique>>,
     "unique  whether two rows may not be alike in it"},
    {"index", guarded<column_flag<&Column::index>>, "index  whether it has an index of its own"},
    {"comment", guarded<column_text<&Column::comment>>,
     "comment  kept in the database, where it can"},
    {"doc", guarded<column_text<&Column::doc>>, "doc  a description for programs"},
    {"info", guarded<column_info>, "info  a table for your own notes"},
};
constexpr MethodDef kColumnMetamethods[] = {
    {"__tostring", guarded<column_tostring>, "tostring(column)  as it is declared"},
};

constexpr MethodDef kForeignKeyGetters[] = {
    {"target_fullname", guarded<foreign_key_target>,
     "target_fullname  the column it refers to: 'user.id'"},
};
constexpr MethodDef kForeignKeyMetamethods[] = {
    {"__tostring", guarded<foreign_key_tostring>, "tostring(key)  as it is declared"},
};
constexpr MethodDef kConvMetamethods[] = {
    {"__tostring", guarded<conv_tostring>, "tostring(name)  the name"},
};

}  // namespace

const ClassDef kColumnClass{
    .name = "Column",
    .doc =
        "Column{['name',] type, ForeignKey 'table.column', primary_key = , nullable = , unique = , "
        "index = , default = , "
        "onupdate = , server_default = , server_onupdate = , autoincrement = , key = , comment = , "
        "doc = , info = , "
        "quote = }  a column of a class or table",
    .methods = kColumnMethods,
    .getters = kColumnGetters,
    .metamethods = kColumnMetamethods,
    .constructor = guarded<column_new>,
    .usage = "db.Column{db.Integer}",
    .destroy = kDestroy<ColumnBox>,
};

const ClassDef kForeignKeyClass{
    .name = "ForeignKey",
    .doc =
        "ForeignKey{'table.column', ondelete = 'CASCADE', onupdate = , name = , deferrable = , "
        "initially = , match = , "
        "use_alter = }  inside Column{…}: what the column refers to",
    .getters = kForeignKeyGetters,
    .metamethods = kForeignKeyMetamethods,
    .constructor = guarded<foreign_key_new>,
    .usage = "db.ForeignKey 'user.id'",
    .destroy = kDestroy<ForeignKeyBox>,
};

const ClassDef kComputedClass{
    .name = "Computed",
    .doc =
        "Computed{'price * amount', persisted = true}  inside Column{…}: the database computes the "
        "value",
    .constructor = guarded<computed_new>,
    .usage = "db.Computed 'a * 2'",
    .destroy = kDestroy<ComputedBox>,
};

const ClassDef kIdentityClass{
    .name = "Identity",
    .doc =
        "Identity{always = , start = , increment = , minvalue = , maxvalue = , cache = , cycle = } "
        " "
        "inside Column{…}: the database numbers the rows, where it has identity columns",
    .constructor = guarded<identity_new>,
    .usage = "db.Identity()",
    .destroy = kDestroy<IdentityBox>,
};

const ClassDef kFetchedValueClass{
    .name = "FetchedValue",
    .doc =
        "FetchedValue()  as server_default or server_onupdate: the database makes the value by a "
        "trigger or the like",
    .constructor = guarded<fetched_value_new>,
    .usage = "db.FetchedValue()",
    .destroy = kDestroy<FetchedValueBox>,
};

const ClassDef kConvClass{
    .name = "conv",
    .doc = "conv 'ck_user_age'  a constraint's name that the naming convention leaves as it is",
    .metamethods = kConvMetamethods,
    .constructor = guarded<conv_new>,
    .usage = "db.conv 'ck_user_age'",
    .destroy = kDestroy<ConvBox>,
};

void open_columns(lua_State* L, int module) {
  open_sequences(L, module);
  for (const ClassDef* cls : {&kColumnClass, &kForeignKeyClass, &kComputedClass, &kIdentityClass,
                              &kFetchedValueClass, &kConvClass}) {
    register_class(L, *cls);
    push_class(L, *cls);
    lua_setfield(L, module, cls->name);
  }
  register_element_source(L, column_element);
}

}  // namespace moonbase::bindings
