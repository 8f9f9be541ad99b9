// db.ordering_list 'position': a collection_class that keeps an attribute of the members in step
// with their places in the list. What changes such a list calls here afterwards.
#pragma once

#include <string>

#include "bindings/collection_support.h"
#include "bindings/context.h"

namespace moonbase::bindings {

struct Ordering {
  std::string attribute;
  lua_Integer count_from = 0;
  LuaRef function;  // function(place, list), which makes the value; empty: it is counted
  bool reorder_on_append = false;
};

// How many members an ordered list has, which it loads; 0 for any other collection.
size_t count_ordered(const CollectionBox& box);
// Members were added at the end of a list of `before`: those without a value get one, all of them
// where the list says so. Nothing happens to a collection that is not ordered.
void number_appended(lua_State* L, const CollectionBox& box, size_t before);
// All members get the value of their place.
void number_all(lua_State* L, const CollectionBox& box);

// ordering_list, a function of the module.
void open_ordering_list(lua_State* L, int module);

}  // namespace moonbase::bindings
