// What query:options(…) takes: db.load_only, db.defer, db.joinedload, db.selectinload,
// db.with_loader_criteria and their kin, and the same as methods, which go on from what the option
// speaks of. An option object is immutable and may be given to many queries.
#pragma once

#include <span>
#include <string>

#include "bindings/box.h"
#include "bindings/class_def.h"
#include "orm/query/options.h"

namespace moonbase::bindings {

struct OptionBox {
  query::OptionListPtr options;
  // The objects that a method goes on from; no root: those of the query.
  query::Path tip = {};
};
template <>
const ClassDef& class_of<OptionBox>();

// The options given as arguments from `first` on, after those of `before`. Throws ArgumentError for
// what is none.
query::OptionListPtr check_options(lua_State* L, int first, query::OptionListPtr before);

// Pushes an option object.
int push_options(lua_State* L, query::OptionListPtr options, query::Path tip);
// The options before those of a call, and where it goes on from: of a method, those of the object
// at 1; of a function, none. Its own arguments begin at `first`.
struct OptionCall {
  query::OptionListPtr before;
  query::Path tip;
  int first;
};
OptionCall option_call(lua_State* L);
// The class that the path leads to; null for a path of no class.
const mapper::Mapper* class_at(const query::Path& path);
std::string title_of(const query::Path& path);

// Those of relationships: lua_loader_options.cc.
std::span<const MethodDef> loader_functions();
std::span<const MethodDef> loader_methods();

// Area: the options.
void open_options(lua_State* L, int module);

}  // namespace moonbase::bindings
