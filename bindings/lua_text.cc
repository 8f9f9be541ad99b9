// db.text: SQL as the user writes it, as a statement of its own or as a part of another one.
#include <algorithm>

#include "bindings/dml_support.h"
#include "bindings/guard.h"
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

int text_columns(lua_State* L) {
  expr::TextStatement draft = self(L);
  Kwargs args(L, 2, "columns");
  args.finish();
  draft.columns = read_positional(L, args, [](lua_State* state, int index) {
    if (ElementPtr element = test_element(state, index)) return element;
    throw Error(ErrorKind::kArgumentError,
                "columns: expected a column, got " + type_name_of(state, index))
        .with_hint(
            "write columns(User.id, db.column('total', db.Integer)), in the order of the SELECT");
  });
  return push_text(L, std::move(draft));
}

constexpr MethodDef kTextMethods[] = {
    {"bindparams", guarded<text_bindparams>,
     "bindparams{x = 1}  the values of :x and the like in the text"},
    {"columns", guarded<text_columns>,
     "columns(User.id, db.column('n', db.Integer), …)  what the columns of the result are, in "
     "their order"},
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
    .metamethods = kTextMetamethods,
    .usage = "text",
    .destroy = kDestroy<StatementBox>,
};

void open_text(lua_State* L, int module) { add_functions(L, module, kFunctions); }

}  // namespace moonbase::bindings
