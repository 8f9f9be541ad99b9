// Options of a relationship that are functions or texts, and what they give once the classes they
// speak of are there. A text is a Lua expression over the declared classes, the tables, and what
// `db` has: 'and_(User.id == Post.author_id, Post.active == true)'; comparisons in it build SQL.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bindings/context.h"
#include "bindings/lua_api.h"
#include "bindings/lua_schema.h"
#include "orm/mapper/relationship.h"

namespace moonbase::bindings {

// Collects the late options of one declaration, in order; `finish` hands them to it.
class LateOptions {
 public:
  explicit LateOptions(lua_State* L) : L_(L) {}

  // Takes the value at `index` if it is a function or a text; calls `use` later with the stack
  // indexes of the values it gave. `index` is left where it is.
  using Use = std::function<void(lua_State* L, int first, int last, mapper::RelationshipDef& def)>;
  bool take(int index, const std::string& option, Use use);
  // To be done at that time without any Lua value.
  void add(std::function<void(mapper::RelationshipDef& def)> step);
  // Throws nothing. What `def` had is done before.
  void finish(mapper::RelationshipDef& def);

 private:
  using Step =
      std::function<void(lua_State* L, const mapper::Mapper& owner, mapper::RelationshipDef& def)>;
  lua_State* L_;
  std::vector<Step> steps_;
};

// A text that is one name, with a dot or without: it needs no evaluation.
bool is_plain_name(std::string_view text);

}  // namespace moonbase::bindings
