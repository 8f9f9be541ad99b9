#include "bindings/lua_write_only.h"

#include "bindings/box.h"
#include "bindings/class_def.h"
#include "bindings/guard.h"
#include "bindings/lua_collection.h"
#include "bindings/lua_query.h"
#include "bindings/stack.h"
#include "orm/base/error.h"
#include "orm/query/query.h"
#include "orm/session/session.h"
#include "orm/state/link.h"

namespace moonbase::bindings {

using base::Error;
using base::ErrorKind;
using mapper::Relationship;
using state::Instance;

namespace {

struct WriteOnlyBox {
  Instance* owner;  // pinned
  const Relationship* relationship;

  WriteOnlyBox(Instance* o, const Relationship* r) noexcept : owner(o), relationship(r) {
    ++owner->pins;
  }
  WriteOnlyBox(WriteOnlyBox&& other) noexcept : WriteOnlyBox(other.owner, other.relationship) {}
  ~WriteOnlyBox() { --owner->pins; }
};

}  // namespace

template <>
const ClassDef& class_of<WriteOnlyBox>();

namespace {

int write_only_add(lua_State* L) {
  const auto& box = check_box<WriteOnlyBox>(L, 1);
  state::append(*box.owner, *box.relationship, check_member(L, 2, *box.relationship));
  return 0;
}

int write_only_add_all(lua_State* L) {
  const auto& box = check_box<WriteOnlyBox>(L, 1);
  check_table(L, 2);
  std::vector<Instance*> list;
  for (lua_Integer k = 1, n = luaL_len(L, 2); k <= n; ++k) {
    lua_geti(L, 2, k);
    list.push_back(&check_member(L, -1, *box.relationship));
    lua_pop(L, 1);
  }
  for (Instance* i : list) state::append(*box.owner, *box.relationship, *i);
  return 0;
}

int write_only_remove(lua_State* L) {
  const auto& box = check_box<WriteOnlyBox>(L, 1);
  state::remove(*box.owner, *box.relationship, check_member(L, 2, *box.relationship));
  return 0;
}

int write_only_select(lua_State* L) {
  const auto& box = check_box<WriteOnlyBox>(L, 1);
  Instance& owner = *box.owner;
  auto* session = dynamic_cast<session::Session*>(owner.host);
  if (session != nullptr && !owner.has_identity) session->before_execute(true);
  if (session == nullptr || !owner.has_identity)
    throw Error(ErrorKind::kDetachedInstanceError,
                state::describe(owner) + " is in no session, so the members of its '" +
                    box.relationship->name + "' cannot be selected")
        .with_hint("add it to a session: db.session:add(x)");
  query::Query q = session->relationship_query(owner, *box.relationship);
  q.style = query::Style::kSelect;
  push_query(L, std::move(q), 0);
  return 1;
}

int refuse_reading(lua_State* L) {
  const Relationship& r = *check_box<WriteOnlyBox>(L, 1).relationship;
  throw Error(ErrorKind::kInvalidRequestError,
              r.full_name() +
                  " is write-only: it is never loaded, so it cannot be iterated, "
                  "counted or indexed")
      .with_hint("select its members: db.session:scalars(x." + r.name + ":select()):all()");
}

int write_only_index(lua_State* L) { return lua_isinteger(L, 2) ? refuse_reading(L) : 0; }

int write_only_tostring(lua_State* L) {
  const auto& box = check_box<WriteOnlyBox>(L, 1);
  push_string(L, "<" + box.relationship->full_name() + " (write only) of " +
                     state::describe(*box.owner) + ">");
  return 1;
}

constexpr MethodDef kMethods[] = {
    {"add", guarded<write_only_add>, "add(object)  links an object"},
    {"add_all", guarded<write_only_add_all>, "add_all(list)  links several objects"},
    {"remove", guarded<write_only_remove>, "remove(object)  unlinks an object"},
    {"select", guarded<write_only_select>,
     "select()  a SELECT of the members: db.session:scalars(u.posts:select():limit(10))"},
};

constexpr MethodDef kMetamethods[] = {
    {"__len", guarded<refuse_reading>, "its length is not known"},
    {"__pairs", guarded<refuse_reading>, "it cannot be gone over"},
    {"__call", guarded<refuse_reading>, "it cannot be gone over"},
    {"__tostring", guarded<write_only_tostring>, "what it is, without loading"},
};

const ClassDef kClass = {
    .name = "WriteOnlyCollection",
    .doc = "A relationship with lazy = 'write_only': it takes objects and gives a SELECT.",
    .methods = kMethods,
    .metamethods = kMetamethods,
    .index = guarded<write_only_index>,
    .usage = "u.posts",
    .destroy = kDestroy<WriteOnlyBox>,
};

}  // namespace

template <>
const ClassDef& class_of<WriteOnlyBox>() {
  return kClass;
}

void push_write_only(lua_State* L, Instance& owner, const Relationship& r) {
  push_box(L, WriteOnlyBox(&owner, &r));
}

void open_write_only(lua_State* L) { register_class(L, kClass); }

}  // namespace moonbase::bindings
