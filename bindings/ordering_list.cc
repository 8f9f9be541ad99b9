#include "bindings/ordering_list.h"

#include <memory>
#include <utility>
#include <vector>

#include "bindings/collection_class.h"
#include "bindings/guard.h"
#include "bindings/lua_instance.h"
#include "bindings/stack.h"
#include "orm/base/error.h"

namespace moonbase::bindings {

using base::Error;
using base::ErrorKind;
using mapper::Attribute;
using state::Instance;

namespace {

constexpr const char* kExample =
    "collection_class = db.ordering_list 'position', or db.ordering_list{'position', count_from = "
    "1}";

const Ordering* ordering_of(const CollectionBox& box) {
  const LuaCollectionClass* cls = collection_class_of(*box.relationship);
  return cls == nullptr ? nullptr : cls->ordering.get();
}

// The slot of the attribute in a member. Throws ArgumentError when it is no column.
int slot_of(const Ordering& ordering, const CollectionBox& box, const Instance& member) {
  const Attribute& a = member.mapper->attribute(ordering.attribute);
  if (a.kind == Attribute::Kind::kColumn) return a.slot;
  throw Error(ErrorKind::kArgumentError, box.relationship->full_name() + " is ordered by '" +
                                             a.name + "', which is no column of " +
                                             member.mapper->name())
      .with_hint(kExample);
}

// Gives the member at this place, from 0 on, its value, unless it has that.
void number(lua_State* L, const Ordering& ordering, const CollectionBox& box, Instance& member,
            size_t place) {
  const int slot = slot_of(ordering, box, member);
  luaL_checkstack(L, 8, "no room to number a list");
  const int top = lua_gettop(L);
  if (ordering.function.empty()) {
    lua_pushinteger(L, static_cast<lua_Integer>(place) + ordering.count_from);
  } else {
    ordering.function.push(L);
    lua_pushinteger(L, static_cast<lua_Integer>(place) + 1);
    push_instance(L, *box.owner);
    lua_getfield(L, -1, box.relationship->name.c_str());
    lua_remove(L, -2);
    lua_call(L, 2, 1);
  }
  push_column(L, member, slot);
  const bool has_it = lua_compare(L, -1, -2, LUA_OPEQ) != 0;
  lua_pop(L, 1);
  if (!has_it) assign_attribute(L, member, slot, lua_gettop(L));
  lua_settop(L, top);
}

int list_reorder(lua_State* L) {
  number_all(L, check_box<ListBox>(L, 1));
  return 0;
}

constexpr MethodDef kMethods[] = {
    {"reorder", guarded<list_reorder>,
     "reorder()  gives every member the value of its place in the list"},
};

int ordering_list(lua_State* L) {
  Kwargs kw(L, 1, "ordering_list");
  kw.expect_positional(1, 1);
  auto ordering = std::make_shared<Ordering>();
  kw.push(1);
  if (lua_type(L, -1) != LUA_TSTRING)
    throw Error(ErrorKind::kArgumentError,
                "ordering_list takes the name of an attribute of the other class, got " +
                    type_name_of(L, -1))
        .with_hint(kExample);
  ordering->attribute = check_string(L, -1);
  ordering->count_from = kw.take_integer("count_from").value_or(0);
  ordering->reorder_on_append = kw.take_boolean("reorder_on_append", false);
  if (kw.take("ordering_func")) {
    if (!is_callable(L, -1)) kw.throw_keyword("ordering_func", "a function", -1);
    ordering->function = LuaRef(L, -1);
  }
  kw.finish();
  lua_newtable(L);
  for (const MethodDef& method : kMethods) {
    lua_pushcfunction(L, method.fn);
    lua_setfield(L, -2, method.name);
  }
  push_ordered_class(L, std::move(ordering));
  return 1;
}

}  // namespace

size_t count_ordered(const CollectionBox& box) {
  return ordering_of(box) == nullptr ? 0 : members(box).size();
}

void number_appended(lua_State* L, const CollectionBox& box, size_t before) {
  const Ordering* ordering = ordering_of(box);
  if (ordering == nullptr) return;
  const std::vector<Instance*> list = members(box).items();
  for (size_t place = before; place < list.size(); ++place) {
    Instance& member = *list[place];
    const bool has_value = [&] {
      push_column(L, member, slot_of(*ordering, box, member));
      const bool is = !is_nil_or_null(L, -1);
      lua_pop(L, 1);
      return is;
    }();
    if (!has_value || ordering->reorder_on_append) number(L, *ordering, box, member, place);
  }
}

void number_all(lua_State* L, const CollectionBox& box) {
  const Ordering* ordering = ordering_of(box);
  if (ordering == nullptr) return;
  const std::vector<Instance*> list = members(box).items();
  for (size_t place = 0; place < list.size(); ++place)
    number(L, *ordering, box, *list[place], place);
}

void open_ordering_list(lua_State* L, int module) {
  static constexpr MethodDef kFunctions[] = {
      {"ordering_list", guarded<ordering_list>,
       "ordering_list{'position', count_from = 0, ordering_func = function(place, list) … end, "
       "reorder_on_append = false}  a collection_class: a list that keeps an attribute of its "
       "members in step with their places; give the relationship order_by = 'position', too. What "
       "is added through the other side of the relationship gets its place from reorder()"},
  };
  add_functions(L, module, kFunctions);
  // Their docstrings are known from here on.
  lua_newtable(L);
  add_functions(L, -1, kMethods);
  lua_pop(L, 1);
}

}  // namespace moonbase::bindings
