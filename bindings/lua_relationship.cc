// db.relationship{…}, db.backref{…}, and what User.posts is in a query.
#include "bindings/guard.h"
#include "bindings/lua_expr.h"
#include "bindings/lua_instance.h"
#include "bindings/lua_model.h"
#include "bindings/lua_schema.h"
#include "bindings/stack.h"
#include "orm/base/error.h"
#include "orm/query/query.h"
#include "orm/session/session.h"
#include "orm/state/identity.h"

namespace moonbase::bindings {

using base::Error;
using base::ErrorKind;
using mapper::Relationship;
using mapper::RelationshipDef;
using state::Instance;

namespace {

// Calls `one` with the index of an option's value, or of each item of the list that it is; takes it
// off the stack.
template <class F>
void each_value(lua_State* L, F&& one) {
  if (lua_istable(L, -1)) {
    const int list = lua_gettop(L);
    for (lua_Integer k = 1, n = luaL_len(L, list); k <= n; ++k) {
      lua_geti(L, list, k);
      one(-1);
      lua_pop(L, 1);
    }
  } else {
    one(-1);
  }
  lua_pop(L, 1);
}

// Options that take a column, a list of columns, or their names.
std::vector<std::string> column_names(lua_State* L, Kwargs& kw, const char* keyword) {
  std::vector<std::string> names;
  if (!kw.take(keyword)) return names;
  each_value(L, [&](int index) {
    if (lua_type(L, index) == LUA_TSTRING) {
      names.emplace_back(check_string(L, index));
      return;
    }
    const auto* e = test_box<ElementBox>(L, index);
    if (e == nullptr || e->element->column == nullptr)
      kw.throw_keyword(keyword, "a column, its name, or a list of these", index);
    names.push_back(e->element->column->full_name());
  });
  return names;
}

void read_options(lua_State* L, Kwargs& kw, RelationshipDef& def) {
  if (kw.take("lazy")) {
    if (lua_isboolean(L, -1)) {
      if (!lua_toboolean(L, -1))
        throw Error(ErrorKind::kArgumentError,
                    "relationship: lazy = false is not there; say 'select' or 'dynamic'");
      def.lazy = "select";
    } else {
      def.lazy = check_string(L, -1);
    }
    lua_pop(L, 1);
  }
  mapper::parse_lazy(def.lazy);
  if (auto v = kw.take_string("cascade")) def.cascade = *v;
  if ((mapper::parse_cascade(def.cascade) & mapper::kCascadeDeleteOrphan) != 0)
    throw Error(ErrorKind::kNotSupportedError,
                "relationship: the cascade 'delete-orphan' is not supported")
        .with_hint(
            "cascade = 'all' deletes the objects with their owner; one that is taken out is "
            "deleted with session:delete(x)");
  def.uselist = kw.take_boolean("uselist");
  def.foreign_keys = column_names(L, kw, "foreign_keys");
  def.remote_side = column_names(L, kw, "remote_side");
  if (kw.take("order_by"))
    each_value(L, [&](int index) {
      if (lua_type(L, index) == LUA_TSTRING)
        def.order_by.emplace_back(check_string(L, index));
      else
        def.order_by_elements.push_back(check_order(L, index));
    });
  def.passive_deletes = kw.take_boolean("passive_deletes", false);
  def.viewonly = kw.take_boolean("viewonly", false);
  if (kw.take("secondary")) {
    if (const auto* table = test_box<TableBox>(L, -1))
      def.secondary = table->table;
    else if (lua_type(L, -1) == LUA_TSTRING)
      def.secondary_name = check_string(L, -1);
    else
      kw.throw_keyword("secondary", "a table or its name", -1);
    lua_pop(L, 1);
  }
  if (auto v = kw.take_string("doc")) def.doc = *v;
}

int make_relationship(lua_State* L) {
  Kwargs kw(L, 1, "relationship");
  auto spec = std::make_shared<RelationshipSpec>();
  spec->def = std::make_shared<RelationshipDef>();
  RelationshipDef& def = *spec->def;
  if (kw.count() == 0)
    throw Error(ErrorKind::kArgumentError, "relationship needs the other class's name first")
        .with_hint(
            "db.relationship{'Post', backref = 'author'}; a class that is declared later is named "
            "as text: 'Post'");
  kw.expect_positional(1, 1);
  kw.push(1);
  if (const mapper::Mapper* m = test_model(L, -1))
    def.target = m->name();
  else if (lua_type(L, -1) == LUA_TSTRING)
    def.target = check_string(L, -1);
  else
    throw Error(ErrorKind::kArgumentError,
                "relationship takes a class or its name, got " + type_name_of(L, -1));
  lua_pop(L, 1);
  read_options(L, kw, def);
  if (auto v = kw.take_string("back_populates")) def.back_populates = *v;
  if (kw.take("backref")) {
    if (lua_type(L, -1) == LUA_TSTRING) {
      def.backref = check_string(L, -1);
    } else if (const auto* back = test_box<RelationshipSpecBox>(L, -1)) {
      def.backref = back->spec->def->name;
      def.backref_options = back->spec->def;
    } else {
      kw.throw_keyword("backref", "a name or db.backref{…}", -1);
    }
    lua_pop(L, 1);
  }
  if (!def.backref.empty() && !def.back_populates.empty())
    throw Error(ErrorKind::kArgumentError,
                "relationship takes backref or back_populates, not both");
  kw.finish();
  spec->order = next_creation_order(L);
  push_box(L, RelationshipSpecBox{std::move(spec)});
  return 1;
}

int make_backref(lua_State* L) {
  Kwargs kw(L, 1, "backref");
  kw.expect_positional(1, 1);
  auto spec = std::make_shared<RelationshipSpec>();
  spec->def = std::make_shared<RelationshipDef>();
  kw.push(1);
  spec->def->name = check_string(L, -1);
  lua_pop(L, 1);
  read_options(L, kw, *spec->def);
  kw.finish();
  push_box(L, RelationshipSpecBox{std::move(spec)});
  return 1;
}

const ClassDef kSpecClass = {
    .name = "relationship",
    .doc = "A relationship as declared in a class body.",
    .destroy = kDestroy<RelationshipSpecBox>,
};

// ---- User.posts in a query ----

std::vector<expr::ElementPtr> criteria(lua_State* L, const char* where) {
  std::vector<expr::ElementPtr> list;
  for (int k = 2; k <= lua_gettop(L); ++k) {
    if (lua_istable(L, k)) {  // {name = 'x'}: equality with attributes of the other class
      const Relationship& r = *check_box<RelationshipBox>(L, 1).relationship;
      const std::vector<std::string> names = string_keys(L, k);
      if (names.empty())
        throw Error(ErrorKind::kArgumentError, std::string(where) + "{} names nothing to compare")
            .with_hint(
                "a name whose value is nil vanishes from a Lua table: for IS NULL write db.null");
      for (const std::string& name : names) r.target->attribute(name);
      for (const mapper::Attribute& a : r.target->attributes()) {
        lua_pushstring(L, a.name.c_str());
        if (lua_rawget(L, k) != LUA_TNIL) {
          if (a.relationship != nullptr) {
            list.push_back(
                check_relationship_operand(L, lua_gettop(L), *a.relationship, r.target->from()));
            lua_pop(L, 1);
            continue;
          }
          const expr::ElementPtr& e = r.target->element(a.slot);
          list.push_back(is_null(L, -1) ? expr::binary(expr::Op::kIs, e, expr::null())
                                        : expr::binary(expr::Op::kEq, e, check_element(L, -1, e)));
        }
        lua_pop(L, 1);
      }
      continue;
    }
    list.push_back(check_condition(L, k, where));
  }
  return list;
}

int relationship_any(lua_State* L) {
  const auto& box = check_box<RelationshipBox>(L, 1);
  const Relationship& r = *box.relationship;
  if (!r.uselist)
    throw Error(ErrorKind::kInvalidRequestError,
                r.full_name() + " is to one object: any() is for collections")
        .with_hint("use " + r.full_name() + ":has(…)");
  push_element(L, query::relationship_exists(r, box.owner, criteria(L, "any")));
  return 1;
}

int relationship_has(lua_State* L) {
  const auto& box = check_box<RelationshipBox>(L, 1);
  const Relationship& r = *box.relationship;
  if (r.uselist)
    throw Error(ErrorKind::kInvalidRequestError,
                r.full_name() + " is a collection: has() is for one object")
        .with_hint("use " + r.full_name() + ":any(…)");
  push_element(L, query::relationship_exists(r, box.owner, criteria(L, "has")));
  return 1;
}

// A column's value in an object that a condition speaks of. A new object is written first, as
// before any query, for its key may come from the database.
base::Value value_in_condition(Instance& i, int slot) {
  if (auto* session = dynamic_cast<session::Session*>(i.host);
      session != nullptr && i.lifecycle == state::Lifecycle::kPending)
    session->before_execute(true);
  const base::Value& value = i.read(slot);
  return value.tag() == base::Tag::kNeverSet ? base::Value() : value;
}

// The condition that a row, seen through `owner`, is the one that the object refers to.
expr::ElementPtr owner_of(Instance& member, const Relationship& r, const expr::FromPtr& owner) {
  std::vector<expr::ElementPtr> parts;
  for (const mapper::SyncPair& p : r.pairs)
    parts.push_back(
        expr::binary(expr::Op::kEq, expr::column(owner, *p.source),
                     expr::bind(value_in_condition(member, p.destination_slot), p.source->type)));
  return expr::and_(std::move(parts));
}

Instance* opt_member(lua_State* L, const Relationship& r, int index) {
  if (is_nil_or_null(L, index)) return nullptr;
  Instance* i = test_instance(L, index);
  if (i == nullptr || i->mapper != r.target)
    throw Error(ErrorKind::kArgumentError,
                r.full_name() + " is compared with a " + r.target->name() + " object or nil, got " +
                    (i != nullptr ? "a " + i->mapper->name() : type_name_of(L, index)));
  return i;
}

void refuse_collection(const Relationship& r) {
  if (r.uselist)
    throw Error(ErrorKind::kInvalidRequestError,
                r.full_name() + " is a collection and cannot be compared with one object")
        .with_hint("use " + r.full_name() + ":contains(x) or :any(…)");
}

int relationship_eq(lua_State* L) {
  const auto& box = check_box<RelationshipBox>(L, 1);
  push_element(L, check_relationship_operand(L, 2, *box.relationship, box.owner));
  return 1;
}

// To another object, or to none.
int relationship_ne(lua_State* L) {
  const auto& box = check_box<RelationshipBox>(L, 1);
  const Relationship& r = *box.relationship;
  expr::ElementPtr equal = check_relationship_operand(L, 2, r, box.owner);
  std::vector<expr::ElementPtr> other = {expr::not_(std::move(equal))};
  if (r.direction == mapper::Direction::kManyToOne && !is_nil_or_null(L, 2)) {
    for (const mapper::SyncPair& p : r.pairs)
      other.push_back(
          expr::binary(expr::Op::kIs, expr::column(box.owner, *p.destination), expr::null()));
  }
  push_element(L, expr::or_(std::move(other)));
  return 1;
}

// User.posts:contains(p): the row of p refers to the user.
int relationship_contains(lua_State* L) {
  const auto& box = check_box<RelationshipBox>(L, 1);
  const Relationship& r = *box.relationship;
  Instance* i = test_instance(L, 2);
  if (!r.uselist || i == nullptr || i->mapper != r.target)
    throw Error(ErrorKind::kArgumentError,
                r.full_name() + ":contains() takes a " + r.target->name() + " object");
  if (r.direction == mapper::Direction::kOneToMany) {
    push_element(L, owner_of(*i, r, box.owner));
    return 1;
  }
  std::vector<expr::ElementPtr> parts;
  for (int slot : r.target->primary_key())
    parts.push_back(expr::binary(expr::Op::kEq, r.target->element(slot),
                                 expr::bind(value_in_condition(*i, slot), r.target->type(slot))));
  push_element(L, query::relationship_exists(r, box.owner, parts));
  return 1;
}

int relationship_tostring(lua_State* L) {
  const Relationship& r = *check_box<RelationshipBox>(L, 1).relationship;
  push_string(L, r.full_name());
  return 1;
}

constexpr MethodDef kMethods[] = {
    {"any", guarded<relationship_any>,
     "any([condition…])  a condition: some object of the collection is there (and fits)"},
    {"has", guarded<relationship_has>,
     "has([condition…])  a condition: the object it refers to is there (and fits)"},
    {"eq", guarded<relationship_eq>,
     "eq(object)  a condition: it refers to this object; nil: to none"},
    {"ne", guarded<relationship_ne>,
     "ne(object)  a condition: it does not refer to this object; nil: it refers to some"},
    {"is_", guarded<relationship_eq>, "is_(nil)  a condition: it refers to no object"},
    {"is_not", guarded<relationship_ne>, "is_not(nil)  a condition: it refers to some object"},
    {"contains", guarded<relationship_contains>,
     "contains(object)  a condition: the object is in the collection"},
};

constexpr MethodDef kMetamethods[] = {
    {"__tostring", guarded<relationship_tostring>, "tostring(User.posts)"}};

const ClassDef kRelationshipClass = {
    .name = "RelationshipAttribute",
    .doc =
        "A relationship of a class in a query: for join(User.posts), User.posts:any(…), "
        "Post.author:eq(u).",
    .methods = kMethods,
    .metamethods = kMetamethods,
    .usage = "User.posts",
    .destroy = kDestroy<RelationshipBox>,
};

}  // namespace

template <>
const ClassDef& class_of<RelationshipSpecBox>() {
  return kSpecClass;
}

template <>
const ClassDef& class_of<RelationshipBox>() {
  return kRelationshipClass;
}

expr::ElementPtr check_relationship_operand(lua_State* L, int index, const Relationship& r,
                                            const expr::FromPtr& owner) {
  if (is_nil_or_null(L, index)) {
    if (r.direction == mapper::Direction::kManyToOne)
      return query::relationship_equals(r, owner, {});
    return expr::not_(query::relationship_exists(r, owner, {}));
  }
  refuse_collection(r);
  Instance& i = *opt_member(L, r, index);
  if (r.direction != mapper::Direction::kManyToOne) return owner_of(i, r, owner);
  std::vector<base::Value> key;
  for (const mapper::SyncPair& p : r.pairs) {
    key.push_back(value_in_condition(i, p.source_slot));
    if (key.back().is_null())
      throw Error(ErrorKind::kInvalidRequestError, state::describe(i) + " has no key that " +
                                                       r.full_name() + " could be compared with")
          .with_hint(
              "add it to the session and flush first; for rows that refer to none compare with "
              "nil");
  }
  return query::relationship_equals(r, owner, key);
}

void open_relationship(lua_State* L, int module) {
  register_class(L, kSpecClass);
  register_class(L, kRelationshipClass);
  static constexpr MethodDef kFunctions[] = {
      {"relationship", guarded<make_relationship>,
       "relationship{'Class', backref =, back_populates =, lazy = 'select'|'dynamic', cascade =, "
       "uselist =, foreign_keys =, "
       "remote_side =, order_by =, secondary =, passive_deletes =, viewonly =}  an attribute that "
       "refers to objects of another class"},
      {"backref", guarded<make_backref>,
       "backref{'name', lazy =, cascade =, order_by =, uselist =, …}  the other side of a "
       "relationship, with options"},
  };
  add_functions(L, module, kFunctions);
}

}  // namespace moonbase::bindings
