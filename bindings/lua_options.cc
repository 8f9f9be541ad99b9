#include "bindings/lua_options.h"

#include <algorithm>

#include "bindings/call.h"
#include "bindings/guard.h"
#include "bindings/lua_expr.h"
#include "bindings/lua_model.h"
#include "bindings/lua_query.h"
#include "bindings/stack.h"
#include "orm/base/error.h"
#include "orm/base/text.h"

namespace moonbase::bindings {

using base::Error;
using base::ErrorKind;
using expr::FromPtr;
using mapper::Mapper;
using query::Option;
using query::OptionListPtr;

namespace {

// The table or alias that an attribute was written with.
FromPtr from_of(const ElementBox& box) {
  const Mapper& m = *box.mapper;
  if (box.element->from) return box.element->from;
  std::vector<FromPtr> froms;
  expr::visit(box.element, [&froms](const expr::Element& e) {
    if (e.from) froms.push_back(e.from);
    if (!e.select) return;  // which refers to the row it belongs to
    const std::vector<FromPtr>& inner = expr::effective_froms(*e.select);
    froms.insert(froms.end(), inner.begin(), inner.end());
  });
  for (const FromPtr& f : froms)
    if (f->kind == expr::FromKind::kAlias && f->table == m.table()) return f;
  return m.from();
}

[[noreturn]] void refuse_attribute(lua_State* L, const std::string& function) {
  throw Error(ErrorKind::kArgumentError,
              function + " takes attributes of classes, got " +
                  (lua_type(L, -1) == LUA_TSTRING
                       ? "the text " + base::quote_for_message(check_string(L, -1))
                       : type_name_of(L, -1)))
      .with_hint("db." + function + "(User.id, User.name)");
}

// The attributes of a call; one option for each class or alias among them, in order of appearance.
// Where the call goes on from something, they must be attributes of that.
std::vector<Option> read_attributes(lua_State* L, const Kwargs& kw, const OptionCall& call,
                                    const std::string& function, Option::Kind kind) {
  std::vector<Option> out;
  const Mapper* wanted = class_at(call.tip);
  for (int k = 1; k <= kw.count(); ++k) {
    kw.push(k);
    const auto* box = test_box<ElementBox>(L, -1);
    if (box == nullptr || box->mapper == nullptr || box->slot < 0) refuse_attribute(L, function);
    if (wanted != nullptr && !wanted->is_a(*box->mapper) && !box->mapper->is_a(*wanted))
      throw Error(ErrorKind::kArgumentError, function + ": " + box->mapper->name() + "." +
                                                 box->mapper->attribute_at(box->slot).name +
                                                 " is no attribute of what " + title_of(call.tip) +
                                                 " leads to, " + wanted->name());
    const query::Path path = wanted != nullptr ? call.tip : query::Path{box->mapper, from_of(*box)};
    auto it = std::ranges::find_if(
        out, [&](const Option& o) { return o.path.from->id == path.from->id; });
    if (it == out.end()) {
      out.push_back({.kind = kind, .path = path});
      it = out.end() - 1;
    }
    it->slots.push_back(box->slot);
    lua_pop(L, 1);
  }
  return out;
}

int push_after(lua_State* L, OptionCall call, std::vector<Option> options) {
  if (call.tip.root == nullptr && !options.empty()) call.tip = options[0].path;
  OptionListPtr list = std::move(call.before);
  for (Option& o : options) list = query::with_option(list, std::move(o));
  return push_options(L, std::move(list), std::move(call.tip));
}

int make_load_only(lua_State* L) {
  OptionCall call = option_call(L);
  Kwargs kw(L, call.first, "load_only");
  const bool raiseload = kw.take_boolean("raiseload", false);
  kw.finish();
  if (kw.count() == 0)
    throw Error(ErrorKind::kArgumentError, "load_only needs the attributes to load")
        .with_hint("db.load_only(User.id, User.name)");
  std::vector<Option> options = read_attributes(L, kw, call, "load_only", Option::Kind::kLoadOnly);
  for (Option& o : options) o.raiseload = raiseload;
  return push_after(L, std::move(call), std::move(options));
}

// defer(User.body), defer '*': all attributes but keys.
int make_defer_option(lua_State* L, const char* function, Option::Kind kind) {
  OptionCall call = option_call(L);
  Kwargs kw(L, call.first, function);
  const bool raiseload = kind == Option::Kind::kDefer && kw.take_boolean("raiseload", false);
  kw.finish();
  kw.expect_positional(1, 1);
  kw.push(1);
  const bool every = lua_type(L, -1) == LUA_TSTRING && check_string(L, -1) == "*";
  lua_pop(L, 1);
  std::vector<Option> options;
  if (every)
    options.push_back({.kind = kind, .path = call.tip, .every = true});
  else
    options = read_attributes(L, kw, call, function, kind);
  options[0].raiseload = raiseload;
  return push_after(L, std::move(call), std::move(options));
}

int make_defer(lua_State* L) { return make_defer_option(L, "defer", Option::Kind::kDefer); }
int make_undefer(lua_State* L) { return make_defer_option(L, "undefer", Option::Kind::kUndefer); }

int make_undefer_group(lua_State* L) {
  OptionCall call = option_call(L);
  const Option option{.kind = Option::Kind::kUndeferGroup,
                      .path = call.tip,
                      .group = std::string(check_string(L, call.first))};
  return push_after(L, std::move(call), {option});
}

// with_expression(User.score, expression)
int make_with_expression(lua_State* L) {
  OptionCall call = option_call(L);
  Kwargs kw(L, call.first, "with_expression");
  kw.finish();
  kw.expect_positional(2, 2);
  kw.push(1);
  const auto* box = test_box<ElementBox>(L, -1);
  if (box == nullptr || box->mapper == nullptr || box->slot < 0)
    throw Error(ErrorKind::kArgumentError,
                "with_expression takes an attribute of a class, got " + type_name_of(L, -1))
        .with_hint("db.with_expression(User.score, User.age + 1)");
  const mapper::Attribute& a = box->mapper->attribute_at(box->slot);
  if (a.kind != mapper::Attribute::Kind::kExpression)
    throw Error(ErrorKind::kInvalidRequestError, "with_expression is for a query_expression, and " +
                                                     box->mapper->name() + "." + a.name +
                                                     " is a column")
        .with_hint("declare an attribute for it: score = db.query_expression()");
  Option option{.kind = Option::Kind::kUndefer, .path = call.tip, .slots = {box->slot}};
  if (class_at(call.tip) == nullptr) option.path = {box->mapper, from_of(*box)};
  kw.push(2);
  option.condition = check_element(L, lua_gettop(L));
  return push_after(L, std::move(call), {option});
}

// db.joinedload(User.posts):options(db.load_only(Post.id), …): they begin where it leads to.
int option_options(lua_State* L) {
  const OptionCall call = option_call(L);
  const Mapper* here = class_at(call.tip);
  OptionListPtr list = call.before;
  const OptionListPtr given = check_options(L, call.first, nullptr);
  for (size_t k = 0; given && k < given->size(); ++k) {
    Option o = (*given)[k];
    if (o.kind != Option::Kind::kCriteria && here != nullptr) {
      if (o.path.root != nullptr && o.path.root != here)
        throw Error(ErrorKind::kArgumentError, "options: an option of " + o.path.root->name() +
                                                   " does not go on from " + title_of(call.tip) +
                                                   ", which leads to " + here->name());
      query::Path path = call.tip;
      path.steps.insert(path.steps.end(), o.path.steps.begin(), o.path.steps.end());
      o.path = std::move(path);
    }
    list = query::with_option(list, std::move(o));
  }
  return push_options(L, std::move(list), call.tip);
}

int make_criteria(lua_State* L) {
  Kwargs kw(L, 1, "with_loader_criteria");
  kw.expect_positional(2, 2);
  kw.push(1);
  const Mapper& m = check_model(L, -1);
  lua_pop(L, 1);
  m.registry().configure(m);
  Option option{.kind = Option::Kind::kCriteria, .path = {&m, m.from()}};
  option.include_aliases = kw.take_boolean("include_aliases", false);
  option.propagate_to_loaders = kw.take_boolean("propagate_to_loaders", true);
  kw.finish();
  kw.push(2);
  if (lua_isfunction(L, -1)) {
    push_model(L, m);
    lua_call(L, 1, 1);
  }
  option.condition = check_condition(L, -1, "with_loader_criteria");
  return push_options(L, query::with_option(nullptr, std::move(option)), {});
}

// db.Load(User): what follows speaks of the class, or the alias.
int make_load(lua_State* L) {
  const std::optional<query::Entity> e = test_class(L, 1);
  if (!e)
    throw Error(ErrorKind::kArgumentError,
                "Load takes a class or an alias of one, got " + type_name_of(L, 1));
  e->mapper->registry().configure();
  return push_options(L, nullptr, {e->mapper, e->from});
}

constexpr MethodDef kColumnMethods[] = {
    {"load_only", guarded<make_load_only>,
     "load_only(Post.id, …)  of the objects it leads to, only these columns and the key"},
    {"defer", guarded<make_defer>, "defer(Post.body)  of the objects it leads to, not this column"},
    {"undefer", guarded<make_undefer>,
     "undefer(Post.body)  of the objects it leads to, this deferred column, too"},
    {"undefer_group", guarded<make_undefer_group>,
     "undefer_group(name)  of the objects it leads to, the deferred columns of the group, too"},
    {"with_expression", guarded<make_with_expression>,
     "with_expression(Post.score, expression)  of the objects it leads to, what this "
     "query_expression is"},
    {"options", guarded<option_options>,
     "options(option…)  several options that begin where this one leads to"},
};

std::span<const MethodDef> option_methods() {
  static const std::vector<MethodDef> rows = [] {
    std::vector<MethodDef> list(std::begin(kColumnMethods), std::end(kColumnMethods));
    list.insert(list.end(), loader_methods().begin(), loader_methods().end());
    return list;
  }();
  return rows;
}

const ClassDef& option_class() {
  static const ClassDef def = {
      .name = "LoaderOption",
      .doc =
          "How a query is to load its objects: for query:options(…). Its methods go on from "
          "what it leads to.",
      .methods = option_methods(),
      .usage = "db.load_only(User.id)",
      .destroy = kDestroy<OptionBox>,
  };
  return def;
}

}  // namespace

template <>
const ClassDef& class_of<OptionBox>() {
  return option_class();
}

int push_options(lua_State* L, OptionListPtr options, query::Path tip) {
  push_box(L, OptionBox{std::move(options), std::move(tip)});
  return 1;
}

OptionCall option_call(lua_State* L) {
  if (const auto* box = test_box<OptionBox>(L, 1)) return {box->options, box->tip, 2};
  return {nullptr, {}, 1};
}

const Mapper* class_at(const query::Path& path) {
  return path.steps.empty() ? path.root : path.steps.back().relationship->target;
}

std::string title_of(const query::Path& path) {
  return path.steps.empty() ? path.root->name() : path.steps.back().relationship->full_name();
}

OptionListPtr check_options(lua_State* L, int first, OptionListPtr list) {
  for (int k = first, n = lua_gettop(L); k <= n; ++k) {
    const auto* box = test_box<OptionBox>(L, k);
    if (box == nullptr)
      throw Error(ErrorKind::kArgumentError,
                  "options takes loader options, got " + type_name_of(L, k))
          .with_hint("query:options(db.load_only(User.id, User.name), db.defer(Post.body))");
    if (!box->options) continue;  // db.Load(User) alone
    for (const Option& o : *box->options) list = query::with_option(list, o);
  }
  return list;
}

void open_options(lua_State* L, int module) {
  register_class(L, option_class());
  static constexpr MethodDef kFunctions[] = {
      {"load_only", guarded<make_load_only>,
       "load_only(User.id, User.name, …)  an option: of the columns of a class, only these and the "
       "key; the others are read at the first access, or raise with {…, raiseload = true}"},
      {"defer", guarded<make_defer>,
       "defer(User.body)  an option: this column is read at the first access; '*': every column "
       "but "
       "the key; {User.body, raiseload = true}: reading it raises"},
      {"undefer", guarded<make_undefer>,
       "undefer(User.body)  an option: this column, which is deferred, is read with the row; '*': "
       "every one"},
      {"undefer_group", guarded<make_undefer_group>,
       "undefer_group(name)  an option: the deferred columns of the group are read with the row"},
      {"with_expression", guarded<make_with_expression>,
       "with_expression(User.score, expression)  an option: what the attribute, a "
       "query_expression, is for the objects of this query"},
      {"with_loader_criteria", guarded<make_criteria>,
       "with_loader_criteria{User, condition or function(cls) … end, include_aliases = false, "
       "propagate_to_loaders = true}  an option: wherever the query reads the class, only rows for "
       "which the condition holds"},
      {"Load", guarded<make_load>,
       "Load(User)  the beginning of an option, also for an alias: db.Load(u):joinedload(u.posts)"},
  };
  add_functions(L, module, kFunctions);
  add_functions(L, module, loader_functions());
}

}  // namespace moonbase::bindings
