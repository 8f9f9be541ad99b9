#include "bindings/lua_query.h"

#include "bindings/descriptor.h"
#include "bindings/guard.h"
#include "bindings/lua_bundle.h"
#include "bindings/lua_expr.h"
#include "bindings/lua_instance.h"
#include "bindings/lua_model.h"
#include "bindings/lua_options.h"
#include "bindings/lua_schema.h"
#include "bindings/lua_session.h"
#include "bindings/query_box.h"
#include "bindings/stack.h"
#include "orm/base/error.h"
#include "orm/base/text.h"
#include "orm/query/query_plan.h"

namespace moonbase::bindings {

using base::Error;
using base::ErrorKind;
using query::Entity;
using query::Query;

namespace {

const ClassDef& query_class();

int query_len(lua_State* L) {
  const QueryBox& box = check_box<QueryBox>(L, 1);
  throw Error(
      ErrorKind::kTypeError,
      "a query has no length" + std::string(box.dynamic != nullptr
                                                ? ": " + box.dynamic->full_name() + " is dynamic"
                                                : ""))
      .with_hint("count the rows with :count(), or take the list with :all()");
}

int query_pairs(lua_State*) {
  throw Error(ErrorKind::kTypeError, "a query has no pairs")
      .with_hint("go over its rows with: for x in query do … end");
}

constexpr MethodDef kMetamethods[] = {
    {"__call", guarded<query_call>,
     "for x in query do … end  runs the query and goes over its rows"},
    {"__tostring", guarded<query_tostring>, "tostring(query)  its SQL"},
    {"__len", guarded<query_len>, "#query raises and names :count()"},
    {"__pairs", guarded<query_pairs>, "pairs(query) raises and names the loop"},
};

// Methods that build and methods that run, as one span.
std::span<const MethodDef> all_methods() {
  static const std::vector<MethodDef> rows = [] {
    std::vector<MethodDef> list;
    for (std::span<const MethodDef> part :
         {query_build_methods(), query_join_methods(), query_select_methods(), query_run_methods()})
      list.insert(list.end(), part.begin(), part.end());
    return list;
  }();
  return rows;
}

std::span<const MethodDef> all_getters() {
  static const std::vector<MethodDef> rows = [] {
    std::vector<MethodDef> list;
    for (std::span<const MethodDef> part : {query_getters(), query_select_getters()})
      list.insert(list.end(), part.begin(), part.end());
    return list;
  }();
  return rows;
}

const ClassDef& query_class() {
  static const ClassDef def = {
      .name = "Query",
      .doc =
          "A query: each method returns a new one, until all(), first(), one(), count() or a loop "
          "runs it.",
      .methods = all_methods(),
      .getters = all_getters(),
      .metamethods = kMetamethods,
      .index = query_index,
      .usage = "User.query",
      .destroy = kDestroy<QueryBox>,
  };
  return def;
}

expr::ElementPtr query_as_element(lua_State* L, int index) {
  const auto* box = test_box<QueryBox>(L, index);
  return box == nullptr ? nullptr
                        : expr::scalar_subquery(query::inner_select(*effective_query(*box)));
}

expr::SelectPtr query_as_select(lua_State* L, int index) {
  const auto* box = test_box<QueryBox>(L, index);
  return box == nullptr ? nullptr : query::inner_select(*effective_query(*box));
}

int make_select(lua_State* L) {
  if (lua_gettop(L) == 0)
    throw Error(ErrorKind::kArgumentError, "select needs something to select")
        .with_hint("db.select(User), db.select(User.id, User.name)");
  Query q;
  q.style = query::Style::kSelect;
  RowShape shape;
  for (int k = 1, n = lua_gettop(L); k <= n; ++k) add_entities(L, k, q.entities, shape);
  push_query(L, std::move(q), 0, std::move(shape));
  return 1;
}

}  // namespace

template <>
const ClassDef& class_of<QueryBox>() {
  return query_class();
}

const Query* test_query(lua_State* L, int index) {
  const auto* box = test_box<QueryBox>(L, index);
  return box == nullptr ? nullptr : box->query.get();
}

Entity check_entity(lua_State* L, int index) {
  if (std::optional<Entity> cls = test_class(L, index)) return std::move(*cls);
  if (test_box<RelationshipBox>(L, index) != nullptr)
    throw Error(ErrorKind::kArgumentError, "a relationship cannot be selected")
        .with_hint("select its class, and join: query(User, Post):join(User.posts)");
  if (expr::ElementPtr e = test_element(L, index)) {
    Entity made = query::entity(std::move(e));
    if (const auto* box = test_box<ElementBox>(L, index);
        box != nullptr && box->mapper != nullptr && box->slot >= 0)
      made.name = box->mapper->attribute_at(box->slot).name;
    if (const auto* box = test_box<ElementBox>(L, index);
        box != nullptr && box->mapper != nullptr && box->mapper->base() != nullptr) {
      made.owner = box->mapper;
      made.owner_from = box->from;
    }
    return made;
  }
  if (is_null(L, index)) return query::entity(expr::null());
  if (lua_isboolean(L, index)) check_condition(L, index, "query");
  throw Error(ErrorKind::kArgumentError,
              "a query selects classes and expressions, got " + type_name_of(L, index))
      .with_hint("db.session:query(User), db.session:query(User.id, db.func.count(Post.id))");
}

namespace {

// The columns of a composite, which are handed out as the program's object.
CellGroupPtr add_composite(lua_State* L, const CompositeAttributeBox& composite,
                           std::vector<Entity>& out) {
  auto group = std::make_shared<CellGroup>();
  group->name = composite.name;
  group->is_row = false;
  group->maker = composite_maker(L, composite);
  group->parts.resize(composite.spec->names.size());
  size_t k = 0;
  for (expr::ElementPtr& column : composite_columns(composite)) {
    Entity made = query::entity(std::move(column));
    made.name = composite.spec->names[k++];
    if (composite.mapper->base() != nullptr) made.owner = composite.mapper;
    out.push_back(std::move(made));
  }
  return group;
}

}  // namespace

void add_entities(lua_State* L, int index, std::vector<Entity>& out, RowShape& shape,
                  size_t before) {
  if (const auto* bundle = test_box<BundleBox>(L, index)) {
    shape.groups.emplace_back(before + out.size(), bundle->group);
    out.insert(out.end(), bundle->columns.begin(), bundle->columns.end());
    return;
  }
  if (const auto* composite = test_box<CompositeAttributeBox>(L, index)) {
    const size_t first = before + out.size();
    shape.groups.emplace_back(first, add_composite(L, *composite, out));
    return;
  }
  if (test_box<TableBox>(L, index) == nullptr && test_box<FromBox>(L, index) == nullptr) {
    out.push_back(check_entity(L, index));
    return;
  }
  for (expr::ElementPtr& column : from_columns(test_from(L, index)))
    out.push_back(query::entity(std::move(column)));
}

void push_query(lua_State* L, Query q, int session, RowShape shape) {
  push_query(L, std::make_shared<const Query>(std::move(q)), session);
  if (!shape.groups.empty())
    check_box<QueryBox>(L, -1).shape = std::make_shared<const RowShape>(std::move(shape));
}

void push_query(lua_State* L, QueryPtr q, int session) {
  if (session != 0) {
    session = lua_absindex(L, session);
    session::Session& s = check_session(L, session);
    push_box(L, QueryBox(std::move(q), &s), 2);
    lua_pushvalue(L, session);
    lua_setiuservalue(L, -2, 1);
    return;
  }
  push_box(L, QueryBox(std::move(q), nullptr), 2);
}

QueryBox& push_like(lua_State* L, const QueryBox& from, QueryPtr q) {
  QueryBox made(std::move(q), from.session);
  made.owner = from.owner;
  if (made.owner != nullptr) ++made.owner->pins;
  made.dynamic = from.dynamic;
  made.run_options = from.run_options;
  made.shape = from.shape;
  QueryBox& box = push_box(L, std::move(made), 2);
  lua_getiuservalue(L, 1, 1);
  lua_setiuservalue(L, -2, 1);
  return box;
}

void push_model_query(lua_State* L, const mapper::Mapper& m) {
  ModelInfo& info = orm_area(L).model(m);
  if (m.is_replaced())
    throw Error(ErrorKind::kInvalidRequestError,
                m.name() + " was declared again since: this is the old class");
  info.registry->configure(m);
  push_session_of_database(L, *info.database);
  if (!info.query) {
    auto q = std::make_shared<Query>();
    q->entities.push_back(query::entity(m));
    info.query = std::move(q);
  }
  push_query(L, info.query, -1);
  lua_remove(L, -2);
}

void push_dynamic(lua_State* L, state::Instance& owner, const mapper::Relationship& r) {
  ModelInfo& info = orm_area(L).model(*owner.mapper);
  push_session_of_database(L, *info.database);
  Query q;
  q.entities.push_back(query::entity(*r.target));
  q.order_by = r.order_by;
  auto* session = dynamic_cast<session::Session*>(owner.host);
  QueryBox made(std::make_shared<const Query>(std::move(q)),
                session != nullptr ? session : &check_session(L, -1));
  made.owner = &owner;
  ++owner.pins;
  made.dynamic = &r;
  push_box(L, std::move(made), 2);
  lua_pushvalue(L, -2);
  lua_setiuservalue(L, -2, 1);
  lua_remove(L, -2);
}

void open_query(lua_State* L, int module) {
  register_class(L, query_class());
  register_element_source(L, query_as_element);
  register_select_source(L, query_as_select);
  open_options(L, module);
  open_aliased(L, module);
  open_bundle(L, module);
  open_join(L, module);
  open_selectable(L, module);
  static constexpr MethodDef kFunctions[] = {
      {"select", guarded<make_select>,
       "select(item…)  a SELECT to be run by db.session:execute, scalars or scalar"},
  };
  add_functions(L, module, kFunctions);
}

}  // namespace moonbase::bindings
