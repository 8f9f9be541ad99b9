#include "bindings/row_shape.h"

#include "bindings/rows.h"
#include "bindings/stack.h"

namespace moonbase::bindings {
namespace {

size_t push_group(lua_State* L, const query::RowStream& rows, size_t cell, const CellGroup& group,
                  bool null_as_sentinel);

size_t push_part(lua_State* L, const query::RowStream& rows, size_t cell, const CellGroup* group,
                 bool null_as_sentinel) {
  if (group != nullptr) return push_group(L, rows, cell, *group, null_as_sentinel);
  push_cell(L, rows, cell, null_as_sentinel);
  return 1;
}

// The object of a composite; none where all its columns are NULL.
size_t push_object(lua_State* L, const query::RowStream& rows, size_t cell, const CellGroup& group,
                   bool null_as_sentinel) {
  const auto count = static_cast<int>(group.parts.size());
  luaL_checkstack(L, count + 6, "too many parts");
  group.maker.push(L);
  bool has_value = false;
  for (int k = 0; k < count; ++k) {
    push_cell(L, rows, cell + static_cast<size_t>(k), false);
    has_value = has_value || !lua_isnil(L, -1);
  }
  if (has_value) {
    lua_call(L, count, 1);
    return group.parts.size();
  }
  lua_pop(L, count + 1);
  if (null_as_sentinel)
    push_null(L);
  else
    lua_pushnil(L);
  return group.parts.size();
}

size_t push_group(lua_State* L, const query::RowStream& rows, size_t cell, const CellGroup& group,
                  bool null_as_sentinel) {
  if (!group.is_row) return push_object(L, rows, cell, group, null_as_sentinel);
  luaL_checkstack(L, 6, "bundles are nested too deep");
  lua_createtable(L, static_cast<int>(group.parts.size()), 0);
  size_t next = cell;
  lua_Integer n = 0;
  for (const CellGroupPtr& part : group.parts) {
    next += push_part(L, rows, next, part.get(), true);
    lua_rawseti(L, -2, ++n);
  }
  group.maker.push(L);
  lua_setmetatable(L, -2);
  return next - cell;
}

}  // namespace

size_t CellGroup::width() const {
  size_t cells = 0;
  for (const CellGroupPtr& part : parts) cells += part ? part->width() : 1;
  return cells;
}

const CellGroup* RowShape::at(size_t cell) const {
  for (const auto& [first, group] : groups)
    if (first == cell) return group.get();
  return nullptr;
}

std::vector<std::string> item_names(const query::RowStream& rows, const RowShape* shape) {
  if (shape == nullptr) return rows.names();
  std::vector<std::string> names;
  for (size_t cell = 0; cell < rows.names().size();) {
    const CellGroup* group = shape->at(cell);
    names.push_back(group != nullptr ? group->name : rows.names()[cell]);
    cell += group != nullptr ? group->width() : 1;
  }
  return names;
}

size_t push_item(lua_State* L, const query::RowStream& rows, size_t cell, const RowShape* shape,
                 bool null_as_sentinel) {
  return push_part(L, rows, cell, shape != nullptr ? shape->at(cell) : nullptr, null_as_sentinel);
}

void push_shaped_row(lua_State* L, const query::RowStream& rows, size_t cells, int metatable,
                     const RowShape* shape) {
  lua_createtable(L, static_cast<int>(cells), 0);
  lua_Integer n = 0;
  for (size_t cell = 0; cell < cells;) {
    cell += push_item(L, rows, cell, shape, true);
    lua_rawseti(L, -2, ++n);
  }
  lua_pushvalue(L, metatable);
  lua_setmetatable(L, -2);
}

}  // namespace moonbase::bindings
