// The fields of an expression: User.email.type, .nullable, .foreign_keys.
#include <algorithm>

#include "bindings/expr_support.h"
#include "bindings/guard.h"
#include "bindings/lua_model.h"
#include "bindings/lua_schema.h"
#include "orm/base/error.h"

namespace moonbase::bindings {
namespace {

using expr::Element;
using expr::Kind;

const ElementBox& self(lua_State* L) { return check_box<ElementBox>(L, 1); }

// The declared column behind the expression.
const schema::Column& column_of(lua_State* L) {
  const ElementBox& box = self(L);
  if (box.element->kind == Kind::kColumn && box.element->column != nullptr)
    return *box.element->column;
  throw base::Error(base::ErrorKind::kAttributeError,
                    operand_name(box) + " is no column of a table: it has a name and a type only");
}

int text_or_nil(lua_State* L, const std::string& text) {
  if (text.empty()) {
    lua_pushnil(L);
  } else {
    push_string(L, text);
  }
  return 1;
}

int get_name(lua_State* L) {
  const Element& e = *self(L).element;
  return text_or_nil(L, e.kind == Kind::kColumn ? e.column_name() : e.name);
}

int get_key(lua_State* L) {
  const ElementBox& box = self(L);
  if (box.mapper != nullptr) {
    return text_or_nil(L, box.mapper->attribute_at(box.slot).name);
  }
  return text_or_nil(L,
                     box.element->column != nullptr ? box.element->column->key : box.element->name);
}

int get_type(lua_State* L) {
  push_type(L, self(L).element->type);
  return 1;
}

int get_table(lua_State* L) {
  const Element& e = *self(L).element;
  if (e.kind != Kind::kColumn || !e.from) {
    lua_pushnil(L);
  } else if (e.from->kind == expr::FromKind::kTable) {
    schema::MetaDataPtr metadata = find_metadata(L, *e.from->table);
    bool is_its_own = metadata && metadata->find(e.from->table->full_name()) == e.from->table;
    push_table(L, e.from->table, is_its_own ? std::move(metadata) : nullptr);
  } else {
    push_from(L, e.from);
  }
  return 1;
}

template <bool schema::Column::*field>
int get_flag(lua_State* L) {
  lua_pushboolean(L, column_of(L).*field);
  return 1;
}

template <std::string schema::Column::*field>
int get_text(lua_State* L) {
  return text_or_nil(L, column_of(L).*field);
}

template <std::optional<schema::Default> schema::Column::*field>
int get_default(lua_State* L) {
  const schema::Column& column = column_of(L);
  const auto& value = column.*field;
  if (!value) {
    lua_pushnil(L);
    return 1;
  }
  switch (value->kind) {
    case schema::Default::Kind::kConstant:
      push_value(L, value->constant, column.type.get());
      break;
    case schema::Default::Kind::kFunction:
      push_string(L, value->function->describe());
      break;
    case schema::Default::Kind::kSql:
      push_string(L, value->sql.text);
      break;
  }
  return 1;
}

int get_server_default(lua_State* L) {
  const schema::Column& column = column_of(L);
  return text_or_nil(L, column.server_default ? column.server_default->text : std::string());
}

// The targets as they were declared, "group.id".
int get_foreign_keys(lua_State* L) {
  const schema::Column& column = column_of(L);
  std::vector<std::string> targets;
  for (const schema::ForeignKeyConstraint& fk : column.table->foreign_keys()) {
    for (size_t i = 0; i < fk.columns.size(); ++i) {
      if (fk.columns[i] == column.name) targets.push_back(fk.targets[i]);
    }
  }
  push_strings(L, targets);
  return 1;
}

using schema::Column;

constexpr MethodDef kGetters[] = {
    {"name", guarded<get_name>,
     "name  the column's name in the database, or the label's or function's"},
    {"key", guarded<get_key>, "key  the name in a program: the attribute's"},
    {"type", guarded<get_type>, "type  the type of its values"},
    {"table", guarded<get_table>,
     "table  the table or alias it is a column of; nil for other expressions"},
    {"primary_key", guarded<get_flag<&Column::primary_key>>,
     "primary_key  whether it belongs to the primary key"},
    {"nullable", guarded<get_flag<&Column::nullable>>, "nullable  whether it may be NULL"},
    {"unique", guarded<get_flag<&Column::unique>>,
     "unique  whether it was declared with unique = true"},
    {"index", guarded<get_flag<&Column::index>>,
     "index  whether it was declared with index = true"},
    {"default", guarded<get_default<&Column::default_value>>,
     "default  the value for new rows; of a function, its description"},
    {"onupdate", guarded<get_default<&Column::onupdate>>,
     "onupdate  the value for changed rows, as default"},
    {"server_default", guarded<get_server_default>,
     "server_default  the database's own default, as SQL"},
    {"comment", guarded<get_text<&Column::comment>>, "comment  the comment in the database"},
    {"doc", guarded<get_text<&Column::doc>>, "doc  the description given in the declaration"},
    {"foreign_keys", guarded<get_foreign_keys>,
     "foreign_keys  what it refers to: a list such as {'group.id'}"},
};

}  // namespace

std::span<const MethodDef> element_getters() { return kGetters; }

}  // namespace moonbase::bindings
