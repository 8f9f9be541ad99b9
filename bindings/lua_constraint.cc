// PrimaryKeyConstraint, UniqueConstraint, CheckConstraint, ForeignKeyConstraint and Index: declared
// in __table_args__ or Table{…}, and read from a table. One class for each, over one payload.
#include "bindings/guard.h"
#include "bindings/lua_expr.h"
#include "bindings/schema_parts.h"
#include "orm/base/error.h"
#include "orm/base/text.h"
#include "orm/schema/naming.h"

namespace moonbase::bindings {

extern const ClassDef kConstraintClass;
template <>
const ClassDef& class_of<ConstraintBox>() {
  return kConstraintClass;
}

namespace {

using base::Error;
using base::ErrorKind;
using schema::CheckConstraint;
using schema::ForeignKeyConstraint;
using schema::Index;
using schema::IndexPart;
using schema::PrimaryKeyConstraint;
using schema::UniqueConstraint;

extern const ClassDef kPrimaryKeyClass, kUniqueClass, kCheckClass, kForeignKeyConstraintClass,
    kIndexClass;

const ClassDef& class_for(const ConstraintVariant& constraint) {
  static const ClassDef* const kClasses[] = {&kPrimaryKeyClass, &kUniqueClass, &kCheckClass,
                                             &kForeignKeyConstraintClass, &kIndexClass};
  return *kClasses[constraint.index()];
}

void push_new(lua_State* L, ConstraintVariant constraint, schema::TablePtr table,
              schema::MetaDataPtr metadata) {
  auto owned = std::make_unique<ConstraintVariant>(std::move(constraint));
  Box* box = new_box(L, class_for(*owned), sizeof(ConstraintBox));
  new (box->payload()) ConstraintBox{std::move(owned), std::move(table), std::move(metadata)};
  box->dead = 0;
}

template <class T>
const T& check_constraint(lua_State* L) {
  return std::get<T>(*check_box<ConstraintBox>(L, 1).constraint);
}

// --- columns ---

// A column by name, or an object that stands for one. `where` is for messages.
std::string check_column_name(lua_State* L, int index, const std::string& where) {
  if (lua_type(L, index) == LUA_TSTRING) return std::string(check_string(L, index));
  expr::ElementPtr element = test_element(L, index);
  if (element && element->kind == expr::Kind::kColumn) return element->column_name();
  throw Error(ErrorKind::kTypeError,
              where + ": expected the name of a column, got " + type_name_of(L, index));
}

std::vector<std::string> positional_columns(lua_State* L, const Kwargs& kw,
                                            const std::string& where) {
  std::vector<std::string> columns;
  for (int i = 1; i <= kw.count(); ++i) {
    kw.push(i);
    columns.push_back(check_column_name(L, -1, where + ": argument " + std::to_string(i)));
    lua_pop(L, 1);
  }
  return columns;
}

// --- constructors ---

int primary_key_new(lua_State* L) {
  Kwargs kw(L, 1, "PrimaryKeyConstraint");
  PrimaryKeyConstraint key;
  key.columns = positional_columns(L, kw, "PrimaryKeyConstraint");
  take_name(L, kw, key.name, key.name_is_final);
  kw.finish();
  push_new(L, std::move(key), nullptr, nullptr);
  return 1;
}

int unique_new(lua_State* L) {
  Kwargs kw(L, 1, "UniqueConstraint");
  UniqueConstraint unique;
  unique.columns = positional_columns(L, kw, "UniqueConstraint");
  take_name(L, kw, unique.name, unique.name_is_final);
  unique.deferrable = take_deferrable(L, kw);
  unique.initially = kw.take_string("initially").value_or("");
  kw.finish();
  push_new(L, std::move(unique), nullptr, nullptr);
  return 1;
}

int check_new(lua_State* L) {
  Kwargs kw(L, 1, "CheckConstraint");
  kw.expect_positional(1, 1);
  CheckConstraint check;
  kw.push(1);
  check.condition = check_sql(L, -1, "CheckConstraint");
  lua_pop(L, 1);
  take_name(L, kw, check.name, check.name_is_final);
  kw.finish();
  push_new(L, std::move(check), nullptr, nullptr);
  return 1;
}

// Calls `read` with the index of each item of the list at argument `position`.
template <class Read>
void read_list(lua_State* L, const Kwargs& kw, int position, Read read) {
  kw.push(position);
  if (!lua_istable(L, -1)) {
    throw Error(ErrorKind::kTypeError, "ForeignKeyConstraint: argument " +
                                           std::to_string(position) + ": expected a list, got " +
                                           type_name_of(L, -1))
        .with_hint("Write db.ForeignKeyConstraint{{'a', 'b'}, {'t.a', 't.b'}}.");
  }
  for (lua_Integer i = 1, count = luaL_len(L, -1); i <= count; ++i) {
    lua_geti(L, -1, i);
    read(lua_gettop(L));
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

int foreign_key_constraint_new(lua_State* L) {
  static const std::string kName = "ForeignKeyConstraint";
  Kwargs kw(L, 1, kName);
  kw.expect_positional(2, 2);
  ForeignKeyConstraint key;
  read_list(L, kw, 1,
            [&](int index) { key.columns.push_back(check_column_name(L, index, kName)); });
  read_list(L, kw, 2,
            [&](int index) { key.targets.push_back(check_foreign_key_target(L, index, kName)); });
  take_foreign_key_options(L, kw, key);
  kw.finish();
  push_new(L, std::move(key), nullptr, nullptr);
  return 1;
}

[[noreturn]] void refuse_late_index(const std::string& name, const schema::Table& table) {
  throw Error(ErrorKind::kArgumentError, "Index " + base::quote_for_message(name) + ": table '" +
                                             table.full_name() +
                                             "' is complete, an index cannot join it any more")
      .with_hint(
          "Declare the index with the table: __table_args__ = { db.Index{'ix', 'column'} }.");
}

IndexPart index_part(lua_State* L, int index, const std::string& name, int position) {
  IndexPart part;
  if (lua_type(L, index) == LUA_TSTRING) {
    part.column = check_string(L, index);
    return part;
  }
  expr::ElementPtr element = test_element(L, index);
  if (!element) {
    throw Error(ErrorKind::kTypeError, "Index: argument " + std::to_string(position) +
                                           ": expected a column or an expression, got " +
                                           type_name_of(L, index));
  }
  expr::visit(element, [&](const expr::Element& e) {
    if (e.kind == expr::Kind::kColumn && e.column && e.column->table)
      refuse_late_index(name, *e.column->table);
  });
  if (element->kind == expr::Kind::kOrdering &&
      (element->op == expr::Op::kDesc || element->op == expr::Op::kAsc)) {
    part.descending = element->op == expr::Op::kDesc;
    element = element->args[0];
  }
  if (element->kind == expr::Kind::kColumn) {
    part.column = element->column_name();
  } else if (element->kind == expr::Kind::kLabelRef) {
    part.column = element->name;
  } else {
    part.expression = sql_fragment(element, "Index");
  }
  return part;
}

// sqlite_where, postgresql_where: a condition of one dialect, or of several.
void take_where(lua_State* L, Kwargs& kw, Index& index) {
  for (const char* dialect : {"sqlite", "postgresql"}) {
    if (!kw.take(std::string(dialect) + "_where")) continue;
    schema::SqlFragment condition = check_sql(L, -1, "Index: " + std::string(dialect) + "_where");
    lua_pop(L, 1);
    if (!index.where) index.where.emplace();
    index.where->variants[dialect] = condition.for_dialect(dialect);
  }
}

int index_new(lua_State* L) {
  Kwargs kw(L, 1, "Index");
  kw.expect_positional(1, INT32_MAX);
  Index index;
  kw.push(1);
  if (const auto* conv = test_box<ConvBox>(L, -1)) {
    index.name = *conv->name;
    index.name_is_final = true;
  } else if (!is_null(L, -1)) {
    if (lua_type(L, -1) != LUA_TSTRING) {
      throw Error(ErrorKind::kTypeError,
                  "Index: argument 1: expected the index's name, got " + type_name_of(L, -1))
          .with_hint(
              "Write db.Index{'ix_user_name', 'name'}; db.null for its name takes the naming "
              "convention's.");
    }
    index.name = check_string(L, -1);
  }
  lua_pop(L, 1);
  for (int i = 2; i <= kw.count(); ++i) {
    kw.push(i);
    index.parts.push_back(index_part(L, lua_gettop(L), index.name, i));
    lua_pop(L, 1);
  }
  index.unique = kw.take_boolean("unique", false);
  take_where(L, kw, index);
  index.using_method = kw.take_string("postgresql_using").value_or("");
  index.include = kw.take_strings("postgresql_include");
  kw.finish();
  push_new(L, std::move(index), nullptr, nullptr);
  return 1;
}

// --- fields ---

int push_text_or_nil(lua_State* L, const std::string& text) {
  if (text.empty()) {
    lua_pushnil(L);
  } else {
    push_string(L, text);
  }
  return 1;
}

int constraint_name(lua_State* L) {
  return std::visit([L](const auto& c) { return push_text_or_nil(L, c.name); },
                    *check_box<ConstraintBox>(L, 1).constraint);
}

int constraint_table(lua_State* L) {
  const ConstraintBox& box = check_box<ConstraintBox>(L, 1);
  if (box.table) {
    push_table(L, box.table, box.metadata);
  } else {
    lua_pushnil(L);
  }
  return 1;
}

template <class T>
int constraint_columns(lua_State* L) {
  push_strings(L, check_constraint<T>(L).columns);
  return 1;
}

template <class T, std::string T::*member>
int constraint_text(lua_State* L) {
  return push_text_or_nil(L, check_constraint<T>(L).*member);
}

int check_sqltext(lua_State* L) {
  push_string(L, check_constraint<CheckConstraint>(L).condition.text);
  return 1;
}

int foreign_key_elements(lua_State* L) {
  push_strings(L, check_constraint<ForeignKeyConstraint>(L).targets);
  return 1;
}

int foreign_key_referred_table(lua_State* L) {
  const ConstraintBox& box = check_box<ConstraintBox>(L, 1);
  const auto& key = std::get<ForeignKeyConstraint>(*box.constraint);
  if (!box.table) return push_text_or_nil(L, key.target_table());
  const schema::Column& target = box.metadata->resolve(*box.table, key, 0);
  push_table(L, box.metadata->find(target.table->full_name()), box.metadata);
  return 1;
}

// The parts of an index as SQL.
std::vector<std::string> part_texts(const Index& index) {
  std::vector<std::string> texts;
  for (const IndexPart& part : index.parts) {
    texts.push_back((part.column.empty() ? part.expression.text : part.column) +
                    (part.descending ? " DESC" : ""));
  }
  return texts;
}

int index_unique(lua_State* L) {
  lua_pushboolean(L, check_constraint<Index>(L).unique);
  return 1;
}

int index_columns(lua_State* L) {
  std::vector<std::string> columns;
  for (const IndexPart& part : check_constraint<Index>(L).parts) {
    if (!part.column.empty()) columns.push_back(part.column);
  }
  push_strings(L, columns);
  return 1;
}

int index_expressions(lua_State* L) {
  push_strings(L, part_texts(check_constraint<Index>(L)));
  return 1;
}

// --- as text ---

std::string quoted_list(const std::vector<std::string>& texts) {
  std::vector<std::string> quoted;
  for (const std::string& text : texts) quoted.push_back(base::quote_for_message(text));
  return base::join(quoted, ", ");
}

std::string inside(const PrimaryKeyConstraint& c) { return quoted_list(c.columns); }
std::string inside(const UniqueConstraint& c) { return quoted_list(c.columns); }
std::string inside(const CheckConstraint& c) { return base::quote_for_message(c.condition.text); }
std::string inside(const ForeignKeyConstraint& c) {
  return "{" + quoted_list(c.columns) + "}, {" + quoted_list(c.targets) + "}";
}
std::string inside(const Index& c) {
  return quoted_list(part_texts(c)) + (c.unique ? ", unique=true" : "");
}

int constraint_tostring(lua_State* L) {
  const ConstraintVariant& constraint = *check_box<ConstraintBox>(L, 1).constraint;
  bool is_index = std::holds_alternative<Index>(constraint);
  std::string text = std::visit(
      [is_index](const auto& c) {
        std::string content = inside(c);
        if (c.name.empty()) return content;
        std::string name = base::quote_for_message(c.name);
        return is_index ? name + ", " + content : content + ", name=" + name;
      },
      constraint);
  push_string(L, std::string(class_for(constraint).name) + "(" + text + ")");
  return 1;
}

constexpr MethodDef kConstraintGetters[] = {
    {"name", guarded<constraint_name>,
     "name  in the database, by the naming convention where there is one; or nil"},
    {"table", guarded<constraint_table>, "table  the table it was read from, or nil"},
};
constexpr MethodDef kConstraintMetamethods[] = {
    {"__tostring", guarded<constraint_tostring>, "tostring(constraint)  as it is declared"},
};
constexpr MethodDef kPrimaryKeyGetters[] = {
    {"columns", guarded<constraint_columns<PrimaryKeyConstraint>>,
     "columns  the names of its columns"},
};
constexpr MethodDef kUniqueGetters[] = {
    {"columns", guarded<constraint_columns<UniqueConstraint>>, "columns  the names of its columns"},
};
constexpr MethodDef kCheckGetters[] = {
    {"sqltext", guarded<check_sqltext>, "sqltext  the condition"},
};
constexpr MethodDef kForeignKeyGetters[] = {
    {"columns", guarded<constraint_columns<ForeignKeyConstraint>>,
     "columns  the names of its columns"},
    {"elements", guarded<foreign_key_elements>, "elements  the columns it refers to: {'user.id'}"},
    {"referred_table", guarded<foreign_key_referred_table>,
     "referred_table  the table it refers to"},
    {"ondelete", guarded<constraint_text<ForeignKeyConstraint, &ForeignKeyConstraint::ondelete>>,
     "ondelete  'CASCADE' and the like, or nil"},
    {"onupdate", guarded<constraint_text<ForeignKeyConstraint, &ForeignKeyConstraint::onupdate>>,
     "onupdate  'CASCADE' and the like, or nil"},
    {"deferrable",
     guarded<constraint_text<ForeignKeyConstraint, &ForeignKeyConstraint::deferrable>>,
     "deferrable  'DEFERRABLE', 'NOT DEFERRABLE' or nil"},
    {"initially", guarded<constraint_text<ForeignKeyConstraint, &ForeignKeyConstraint::initially>>,
     "initially  'DEFERRED', 'IMMEDIATE' or nil"},
};
constexpr MethodDef kIndexGetters[] = {
    {"unique", guarded<index_unique>, "unique  whether two rows may not be alike in it"},
    {"columns", guarded<index_columns>, "columns  the names of its columns"},
    {"expressions", guarded<index_expressions>, "expressions  its columns and expressions as SQL"},
};

const ClassDef kPrimaryKeyClass{
    .name = "PrimaryKeyConstraint",
    .doc =
        "PrimaryKeyConstraint{'a', 'b', name = }  the key of a table, in its own order or with a "
        "name",
    .parent = &kConstraintClass,
    .getters = kPrimaryKeyGetters,
    .metamethods = kConstraintMetamethods,
    .constructor = guarded<primary_key_new>,
    .usage = "db.PrimaryKeyConstraint{'a', 'b'}",
    .destroy = kDestroy<ConstraintBox>,
};

const ClassDef kUniqueClass{
    .name = "UniqueConstraint",
    .doc =
        "UniqueConstraint{'a', 'b', name = , deferrable = , initially = }  no two rows are alike "
        "in these columns",
    .parent = &kConstraintClass,
    .getters = kUniqueGetters,
    .metamethods = kConstraintMetamethods,
    .constructor = guarded<unique_new>,
    .usage = "db.UniqueConstraint{'a', 'b'}",
    .destroy = kDestroy<ConstraintBox>,
};

const ClassDef kCheckClass{
    .name = "CheckConstraint",
    .doc = "CheckConstraint{'age >= 0', name = }  a condition that every row meets",
    .parent = &kConstraintClass,
    .getters = kCheckGetters,
    .metamethods = kConstraintMetamethods,
    .constructor = guarded<check_new>,
    .usage = "db.CheckConstraint 'age >= 0'",
    .destroy = kDestroy<ConstraintBox>,
};

const ClassDef kForeignKeyConstraintClass{
    .name = "ForeignKeyConstraint",
    .doc =
        "ForeignKeyConstraint{{'a', 'b'}, {'t.a', 't.b'}, ondelete = , onupdate = , name = , …}  "
        "columns that refer to "
        "others together",
    .parent = &kConstraintClass,
    .getters = kForeignKeyGetters,
    .metamethods = kConstraintMetamethods,
    .constructor = guarded<foreign_key_constraint_new>,
    .usage = "db.ForeignKeyConstraint{{'a'}, {'t.a'}}",
    .destroy = kDestroy<ConstraintBox>,
};

const ClassDef kIndexClass{
    .name = "Index",
    .doc =
        "Index{'ix_name', 'column' or expression, …, unique = , sqlite_where = , postgresql_where "
        "= , "
        "postgresql_using = , postgresql_include = }  an index of the table it is declared with",
    .parent = &kConstraintClass,
    .getters = kIndexGetters,
    .metamethods = kConstraintMetamethods,
    .constructor = guarded<index_new>,
    .usage = "db.Index{'ix_name', 'name'}",
    .destroy = kDestroy<ConstraintBox>,
};

}  // namespace

const ClassDef kConstraintClass{
    .name = "Constraint",
    .doc = "A constraint or index of a table",
    .getters = kConstraintGetters,
    .metamethods = kConstraintMetamethods,
    .usage = "db.UniqueConstraint{'a', 'b'}",
    .destroy = kDestroy<ConstraintBox>,
};

// --- shared with columns ---

std::string check_foreign_key_target(lua_State* L, int index, const std::string& where) {
  if (lua_type(L, index) == LUA_TSTRING) return std::string(check_string(L, index));
  expr::ElementPtr element = test_element(L, index);
  const schema::Column* column =
      element && element->kind == expr::Kind::kColumn ? element->column : nullptr;
  if (column != nullptr && column->table != nullptr)
    return column->table->full_name() + "." + column->key;
  throw Error(ErrorKind::kTypeError,
              where + ": expected 'table.column' or a column, got " + type_name_of(L, index))
      .with_hint("Name a column whose table is not declared yet by a string.");
}

std::string take_deferrable(lua_State* L, Kwargs& kw) {
  if (!kw.take("deferrable")) return "";
  std::string result;
  if (lua_isboolean(L, -1)) {
    result = lua_toboolean(L, -1) != 0 ? "DEFERRABLE" : "NOT DEFERRABLE";
  } else if (lua_type(L, -1) == LUA_TSTRING) {
    result = check_string(L, -1);
  } else if (!is_null(L, -1)) {
    kw.throw_keyword("deferrable", "a boolean", -1);
  }
  lua_pop(L, 1);
  return result;
}

void take_name(lua_State* L, Kwargs& kw, std::string& name, bool& is_final) {
  if (!kw.take("name")) return;
  if (const auto* conv = test_box<ConvBox>(L, -1)) {
    name = *conv->name;
    is_final = true;
  } else if (lua_type(L, -1) == LUA_TSTRING) {
    name = check_string(L, -1);
  } else if (!is_null(L, -1)) {
    kw.throw_keyword("name", "a string", -1);
  }
  lua_pop(L, 1);
}

void take_foreign_key_options(lua_State* L, Kwargs& kw, ForeignKeyConstraint& key) {
  take_name(L, kw, key.name, key.name_is_final);
  key.ondelete = kw.take_string("ondelete").value_or("");
  key.onupdate = kw.take_string("onupdate").value_or("");
  key.deferrable = take_deferrable(L, kw);
  key.initially = kw.take_string("initially").value_or("");
  key.match = kw.take_string("match").value_or("");
  key.use_alter = kw.take_boolean("use_alter", false);
}

void push_constraint(lua_State* L, ConstraintVariant constraint, schema::TablePtr table,
                     schema::MetaDataPtr metadata) {
  const schema::NamingConvention convention =
      metadata ? metadata->naming_convention() : schema::NamingConvention{};
  std::visit(
      [&](auto& c) {
        c.name = schema::final_name(*table, c, convention, 0);
        c.name_is_final = true;
      },
      constraint);
  push_new(L, std::move(constraint), std::move(table), std::move(metadata));
}

void open_constraints(lua_State* L, int module) {
  register_class(L, kConstraintClass);
  for (const ClassDef* cls : {&kPrimaryKeyClass, &kUniqueClass, &kCheckClass,
                              &kForeignKeyConstraintClass, &kIndexClass}) {
    register_class(L, *cls);
    push_class(L, *cls);
    lua_setfield(L, module, cls->name);
  }
}

}  // namespace moonbase::bindings
