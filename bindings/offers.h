// What a program could write next behind an expression: the members of its value, the columns of a
// class. The same rows and docstrings feed help. Asking runs none of the program's code and sends
// nothing to a database: where the value is not known without that, the kind of object it would be
// is.
//
// Functions of the thread that runs the Lua state, inside a protected call; base::Error and Lua
// errors pass through.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bindings/class_def.h"
#include "bindings/context.h"
#include "orm/mapper/mapper.h"

namespace moonbase::bindings {

// What is known about an expression.
struct Subject {
  enum class Kind : uint8_t {
    kUnknown,
    kValue,     // `value`
    kObject,    // an object of `cls`; of a query or a collection that gives objects of `mapper`
    kInstance,  // a mapped object of `mapper`
  } kind = Kind::kUnknown;
  LuaRef value;
  const ClassDef* cls = nullptr;
  const mapper::Mapper* mapper = nullptr;
};

// A local of an earlier input, or a global.
Subject subject_of_name(lua_State* L, std::string_view name);
// `owner.name`
Subject subject_of_field(lua_State* L, const Subject& owner, std::string_view name);
// `owner:method(argument)`, with what is known of the first argument.
Subject subject_of_call(lua_State* L, const Subject& owner, std::string_view method,
                        const Subject& argument);
// `callee(argument)`, where `name` is how the callee was written last.
Subject subject_of_call(lua_State* L, const Subject& callee, const Subject& argument,
                        std::string_view name);
// `owner[position]`
Subject subject_of_item(lua_State* L, const Subject& owner, lua_Integer position);

struct Offer {
  std::string name;
  std::string doc;      // what help() says, or empty
  bool method = false;  // written behind a colon
};

// Each sorted by name.
std::vector<Offer> members_of(lua_State* L, const Subject& subject);
// The globals, the locals of earlier inputs, Lua's words.
std::vector<Offer> names_offered(lua_State* L);
// The keys that `owner:method{…}` understands; empty when it is no such method.
std::vector<Offer> keys_of_call(lua_State* L, const Subject& owner, std::string_view method);
// The keys that `callee{…}` understands: the attributes of a class.
std::vector<Offer> keys_of_call(lua_State* L, const Subject& callee);
// The tables that the program's classes and metadata know, and the columns of the one named
// `table`, or of all where it is empty.
std::vector<Offer> sql_names(lua_State* L, std::string_view table);

}  // namespace moonbase::bindings
