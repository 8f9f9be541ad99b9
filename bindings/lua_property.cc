#include "bindings/lua_property.h"

#include <algorithm>

#include "bindings/call.h"
#include "bindings/guard.h"
#include "bindings/lua_expr.h"
#include "bindings/lua_instance.h"
#include "bindings/lua_model.h"
#include "bindings/lua_schema.h"
#include "bindings/stack.h"
#include "orm/base/error.h"
#include "orm/base/text.h"

namespace moonbase::bindings {

using base::Error;
using base::ErrorKind;
using expr::ElementPtr;
using mapper::Mapper;
using state::Instance;

namespace {

// --- column_property and deferred ---

void take_loading(Kwargs& kw, mapper::Loading& loading) {
  if (auto group = kw.take_string("group")) loading.group = *group;
  loading.raiseload = kw.take_boolean("raiseload", loading.raiseload);
  loading.deferred = loading.deferred || !loading.group.empty() || loading.raiseload;
}

// The expression on the top, or the function that makes it.
std::shared_ptr<ExpressionSpec> read_expression(lua_State* L, const char* function) {
  auto spec = std::make_shared<ExpressionSpec>();
  spec->order = next_creation_order(L);
  if (lua_isfunction(L, -1)) {
    spec->function = std::make_shared<const LuaRef>(L, -1);
  } else {
    spec->element = test_element(L, -1);
    if (!spec->element)
      throw Error(ErrorKind::kArgumentError,
                  std::string(function) + " takes an SQL expression, got " + type_name_of(L, -1))
          .with_hint(
              "User.post_count = db.column_property(db.select(db.func.count(Post.id))"
              ":where(Post.user_id:eq(User.id)):scalar_subquery()); in a class body, where the "
              "class "
              "is not there yet: db.column_property(function(cls) return cls.first .. cls.last "
              "end)");
  }
  return spec;
}

void push_deferred_column(lua_State* L, const ColumnSpec& column, Kwargs& kw, bool deferred) {
  auto copy = std::make_shared<ColumnSpec>(column);
  copy->loading.deferred = copy->loading.deferred || deferred;
  take_loading(kw, copy->loading);
  kw.finish();
  push_box(L, ColumnBox{std::move(copy)});
}

int make_column_property(lua_State* L) {
  Kwargs kw(L, 1, "column_property");
  kw.expect_positional(1, 1);
  kw.push(1);
  const bool deferred = kw.take_boolean("deferred", false);
  if (const auto* column = test_box<ColumnBox>(L, -1)) {
    push_deferred_column(L, *column->spec, kw, deferred);
    return 1;
  }
  std::shared_ptr<ExpressionSpec> spec = read_expression(L, "column_property");
  spec->loading.deferred = deferred;
  take_loading(kw, spec->loading);
  kw.finish();
  push_box(L, ExpressionSpecBox{std::move(spec)});
  return 1;
}

// query_expression(), query_expression{default, type = …}
int make_query_expression(lua_State* L) {
  Kwargs kw(L, 1, "query_expression");
  kw.expect_positional(0, 1);
  std::shared_ptr<ExpressionSpec> spec;
  if (kw.count() == 1) {
    kw.push(1);
    if (!lua_isfunction(L, -1) && !test_element(L, -1))
      throw Error(ErrorKind::kArgumentError,
                  "query_expression takes the SQL expression that holds where a query says none, "
                  "got " +
                      type_name_of(L, -1))
          .with_hint("score = db.query_expression(), or db.query_expression(db.literal(0))");
    spec = read_expression(L, "query_expression");
  } else {
    spec = std::make_shared<ExpressionSpec>();
    spec->order = next_creation_order(L);
    spec->element = expr::null();
    spec->loading.deferred = true;  // there is nothing to read
  }
  if (kw.take("type")) {
    if (!spec->element) kw.throw_keyword("type", "left out where a function gives the default", -1);
    spec->element = expr::type_coerce(spec->element, check_type(L, -1));
    lua_pop(L, 1);
  }
  kw.finish();
  push_box(L, ExpressionSpecBox{std::move(spec)});
  return 1;
}

int make_deferred(lua_State* L) {
  Kwargs kw(L, 1, "deferred");
  kw.expect_positional(1, 1);
  kw.push(1);
  if (const auto* column = test_box<ColumnBox>(L, -1)) {
    push_deferred_column(L, *column->spec, kw, true);
    return 1;
  }
  std::shared_ptr<ExpressionSpec> spec;
  if (const auto* expression = test_box<ExpressionSpecBox>(L, -1))
    spec = std::make_shared<ExpressionSpec>(*expression->spec);
  else
    spec = read_expression(L, "deferred");
  spec->loading.deferred = true;
  take_loading(kw, spec->loading);
  kw.finish();
  push_box(L, ExpressionSpecBox{std::move(spec)});
  return 1;
}

// Columns that were written before they had a table are those of the class.
ElementPtr over_class(const ElementPtr& e, const Mapper& m) {
  return expr::transform(e, [&m](const ElementPtr& x) -> ElementPtr {
    if (x->kind != expr::Kind::kColumn || x->from) return nullptr;
    for (const schema::Column& c : m.table()->columns())
      if (c.name == x->name || c.key == x->name) return expr::column(m.from(), c);
    throw Error(ErrorKind::kArgumentError, "table '" + m.table()->full_name() + "' has no column " +
                                               base::quote_for_message(x->name));
  });
}

// The coroutine that runs now. Throws when the state is gone.
lua_State* running(const std::shared_ptr<lua_State*>& state) {
  if (*state == nullptr)
    throw Error(ErrorKind::kInvalidRequestError, "the program that declared this has ended");
  return Context::of(*state).running();
}

ElementPtr call_for_expression(lua_State* L, const LuaRef& function, const Mapper& m) {
  luaL_checkstack(L, 6, "too many nested calls");
  const int top = lua_gettop(L);
  function.push(L);
  push_model(L, m);
  call_lua(L, 1, 1);
  ElementPtr made = test_element(L, -1);
  const std::string got = made ? "" : type_name_of(L, -1);
  lua_settop(L, top);
  if (!made)
    throw Error(ErrorKind::kArgumentError,
                "the function of a column_property must return an SQL expression, got " + got);
  return made;
}

// --- synonym and validates ---

int make_synonym(lua_State* L) {
  Kwargs kw(L, 1, "synonym");
  kw.expect_positional(1, 1);
  kw.push(1);
  if (lua_type(L, -1) != LUA_TSTRING)
    throw Error(ErrorKind::kTypeError,
                "synonym takes the name of an attribute, got " + type_name_of(L, -1))
        .with_hint("login = db.synonym 'username'");
  auto target = std::make_shared<const std::string>(check_string(L, -1));
  kw.finish();
  push_box(L, SynonymSpecBox{std::move(target)});
  return 1;
}

int make_validator(lua_State* L) {
  Kwargs kw(L, 1, "validates");
  auto spec = std::make_shared<ValidatorSpec>();
  const auto refuse = [&]() -> Error {
    return Error(ErrorKind::kTypeError,
                 "validates takes the names of attributes and then a function")
        .with_hint(
            "check_email = db.validates('email', function(self, key, value) … return value end)");
  };
  for (int i = 1; i < kw.count(); ++i) {
    kw.push(i);
    if (lua_type(L, -1) != LUA_TSTRING) throw refuse();
    spec->names.emplace_back(check_string(L, -1));
    lua_pop(L, 1);
  }
  if (spec->names.empty()) throw refuse();
  kw.push(kw.count());
  if (!lua_isfunction(L, -1)) throw refuse();
  spec->function = LuaRef(L, -1);
  kw.finish();
  push_box(L, ValidatorSpecBox{std::move(spec)});
  return 1;
}

const ClassDef kExpressionSpecClass = {
    .name = "ColumnProperty",
    .doc = "An attribute that is an SQL expression, until its class is declared.",
    .usage = "db.column_property(expression)",
    .destroy = kDestroy<ExpressionSpecBox>,
};
const ClassDef kSynonymSpecClass = {
    .name = "Synonym",
    .doc = "Another name for an attribute, until its class is declared.",
    .usage = "db.synonym 'name'",
    .destroy = kDestroy<SynonymSpecBox>,
};
const ClassDef kValidatorSpecClass = {
    .name = "Validator",
    .doc = "A function that checks values on their way into attributes.",
    .usage = "db.validates('name', function(self, key, value) return value end)",
    .destroy = kDestroy<ValidatorSpecBox>,
};

}  // namespace

template <>
const ClassDef& class_of<ExpressionSpecBox>() {
  return kExpressionSpecClass;
}
template <>
const ClassDef& class_of<SynonymSpecBox>() {
  return kSynonymSpecClass;
}
template <>
const ClassDef& class_of<ValidatorSpecBox>() {
  return kValidatorSpecClass;
}

std::shared_ptr<const mapper::ExpressionDef> expression_def(
    lua_State* L, const std::string& name, const std::shared_ptr<const ExpressionSpec>& spec) {
  auto def = std::make_shared<mapper::ExpressionDef>();
  def->name = name;
  def->loading = spec->loading;
  def->make = [spec, state = Context::of(L).state_handle()](const Mapper& m) {
    if (spec->element) return over_class(spec->element, m);
    return call_for_expression(running(state), *spec->function, m);
  };
  return def;
}

void add_validator(ModelInfo& info, std::shared_ptr<const ValidatorSpec> spec) {
  for (const std::string& name : spec->names)
    for (const auto& former : info.validators)
      if (std::ranges::count(former->names, name) > 0)
        throw Error(ErrorKind::kInvalidRequestError,
                    info.mapper->name() + "." + name + " has a validator already");
  info.validators.push_back(std::move(spec));
}

void push_validated(lua_State* L, ModelInfo& info, Instance& i, int slot, int index) {
  index = lua_absindex(L, index);
  const std::string& name = info.mapper->attribute_at(slot).name;
  const ValidatorSpec* found = nullptr;
  for (const auto& spec : info.validators)
    for (const std::string& each : spec->names)
      if (const mapper::Attribute* a = info.mapper->find(each); a != nullptr && a->slot == slot)
        found = spec.get();
  if (found == nullptr) {
    lua_pushvalue(L, index);
    return;
  }
  found->function.push(L);
  push_instance(L, i);
  push_string(L, name);
  if (is_null(L, index))
    lua_pushnil(L);
  else
    lua_pushvalue(L, index);
  try {
    call_lua(L, 3, 1);
  } catch (ScriptError& e) {
    const std::string full = info.mapper->name() + "." + name;
    e.push(L);
    if (lua_type(L, -1) != LUA_TSTRING) {
      e.add_context("validating " + full);
      throw;
    }
    throw Error(ErrorKind::kValueError, full + ": " + std::string(check_string(L, -1)));
  }
}

void open_property(lua_State* L, int module) {
  register_class(L, kExpressionSpecClass);
  register_class(L, kSynonymSpecClass);
  register_class(L, kValidatorSpecClass);
  static constexpr MethodDef kFunctions[] = {
      {"column_property", guarded<make_column_property>,
       "column_property{expression, deferred = false, group =, raiseload = false}  an attribute "
       "that "
       "is an SQL expression, read with the row and never written; in a class body a function of "
       "the "
       "class may give it"},
      {"query_expression", guarded<make_query_expression>,
       "query_expression{default expression, type = db.Integer}  an attribute that is what a query "
       "says: query:options(db.with_expression(User.score, expression)); nil where none did"},
      {"deferred", guarded<make_deferred>,
       "deferred{db.Column{…}, group =, raiseload = false}  a column that is read at the first "
       "access, with those of its group"},
      {"synonym", guarded<make_synonym>, "synonym(name)  another name for an attribute"},
      {"validates", guarded<make_validator>,
       "validates(name…, function(self, key, value) … return value end)  checks or changes values "
       "that are assigned to attributes, and members that are added to collections; not what is "
       "loaded"},
  };
  add_functions(L, module, kFunctions);
}

}  // namespace moonbase::bindings
