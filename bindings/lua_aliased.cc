// db.aliased(User, 'u2'): a class under another name, or read from a subquery. It is used wherever
// the class is.
#include "bindings/expr_support.h"
#include "bindings/guard.h"
#include "bindings/lua_model.h"
#include "bindings/query_box.h"
#include "orm/base/error.h"
#include "orm/base/text.h"
#include "orm/query/selectable.h"

namespace moonbase::bindings {

struct AliasedBox {
  query::Entity entity;
  std::vector<const mapper::Mapper*> below = {};  // with_polymorphic: classes read along
};
extern const ClassDef kAliasedClass;
template <>
const ClassDef& class_of<AliasedBox>() {
  return kAliasedClass;
}

using base::Error;
using base::ErrorKind;
using mapper::Mapper;
using query::Entity;

namespace {

int aliased_index(lua_State* L) {
  const Entity& e = check_box<AliasedBox>(L, 1).entity;
  if (lua_type(L, 2) != LUA_TSTRING) return 0;
  lua_settop(L, 2);
  push_class_member(L, *e.mapper, e.from, 1, 2);
  if (!lua_isnil(L, -1)) return 1;
  const std::string_view name = check_string(L, 2);
  for (const Mapper* m : check_box<AliasedBox>(L, 1).below)
    if (m->name() == name) {
      push_box(L, AliasedBox{query::entity(*m, e.from, m->name())});
      return 1;
    }
  if (name == "query")
    throw Error(ErrorKind::kAttributeError, "an alias has no query of its own")
        .with_hint("db.session:query(alias), or db.select(alias)");
  throw_no_attribute("the alias of " + e.mapper->name(), name, e.mapper->attribute_names());
}

int aliased_new_index(lua_State* L) {
  const Entity& e = check_box<AliasedBox>(L, 1).entity;
  throw Error(ErrorKind::kAttributeError, "an alias of " + e.mapper->name() + " is read-only")
      .with_hint("give the class what its aliases shall have: " + e.mapper->name() + ".x = …");
}

int aliased_call(lua_State* L) {
  const Entity& e = check_box<AliasedBox>(L, 1).entity;
  throw Error(ErrorKind::kTypeError, "an alias makes no objects")
      .with_hint(e.mapper->name() + "{…} does");
}

int aliased_tostring(lua_State* L) {
  const Entity& e = check_box<AliasedBox>(L, 1).entity;
  const bool is_named = !e.from->anonymous && !e.from->name.empty();
  push_string(L, "<alias of " + e.mapper->name() + (is_named ? " " + e.from->name : "") + ">");
  return 1;
}

int aliased_name(lua_State* L) {
  push_string(L, check_box<AliasedBox>(L, 1).entity.name);
  return 1;
}

constexpr MethodDef kAliasedGetters[] = {
    {"__name__", guarded<aliased_name>, "__name__  the name rows have it under"},
};

constexpr MethodDef kAliasedMetamethods[] = {
    {"__call", guarded<aliased_call>, "alias{…} raises: objects are made by the class"},
    {"__tostring", guarded<aliased_tostring>, "tostring(alias)"},
};

// A class that is read from a subquery needs a column there for each of its own.
void check_columns(const Mapper& m, const expr::FromPtr& from) {
  std::vector<std::string> missing;
  for (int slot : m.load_list()->slots) {
    if (!query::find_attribute_element(m, from, slot))
      missing.push_back(m.name() + "." + m.attribute_at(slot).name);
  }
  if (missing.empty()) return;
  throw Error(ErrorKind::kArgumentError,
              query::from_title(*from) + " has no column for " + base::join(missing, ", "))
      .with_hint("select the whole class inside: db.select(" + m.name() + "):…:subquery()");
}

// The subquery, CTE or alias that the class is to be read from.
expr::FromPtr check_source(lua_State* L, int index) {
  if (expr::FromPtr from = test_from(L, index)) return from;
  Error error(ErrorKind::kArgumentError,
              "aliased: expected a name or a subquery, got " + type_name_of(L, index));
  if (test_query(L, index) != nullptr)
    throw std::move(error).with_hint(
        "a query is aliased as a subquery: db.aliased(User, query:subquery())");
  throw error;
}

// aliased(User), aliased(User, 'u2'), aliased(User, subquery[, 'u2']), aliased{User, name = 'u2'};
// aliased(table or subquery[, 'name']).
int moonbase_aliased(lua_State* L) {
  Kwargs kw(L, 1, "aliased");
  std::string name = kw.take_string("name").value_or("");
  kw.take_boolean("flat", false);
  kw.take_boolean("adapt_on_names", false);
  kw.finish();
  kw.expect_positional(1, 3);
  const int first = lua_gettop(L) + 1;
  for (int i = 1; i <= kw.count(); ++i) kw.push(i);
  const int last = lua_gettop(L);
  if (lua_type(L, last) == LUA_TSTRING && last > first) name = check_string(L, last);
  const bool has_source = last > first && lua_type(L, first + 1) != LUA_TSTRING;
  std::optional<Entity> cls = test_class(L, first);
  if (!cls) {
    expr::FromPtr from = test_from(L, first);
    if (!from || has_source)
      throw Error(ErrorKind::kArgumentError,
                  "aliased takes a class, a table or a subquery, got " + type_name_of(L, first))
          .with_hint(
              "db.aliased(User, 'u2'); a query is aliased as a subquery: "
              "db.aliased(query:subquery(), 'x')");
    push_from(L, expr::alias(std::move(from), name));
    return 1;
  }
  const Mapper& m = *cls->mapper;
  expr::FromPtr from;
  if (has_source) {
    from = check_source(L, first + 1);
    if (!name.empty()) from = expr::alias(std::move(from), name);
    check_columns(m, from);
  } else {
    from = query::alias_of(cls->from, name);
  }
  push_box(L, AliasedBox{query::entity(m, std::move(from), name.empty() ? m.name() : name)});
  return 1;
}

// '*', or a list of classes below the first.
std::vector<const Mapper*> check_below(lua_State* L, int index, const Mapper& m) {
  std::vector<const Mapper*> all = m.self_and_descendants(), below;
  all.erase(all.begin());
  if (lua_type(L, index) == LUA_TSTRING && check_string(L, index) == "*") return all;
  if (!lua_istable(L, index))
    throw Error(ErrorKind::kArgumentError,
                "with_polymorphic takes a list of classes, or '*', got " + type_name_of(L, index))
        .with_hint("db.with_polymorphic(" + m.name() + ", '*')");
  for (lua_Integer k = 1, n = luaL_len(L, index); k <= n; ++k) {
    lua_geti(L, index, k);
    const Mapper& sub = check_model(L, -1);
    lua_pop(L, 1);
    if (&sub == &m) continue;
    if (!sub.is_a(m))
      throw Error(ErrorKind::kArgumentError, sub.name() + " does not inherit from " + m.name());
    below.push_back(&sub);
  }
  return below;
}

// with_polymorphic(Employee, {Engineer, Manager}), with_polymorphic(Employee, '*')
int moonbase_with_polymorphic(lua_State* L) {
  Kwargs kw(L, 1, "with_polymorphic");
  const bool aliased = kw.take_boolean("aliased", false) || kw.take_boolean("flat", false);
  kw.finish();
  kw.expect_positional(2, 2);
  kw.push(1);
  const Mapper& m = check_model(L, -1);
  m.registry().configure(m);
  kw.push(2);
  const std::vector<const Mapper*> below = check_below(L, lua_gettop(L), m);
  expr::FromPtr from = m.from_with(below, expr::new_identity());
  if (aliased) from = query::alias_of(from, "");
  Entity entity = query::entity(m, std::move(from), m.name());
  entity.list = m.load_list_with(below);
  push_box(L, AliasedBox{std::move(entity), below});
  return 1;
}

expr::FromPtr aliased_from(lua_State* L, int index) {
  const auto* box = test_box<AliasedBox>(L, index);
  return box == nullptr ? nullptr : box->entity.from;
}

}  // namespace

const ClassDef kAliasedClass{
    .name = "AliasedClass",
    .doc =
        "a class under another name, or read from a subquery: its attributes are those of the "
        "class, seen through it",
    .getters = kAliasedGetters,
    .metamethods = kAliasedMetamethods,
    .index = aliased_index,
    .new_index = aliased_new_index,
    .usage = "db.aliased(User)",
    .destroy = kDestroy<AliasedBox>,
};

std::optional<Entity> test_class(lua_State* L, int index) {
  if (const Mapper* m = test_model(L, index)) {
    m->registry().configure(*m);
    return query::entity(*m);
  }
  if (const auto* box = test_box<AliasedBox>(L, index)) return box->entity;
  return {};
}

void open_aliased(lua_State* L, int module) {
  register_class(L, kAliasedClass);
  register_from_source(L, aliased_from);
  static constexpr MethodDef kFunctions[] = {
      {"aliased", guarded<moonbase_aliased>,
       "aliased(User[, name])  the class a second time in a query; aliased(User, subquery)  the "
       "class read from a subquery"},
      {"with_polymorphic", guarded<moonbase_with_polymorphic>,
       "with_polymorphic(Employee, {Engineer, Manager})  the class, and what these classes below "
       "it "
       "have, in the same rows: e.Engineer.language; '*' for all of them"},
  };
  add_functions(L, module, kFunctions);
}

}  // namespace moonbase::bindings
