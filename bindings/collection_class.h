// What a program gives as collection_class = …: 'list', 'set', a dict with what its keys are
// (db.attribute_keyed_dict 'keyword'), or a class of its own.
#pragma once

#include <memory>
#include <string>

#include "bindings/context.h"
#include "bindings/lua_api.h"
#include "orm/mapper/mapper.h"

namespace moonbase::bindings {

struct Ordering;

class LuaCollectionClass final : public mapper::CollectionClass {
 public:
  using CollectionClass::CollectionClass;

  base::Value key_of(state::Instance& member) const override;
  // The attribute of the target that is the key; null when a function makes it. Throws
  // ArgumentError when the target has none of this name.
  const mapper::Attribute* key_attribute(const mapper::Mapper& target) const;

  std::string attribute;                     // kDict: the key's attribute, or
  std::string column;                        // the key's column, or
  LuaRef function;                           // what makes the key of a member
  LuaRef methods;                            // the program's class
  std::shared_ptr<const Ordering> ordering;  // of an ordering_list; else null
  mutable LuaRef metatable;                  // of its collections
  Context* context = nullptr;
};

// The value of the option at `index`; null for a plain list. Throws ArgumentError that shows what
// to write.
std::shared_ptr<const mapper::CollectionClass> check_collection_class(lua_State* L, int index);
// The class of an ordering_list, whose methods are in the table on the top, which is popped.
void push_ordered_class(lua_State* L, std::shared_ptr<const Ordering> ordering);
// The class of a relationship that has one.
const LuaCollectionClass* collection_class_of(const mapper::Relationship& r);
// Gives the collection on the top the methods of the program's class.
void give_own_methods(lua_State* L, const LuaCollectionClass& cls);

// Area: attribute_keyed_dict, column_keyed_dict, keyfunc_mapping and their older names.
void open_collection_class(lua_State* L, int module);

}  // namespace moonbase::bindings
