// Functions of an object's attributes: flag_modified, flag_dirty, set_committed_value, get_history.
#include "bindings/lua_attributes.h"

#include <utility>
#include <vector>

#include "bindings/event_hub.h"
#include "bindings/guard.h"
#include "bindings/lua_expr.h"
#include "bindings/lua_inspect.h"
#include "bindings/lua_instance.h"
#include "bindings/lua_model.h"
#include "bindings/orm_area.h"
#include "bindings/stack.h"
#include "orm/base/error.h"
#include "orm/state/flags.h"

namespace moonbase::bindings {

using base::Error;
using base::ErrorKind;
using base::Tag;
using base::Value;
using mapper::Attribute;
using mapper::Relationship;
using state::Instance;

namespace {

// The attribute at `index`: its name, or the class's attribute (User.email).
const Attribute& check_attribute(lua_State* L, int index, const Instance& i) {
  if (lua_type(L, index) == LUA_TSTRING) return i.mapper->attribute(check_string(L, index));
  if (const auto* box = test_box<ElementBox>(L, index);
      box != nullptr && box->mapper != nullptr && box->slot >= 0 && i.mapper->is_a(*box->mapper))
    return i.mapper->attribute_at(box->slot);
  if (const auto* box = test_box<RelationshipBox>(L, index);
      box != nullptr && i.mapper->is_a(*box->relationship->owner))
    return i.mapper->attribute(box->relationship->name);
  throw Error(ErrorKind::kTypeError, "expected the name of an attribute of " + i.mapper->name() +
                                         ", got " + type_name_of(L, index))
      .with_hint("write it as a string: 'name'");
}

Instance& check_member(lua_State* L, int index, const Relationship& r) {
  Instance* member = test_instance(L, index);
  if (member != nullptr && member->mapper->is_a(*r.target)) return *member;
  throw Error(ErrorKind::kTypeError, "set_committed_value: " + r.full_name() + " takes " +
                                         r.target->name() + " objects, got " +
                                         type_name_of(L, index));
}

int flag_modified(lua_State* L) {
  Instance& i = check_instance(L, 1);
  const Attribute& a = check_attribute(L, 2, i);
  state::flag_modified(i, a.slot);
  event_hub(L).tell_modified(i, a.name);
  return 0;
}

int flag_dirty(lua_State* L) {
  state::flag_dirty(check_instance(L, 1));
  return 0;
}

void set_committed_relationship(lua_State* L, Instance& i, const Relationship& r) {
  if (!r.uselist) {
    const Value value =
        is_nil_or_null(L, 3) ? Value() : Value::pointer(Tag::kObject, &check_member(L, 3, r));
    return state::set_committed_value(i, r.slot, value);
  }
  if (r.is_never_loaded())
    throw Error(ErrorKind::kInvalidRequestError,
                r.full_name() + " is a query: it holds no objects that could be set");
  check_table(L, 3);
  std::vector<Instance*> members;
  for (lua_Integer k = 1, n = luaL_len(L, 3); k <= n; ++k) {
    lua_geti(L, 3, k);
    members.push_back(&check_member(L, -1, r));
    lua_pop(L, 1);
  }
  state::set_committed_members(i, r.slot, std::move(members));
}

int set_committed_value(lua_State* L) {
  Instance& i = check_instance(L, 1);
  const Attribute& a = check_attribute(L, 2, i);
  lua_settop(L, 3);
  if (const Relationship* r = i.mapper->relationship(a.slot))
    set_committed_relationship(L, i, *r);
  else
    state::set_committed_value(i, a.slot, check_column_value(L, 3, *i.mapper, a.slot));
  return 0;
}

int get_history(lua_State* L) {
  Instance& i = check_instance(L, 1);
  const Attribute& a = check_attribute(L, 2, i);
  orm_area(L).heap().notice_edits(i.host);
  const Relationship* r = i.mapper->relationship(a.slot);
  const bool is_query = r != nullptr && r->is_never_loaded();
  if (!is_query && i.slot(a.slot).tag() != Tag::kExpression) i.read(a.slot);
  push_history(L, i, a.slot);
  return 1;
}

constexpr MethodDef kFunctions[] = {
    {"flag_modified", guarded<flag_modified>,
     "flag_modified(object, 'name')  the next flush writes the attribute, whether it was changed "
     "or "
     "not"},
    {"flag_dirty", guarded<flag_dirty>,
     "flag_dirty(object)  the object is in session.dirty at the next flush, though nothing of it "
     "was "
     "changed: hooks see it"},
    {"set_committed_value", guarded<set_committed_value>,
     "set_committed_value(object, 'name', value)  sets an attribute as if it had been loaded: "
     "nothing is written"},
    {"get_history", guarded<get_history>,
     "get_history(object, 'name')  what a flush would see, loaded if it must be: {added = {…}, "
     "unchanged = {…}, deleted = {…}}"},
};

}  // namespace

void open_attributes(lua_State* L, int module) { add_functions(L, module, kFunctions); }

}  // namespace moonbase::bindings
