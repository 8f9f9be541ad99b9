// db.text: SQL as the user writes it, as a statement of its own or as a part of another one.
#include <algorithm>

#include "bindings/connection_options.h"
#include "bindings/dml_support.h"
#include "bindings/guard.h"
#include "bindings/lua_schema.h"
#include "orm/base/error.h"
#include "orm/base/text.h"

namespace moonbase::bindings {
namespace {

using base::Error;
using base::ErrorKind;
using expr::Element;
using expr::ElementPtr;

const expr::TextStatement& self(lua_State* L) {
  void* payload = test_payload(L, 1, kTextClass);
  if (payload == nullptr) throw_box_mismatch(L, 1, kTextClass);
  return static_cast<const expr::TextStatement&>(*static_cast<StatementBox*>(payload)->statement);
}

int push_text(lua_State* L, expr::TextStatement draft) {
  return push_statement_box(L, {expr::finish(std::move(draft))}, kTextClass);
}

int moonbase_text(lua_State* L) {
  expr::TextStatement draft;
  draft.text = expr::text(check_string(L, 1));
  return push_text(L, std::move(draft));
}

std::vector<std::string> parameter_names(const Element& text) {
  std::vector<std::string> names;
  for (const ElementPtr& arg : text.args) {
    if (!arg->name.empty() && std::ranges::find(names, arg->name) == names.end())
      names.push_back(arg->name);
  }
  return names;
}

// The parameters of that name replaced by the value, in all places.
ElementPtr with_parameter(const ElementPtr& text, const std::string& name,
                          const ElementPtr& value) {
  return expr::transform(text, [&](const ElementPtr& e) -> ElementPtr {
    return e->kind == expr::Kind::kBind && e->name == name ? value : nullptr;
  });
}

// bindparams{x = 1}, or bindparams(db.bindparam('x', db.Integer)) for a type.
int text_bindparams(lua_State* L) {
  expr::TextStatement draft = self(L);
  Kwargs args(L, 2, "bindparams");
  const std::vector<std::string> names = parameter_names(*draft.text);
  for (int i = 1; i <= args.count(); ++i) {
    args.push(i);
    ElementPtr parameter = test_element(L, -1);
    lua_pop(L, 1);
    if (!parameter || parameter->kind != expr::Kind::kBind || parameter->name.empty()) {
      throw Error(ErrorKind::kArgumentError,
                  "bindparams: argument " + std::to_string(i) + " is no parameter")
          .with_hint("write bindparams{x = 1}, or bindparams(db.bindparam('x', db.Integer))");
    }
    draft.text = with_parameter(draft.text, parameter->name, parameter);
  }
  if (args.braced()) {
    for (const std::string& key : string_keys(L, args.table())) {
      if (std::ranges::find(names, key) == names.end()) {
        throw Error(ErrorKind::kArgumentError, "the text has no parameter " +
                                                   base::quote_for_message(":" + key) +
                                                   base::did_you_mean(key, names));
      }
      lua_getfield(L, args.table(), key.c_str());
      draft.text = with_parameter(draft.text, key, check_element(L, lua_gettop(L)));
      lua_pop(L, 1);
    }
  }
  return push_text(L, std::move(draft));
}

// columns(User.id, db.column('n', db.Integer)) by position, columns{id = db.Integer} by name.
int text_columns(lua_State* L) {
  expr::TextStatement draft = self(L);
  Kwargs args(L, 2, "columns");
  draft.columns = read_positional(L, args, [](lua_State* state, int index) {
    if (ElementPtr element = test_element(state, index)) return element;
    throw Error(ErrorKind::kArgumentError,
                "columns: expected a column, got " + type_name_of(state, index))
        .with_hint(
            "write columns(User.id, db.column('total', db.Integer)), in the order of the SELECT, "
            "or columns{id = db.Integer}");
  });
  const std::vector<std::string> names =
      args.braced() ? string_keys(L, args.table()) : std::vector<std::string>();
  if (!names.empty() && !draft.columns.empty())
    throw Error(ErrorKind::kArgumentError,
                "columns: all columns are given by position, or all by name");
  for (const std::string& name : names) {
    lua_getfield(L, args.table(), name.c_str());
    draft.columns.push_back(expr::column(nullptr, name, check_type(L, lua_gettop(L))));
    lua_pop(L, 1);
  }
  if (draft.columns.empty())
    throw Error(ErrorKind::kArgumentError, "columns needs the columns of the result")
        .with_hint("db.text 'select id from user':columns{id = db.Integer}");
  draft.columns_by_name = !names.empty();
  return push_text(L, std::move(draft));
}

// The text as a SELECT, for other statements. Only one that says what its columns are is one.
expr::SelectPtr as_select(const expr::TextStatement& text) {
  if (text.columns.empty())
    throw Error(ErrorKind::kInvalidRequestError,
                "a text is no part of another statement until it says what its columns are")
        .with_hint("db.text 'select id from user':columns{id = db.Integer}:subquery()");
  expr::Select draft;
  draft.text = text.text;
  draft.columns = text.columns;
  return expr::finish(std::move(draft));
}

int text_subquery(lua_State* L) {
  push_from(L, expr::subquery(as_select(self(L)), opt_string(L, 2).value_or("")));
  return 1;
}

int text_cte(lua_State* L) {
  push_cte(L, as_select(self(L)), 2);
  return 1;
}

int text_scalar_subquery(lua_State* L) {
  return push_result(L, expr::scalar_subquery(as_select(self(L))));
}

int text_selected_columns(lua_State* L) {
  push_selected_columns(L, as_select(self(L)));
  return 1;
}

// Lets a text with columns be a part of a union, or the query of in_() and exists().
expr::SelectPtr text_as_select(lua_State* L, int index) {
  const auto* box = test_box<StatementBox>(L, index);
  if (box == nullptr || box->statement->kind != expr::StatementKind::kText) return nullptr;
  const auto& text = static_cast<const expr::TextStatement&>(*box->statement);
  return text.columns.empty() ? nullptr : as_select(text);
}

int text_execution_options(lua_State* L) {
  StatementBox box = check_box<StatementBox>(L, 1);
  check_table(L, 2);
  box.options.stream_rows = check_stream_rows(L, 2, "execution_options");
  return push_statement_box(L, std::move(box), kTextClass);
}

constexpr MethodDef kTextMethods[] = {
    {"execution_options", guarded<text_execution_options>,
     "execution_options{yield_per =, stream_results =}  rows that are read as they are asked for, "
     "so many at a time"},
    {"bindparams", guarded<text_bindparams>,
     "bindparams{x = 1}  the values of :x and the like in the text"},
    {"columns", guarded<text_columns>,
     "columns(User.id, db.column('n', db.Integer), …)  what the columns of the result are, in "
     "their order; columns{id = db.Integer} by name"},
    {"subquery", guarded<text_subquery>,
     "subquery([name])  a text with columns as a FROM clause: s.c.id"},
    {"cte", guarded<text_cte>,
     "cte(name), cte{name, nesting = true}  a text with columns as a common table expression"},
    {"scalar_subquery", guarded<text_scalar_subquery>,
     "scalar_subquery()  a text with columns as a value in another statement"},
};

constexpr MethodDef kTextGetters[] = {
    {"selected_columns", guarded<text_selected_columns>,
     "selected_columns  the columns that columns(…) said, by name and position"},
};

constexpr MethodDef kTextMetamethods[] = {
    {"__band", guarded<condition_and>, "a & b  both conditions"},
    {"__bor", guarded<condition_or>, "a | b  one of the conditions"},
    {"__bnot", guarded<condition_not>, "~a  not the condition"},
};

constexpr MethodDef kFunctions[] = {
    {"text", guarded<moonbase_text>,
     "text(sql)  SQL as it is, a statement or a part of one; :x is a parameter: db.text 'select :x "
     "+ 1'"},
};

}  // namespace

const ClassDef kTextClass{
    .name = "TextClause",
    .doc = "SQL text, to be executed or as a condition, a column or an order; :name is a parameter",
    .parent = &kStatementClass,
    .methods = kTextMethods,
    .getters = kTextGetters,
    .metamethods = kTextMetamethods,
    .usage = "text",
    .destroy = kDestroy<StatementBox>,
};

void open_text(lua_State* L, int module) {
  register_select_source(L, text_as_select);
  add_functions(L, module, kFunctions);
}

}  // namespace moonbase::bindings
