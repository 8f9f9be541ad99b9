// The loader options of relationships: db.joinedload(User.posts), db.selectinload, … and the same
// as methods of an option, which go on from what it leads to.
#include "bindings/guard.h"
#include "bindings/lua_model.h"
#include "bindings/lua_options.h"
#include "bindings/lua_query.h"
#include "bindings/stack.h"
#include "orm/base/error.h"
#include "orm/base/text.h"

namespace moonbase::bindings {

using base::Error;
using base::ErrorKind;
using mapper::Lazy;
using query::Option;
using query::OptionListPtr;

namespace {

enum class Loader {
  kJoined,
  kSelectin,
  kSubquery,
  kImmediate,
  kLazy,
  kNoload,
  kRaise,
  kContains,
  kDefault,
};

struct LoaderRow {
  const char* name;
  std::optional<Lazy> strategy;
};

const LoaderRow& row_of(Loader which) {
  static constexpr LoaderRow kRows[] = {
      {"joinedload", Lazy::kJoined},
      {"selectinload", Lazy::kSelectin},
      {"subqueryload", Lazy::kSubquery},
      {"immediateload", Lazy::kImmediate},
      {"lazyload", Lazy::kSelect},
      {"noload", Lazy::kNoload},
      {"raiseload", Lazy::kRaise},
      {"contains_eager", Lazy::kJoined},
      {"defaultload", {}},
  };
  return kRows[static_cast<int>(which)];
}

// The keywords of a loader, into its option.
void take_keywords(lua_State* L, Kwargs& kw, Loader which, Option& option) {
  if (which == Loader::kJoined && kw.take("innerjoin")) {
    option.unnested = lua_type(L, -1) == LUA_TSTRING && check_string(L, -1) == "unnested";
    if (!option.unnested && !lua_isboolean(L, -1))
      kw.throw_keyword("innerjoin", "true, false or 'unnested'", -1);
    option.innerjoin = option.unnested || lua_toboolean(L, -1);
    lua_pop(L, 1);
  }
  if (which == Loader::kSelectin)
    option.recursion_depth = static_cast<int>(kw.take_integer("recursion_depth").value_or(0));
  if (which == Loader::kRaise && kw.take_boolean("sql_only", false))
    option.strategy = Lazy::kRaiseOnSql;
  option.from_query = which == Loader::kContains;
}

// contains_eager{…, alias = a}: where the far side's columns are read from; null for none.
expr::FromPtr take_alias(lua_State* L, Kwargs& kw, Loader which) {
  if (which != Loader::kContains || !kw.take("alias")) return nullptr;
  expr::FromPtr from;
  if (const std::optional<query::Entity> e = test_class(L, -1))
    from = e->from;
  else
    from = check_froms(L, lua_gettop(L), "contains_eager: alias").front();
  lua_pop(L, 1);
  return from;
}

[[noreturn]] void refuse_key(lua_State* L, const char* name) {
  if (lua_type(L, -1) == LUA_TSTRING)
    throw Error(ErrorKind::kArgumentError,
                std::string("Strings are not accepted for attribute names in loader options: ") +
                    name + " got " + base::quote_for_message(check_string(L, -1)))
        .with_hint(std::string("name the attribute with its class: db.") + name + "(User.posts)");
  throw Error(ErrorKind::kArgumentError,
              std::string(name) + " takes a relationship of a class, got " + type_name_of(L, -1))
      .with_hint(std::string("db.") + name + "(User.posts)");
}

// One step further along the relationship on the top of the stack.
query::Path step_from(lua_State* L, query::Path path, const char* name) {
  const auto* box = test_box<RelationshipBox>(L, -1);
  if (box == nullptr) refuse_key(L, name);
  const mapper::Relationship& r = *box->relationship;
  const mapper::Mapper* here = class_at(path);
  if (here != nullptr && !here->is_a(*r.owner) && !r.owner->is_a(*here))
    throw Error(ErrorKind::kArgumentError, "Attribute '" + r.full_name() +
                                               "' does not link from '" + title_of(path) +
                                               "', which leads to " + here->name());
  if (box->far.mapper != nullptr && box->far.mapper != r.target)
    throw Error(ErrorKind::kNotSupportedError,
                std::string(name) + "(" + r.full_name() + ":of_type(" + box->far.mapper->name() +
                    ")) would load a part of what the relationship leads to")
        .with_hint("db." + std::string(name) + "(" + r.full_name() + "):selectin_polymorphic({" +
                   box->far.mapper->name() + "}) loads all, and what that class has beside");
  if (here == nullptr) path = {r.owner, box->owner ? box->owner : r.owner->from()};
  path.steps.push_back({&r, box->far.mapper != nullptr ? box->far.from : nullptr});
  return path;
}

bool is_wildcard(lua_State* L) {
  return lua_type(L, -1) == LUA_TSTRING && check_string(L, -1) == "*";
}

void check_recursion(const Option& option) {
  if (option.recursion_depth == 0) return;
  const mapper::Relationship& r = *option.path.steps.back().relationship;
  if (r.owner == r.target) return;
  throw Error(ErrorKind::kInvalidRequestError, "recursion_depth option on relationship '" +
                                                   r.full_name() +
                                                   "' not valid for non-self-referential "
                                                   "relationship");
}

int make_loader(lua_State* L, Loader which) {
  const LoaderRow& row = row_of(which);
  OptionCall call = option_call(L);
  Kwargs kw(L, call.first, row.name);
  Option option{.kind = Option::Kind::kLoader, .path = call.tip, .strategy = row.strategy};
  take_keywords(L, kw, which, option);
  const expr::FromPtr alias = take_alias(L, kw, which);
  kw.finish();
  if (kw.count() == 0)
    throw Error(ErrorKind::kArgumentError, std::string(row.name) + " needs a relationship")
        .with_hint(std::string("db.") + row.name + "(User.posts)");
  OptionListPtr list = std::move(call.before);
  for (int k = 1; k <= kw.count(); ++k) {
    kw.push(k);
    if (is_wildcard(L) && k == kw.count()) {
      if (!row.strategy || which == Loader::kContains) refuse_key(L, row.name);
      option.every = true;
      lua_pop(L, 1);
      break;
    }
    option.path = step_from(L, std::move(option.path), row.name);
    // What leads to the last one is loaded as declared.
    if (k < kw.count())
      list = query::with_option(list, {.kind = Option::Kind::kLoader, .path = option.path});
    const auto& box = check_box<RelationshipBox>(L, -1);
    if (k == kw.count()) option.condition = box.condition;
    lua_pop(L, 1);
  }
  if (alias) option.path.steps.back().target = alias;
  if (!option.every) check_recursion(option);
  if (option.condition && option.path.steps.back().target)
    option.condition = expr::replace_from(option.condition, *option.path.steps.back().target,
                                          option.path.steps.back().relationship->target->from());
  query::Path tip = option.path;
  return push_options(L, query::with_option(list, std::move(option)), std::move(tip));
}

// The class on the top of the stack, below that of the option; it is popped.
void add_class(lua_State* L, Option& option) {
  const mapper::Mapper& m = *class_at(option.path);
  const mapper::Mapper& below = check_model(L, -1);
  if (!below.is_a(m))
    throw Error(ErrorKind::kArgumentError, below.name() + " does not inherit from " + m.name());
  option.below.push_back(&below);
  lua_pop(L, 1);
}

// selectin_polymorphic(Employee, {Engineer, Manager}); of an option: selectin_polymorphic{Engineer}
int make_selectin_polymorphic(lua_State* L) {
  OptionCall call = option_call(L);
  Kwargs kw(L, call.first, "selectin_polymorphic");
  kw.finish();
  Option option{.kind = Option::Kind::kSelectinPolymorphic, .path = call.tip};
  int next = 1;
  if (option.path.root == nullptr && kw.count() > 0) {
    kw.push(next++);
    const mapper::Mapper& m = check_model(L, -1);
    option.path = {&m, m.from()};
  }
  if (next > kw.count())
    throw Error(ErrorKind::kArgumentError, "selectin_polymorphic needs the classes to load")
        .with_hint("db.selectin_polymorphic(Employee, {Engineer, Manager})");
  for (; next <= kw.count(); ++next) {
    kw.push(next);
    if (!lua_istable(L, -1)) {
      add_class(L, option);
      continue;
    }
    for (lua_Integer k = 1, n = luaL_len(L, -1); k <= n; ++k) {
      lua_geti(L, -1, k);
      add_class(L, option);
    }
    lua_pop(L, 1);
  }
  query::Path tip = option.path;
  return push_options(L, query::with_option(call.before, std::move(option)), std::move(tip));
}

template <Loader which>
int make(lua_State* L) {
  return make_loader(L, which);
}

}  // namespace

// Functions of db, and methods of an option, alike.
std::span<const MethodDef> loader_functions() {
  static constexpr MethodDef kRows[] = {
      {"joinedload", guarded<make<Loader::kJoined>>,
       "joinedload(User.posts)  an option: loaded with the owner's row, by an outer join; "
       "{…, innerjoin = true}: by an inner one"},
      {"selectinload", guarded<make<Loader::kSelectin>>,
       "selectinload(User.posts)  an option: loaded after the owners, with one SELECT … IN for "
       "500 of them; {Node.children, recursion_depth = n}: so many levels, -1: all"},
      {"subqueryload", guarded<make<Loader::kSubquery>>,
       "subqueryload(User.posts)  an option: loaded after the owners, with one SELECT joined to "
       "their query"},
      {"immediateload", guarded<make<Loader::kImmediate>>,
       "immediateload(User.posts)  an option: loaded after the owners, with a SELECT for each"},
      {"lazyload", guarded<make<Loader::kLazy>>,
       "lazyload(User.posts)  an option: loaded at the first access; '*': every relationship"},
      {"noload", guarded<make<Loader::kNoload>>,
       "noload(User.posts)  an option: not loaded, and read as empty"},
      {"raiseload", guarded<make<Loader::kRaise>>,
       "raiseload(User.posts)  an option: reading it raises; '*': every relationship; {…, sql_only "
       "= true}: unless the object is there without SQL"},
      {"contains_eager", guarded<make<Loader::kContains>>,
       "contains_eager(User.posts)  an option: filled from what the query itself has joined; {…, "
       "alias = a}: under this alias"},
      {"defaultload", guarded<make<Loader::kDefault>>,
       "defaultload(User.posts)  the beginning of an option: loaded as declared, to go on from"},
      {"selectin_polymorphic", guarded<make_selectin_polymorphic>,
       "selectin_polymorphic(Employee, {Engineer, Manager})  an option: what these classes below "
       "it "
       "have is read after the rows, with one SELECT … IN for each class"},
  };
  return kRows;
}

std::span<const MethodDef> loader_methods() { return loader_functions(); }

}  // namespace moonbase::bindings
