// db.relationship{…}, db.backref{…}, and what User.posts is in a query.
#include "bindings/guard.h"
#include "bindings/lua_expr.h"
#include "bindings/lua_instance.h"
#include "bindings/lua_model.h"
#include "bindings/lua_query.h"
#include "bindings/lua_schema.h"
#include "bindings/relationship_options.h"
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
  read_target(L, kw, def);
  read_relationship_options(L, kw, def);
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
  read_relationship_options(L, kw, *spec->def);
  kw.finish();
  push_box(L, RelationshipSpecBox{std::move(spec)});
  return 1;
}

// db.foreign(x), db.remote(x): every column of the expression is the one that refers to the other
// row, or is the other row's.
template <expr::ElementFlags flag>
int annotate(lua_State* L) {
  const char* name = flag == expr::kForeign ? "foreign" : "remote";
  const expr::ElementPtr given = test_element(L, 1);
  expr::ElementPtr marked = given ? expr::mark_columns(given, flag) : nullptr;
  if (marked == nullptr || marked == given)
    throw Error(ErrorKind::kArgumentError,
                std::string(name) + " takes a column, got " +
                    (given ? "an expression without one, or marked so" : type_name_of(L, 1)))
        .with_hint(std::string("primaryjoin = function() return User.id == db.") + name +
                   "(Post.author_id) end");
  push_element(L, std::move(marked));
  return 1;
}

const ClassDef kSpecClass = {
    .name = "relationship",
    .doc = "A relationship as declared in a class body.",
    .destroy = kDestroy<RelationshipSpecBox>,
};

// ---- User.posts in a query ----

std::vector<expr::ElementPtr> criteria(lua_State* L, const char* where) {
  const auto& box = check_box<RelationshipBox>(L, 1);
  const expr::FromPtr& far = box.far.mapper ? box.far.from : box.relationship->target->from();
  std::vector<expr::ElementPtr> list;
  if (box.condition) list.push_back(box.condition);
  if (box.far.mapper != nullptr && box.far.mapper != box.relationship->target)
    if (expr::ElementPtr criterion = query::class_criterion(*box.far.mapper, far))
      list.push_back(std::move(criterion));
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
            list.push_back(check_relationship_operand(L, lua_gettop(L), *a.relationship, far));
            lua_pop(L, 1);
            continue;
          }
          const expr::ElementPtr e = query::attribute_element(*r.target, far, a.slot);
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
  push_element(L, query::relationship_exists(r, box.owner, criteria(L, "any"), box.far.from));
  return 1;
}

int relationship_has(lua_State* L) {
  const auto& box = check_box<RelationshipBox>(L, 1);
  const Relationship& r = *box.relationship;
  if (r.uselist)
    throw Error(ErrorKind::kInvalidRequestError,
                r.full_name() + " is a collection: has() is for one object")
        .with_hint("use " + r.full_name() + ":any(…)");
  push_element(L, query::relationship_exists(r, box.owner, criteria(L, "has"), box.far.from));
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

// The condition that a row, seen through `owner`, is one that the object belongs to: its own
// columns are values then. Of a relationship through a secondary table, that the table says so.
expr::ElementPtr owner_of(Instance& member, const Relationship& r, const expr::FromPtr& owner) {
  if (r.secondary) {
    std::vector<expr::ElementPtr> parts;
    for (int slot : r.target->primary_key())
      parts.push_back(
          expr::binary(expr::Op::kEq, r.target->element(slot),
                       expr::bind(value_in_condition(member, slot), r.target->type(slot))));
    return query::relationship_exists(r, owner, parts);
  }
  return query::relationship_criterion(
      r, query::columns_of_side(owner), [&](const schema::Column& c) {
        const int slot = member.mapper->slot_of(c);
        return expr::bind(value_in_condition(member, slot), member.mapper->type(slot));
      });
}

Instance* opt_member(lua_State* L, const Relationship& r, int index) {
  if (is_nil_or_null(L, index)) return nullptr;
  Instance* i = test_instance(L, index);
  if (i == nullptr || !i->mapper->is_a(*r.target))
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

int relationship_ne(lua_State* L) {
  const auto& box = check_box<RelationshipBox>(L, 1);
  push_element(L, check_other_relationship(L, 2, *box.relationship, box.owner));
  return 1;
}

// User.posts:contains(p): the row of p refers to the user.
int relationship_contains(lua_State* L) {
  const auto& box = check_box<RelationshipBox>(L, 1);
  const Relationship& r = *box.relationship;
  Instance* i = test_instance(L, 2);
  if (!r.uselist || i == nullptr || !i->mapper->is_a(*r.target))
    throw Error(ErrorKind::kArgumentError,
                r.full_name() + ":contains() takes a " + r.target->name() + " object");
  push_element(L, owner_of(*i, r, box.owner));
  return 1;
}

int relationship_tostring(lua_State* L) {
  const Relationship& r = *check_box<RelationshipBox>(L, 1).relationship;
  push_string(L, r.full_name());
  return 1;
}

// User.posts:of_type(alias): what the relationship leads to is seen through the alias.
int relationship_of_type(lua_State* L) {
  RelationshipBox made = check_box<RelationshipBox>(L, 1);
  std::optional<query::Entity> far = test_class(L, 2);
  const Relationship& r = *made.relationship;
  if (!far || !far->mapper->is_a(*r.target))
    throw Error(ErrorKind::kArgumentError, r.full_name() + ":of_type() takes an alias of " +
                                               r.target->name() + ", got " +
                                               (far ? far->mapper->name() : type_name_of(L, 2)))
        .with_hint("other = db.aliased(" + r.target->name() + "); " + r.full_name() +
                   ":of_type(other)");
  made.far = std::move(*far);
  push_box(L, std::move(made));
  return 1;
}

// User.posts:and_(condition…): for join and any, beside the condition it has by itself.
int relationship_and(lua_State* L) {
  RelationshipBox made = check_box<RelationshipBox>(L, 1);
  std::vector<expr::ElementPtr> all;
  if (made.condition) all.push_back(made.condition);
  for (int k = 2; k <= lua_gettop(L); ++k) all.push_back(check_condition(L, k, "and_"));
  if (all.empty()) throw Error(ErrorKind::kArgumentError, "and_ needs a condition");
  made.condition = expr::and_(std::move(all));
  push_box(L, std::move(made));
  return 1;
}

// ---- what a relationship tells of itself ----

int relationship_key(lua_State* L) {
  push_string(L, check_box<RelationshipBox>(L, 1).relationship->name);
  return 1;
}

int relationship_doc(lua_State* L) {
  const std::string& doc = check_box<RelationshipBox>(L, 1).relationship->def->doc;
  doc.empty() ? lua_pushnil(L) : push_string(L, doc);
  return 1;
}

int relationship_info(lua_State* L) {
  const auto& info = check_box<RelationshipBox>(L, 1).relationship->def->info;
  if (info == nullptr)
    lua_newtable(L);
  else
    static_cast<const LuaRef*>(info.get())->push(L);
  return 1;
}

constexpr MethodDef kGetters[] = {
    {"key", guarded<relationship_key>, "key  its name"},
    {"doc", guarded<relationship_doc>, "doc  the text given as doc, or nil"},
    {"info", guarded<relationship_info>, "info  the table given as info"},
};

constexpr MethodDef kMethods[] = {
    {"of_type", guarded<relationship_of_type>,
     "of_type(alias)  what it leads to, seen through the alias: join(User.posts:of_type(p2))"},
    {"and_", guarded<relationship_and>,
     "and_(condition…)  with a further condition: join(User.posts:and_(Post.title:ne(nil)))"},
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
    .getters = kGetters,
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
    if (r.direction == mapper::Direction::kManyToOne && !r.pairs.empty())
      return query::relationship_equals(r, owner, {});
    return expr::not_(query::relationship_exists(r, owner, {}));
  }
  refuse_collection(r);
  Instance& i = *opt_member(L, r, index);
  if (r.direction != mapper::Direction::kManyToOne || !r.is_plain_join())
    return owner_of(i, r, owner);
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

expr::ElementPtr check_other_relationship(lua_State* L, int index, const Relationship& r,
                                          const expr::FromPtr& owner) {
  std::vector<expr::ElementPtr> other = {
      expr::not_(check_relationship_operand(L, index, r, owner))};
  if (r.direction == mapper::Direction::kManyToOne && !is_nil_or_null(L, index)) {
    for (const mapper::SyncPair& p : r.pairs)
      other.push_back(
          expr::binary(expr::Op::kIs, expr::column(owner, *p.destination), expr::null()));
  }
  return expr::or_(std::move(other));
}

void open_relationship(lua_State* L, int module) {
  register_class(L, kSpecClass);
  register_class(L, kRelationshipClass);
  static constexpr MethodDef kFunctions[] = {
      {"relationship", guarded<make_relationship>,
       "relationship{'Class', backref =, back_populates =, lazy =, cascade =, uselist =, "
       "secondary =, primaryjoin =, secondaryjoin =, foreign_keys =, remote_side =, order_by =, "
       "collection_class =, viewonly =, sync_backref =, overlaps =, passive_deletes =, "
       "passive_updates =, post_update =, single_parent =, active_history =, doc =, info =}  an "
       "attribute that refers to objects of another class"},
      {"backref", guarded<make_backref>,
       "backref{'name', lazy =, cascade =, order_by =, uselist =, …}  the other side of a "
       "relationship, with options"},
      {"foreign", guarded<annotate<expr::kForeign>>,
       "foreign(column)  in primaryjoin: the column that refers to the other row"},
      {"remote", guarded<annotate<expr::kRemote>>,
       "remote(column)  in primaryjoin: the column is the other row's"},
  };
  add_functions(L, module, kFunctions);
}

}  // namespace moonbase::bindings
