// How the cells of a query's rows are handed out where several of them are one item: a bundle is a
// row inside the row, a composite the program's own object. The core knows the cells alone.
// Immutable and shared: a query object holds the shape of its rows. The state's thread.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bindings/context.h"
#include "bindings/lua_api.h"
#include "orm/query/row_loader.h"

namespace moonbase::bindings {

// Cells that are handed out as one.
struct CellGroup {
  std::string name;
  // What it is made of; null: one cell.
  std::vector<std::shared_ptr<const CellGroup>> parts;
  // The metatable of a bundle's rows, or what makes the object of a composite.
  LuaRef maker;
  bool is_row = true;

  // How many cells.
  size_t width() const;
};
using CellGroupPtr = std::shared_ptr<const CellGroup>;

struct RowShape {
  std::vector<std::pair<size_t, CellGroupPtr>> groups;  // by their first cell, ascending

  // The group that begins at a cell, or null.
  const CellGroup* at(size_t cell) const;
};
using RowShapePtr = std::shared_ptr<const RowShape>;  // null: each cell is an item

// The names of a row's items.
std::vector<std::string> item_names(const query::RowStream& rows, const RowShape* shape);
// Pushes the item of the current row that begins at a cell, and returns how many cells it takes.
// NULL as nil, or as moonbase.null. Throws what the maker of a composite raises.
size_t push_item(lua_State* L, const query::RowStream& rows, size_t cell, const RowShape* shape,
                 bool null_as_sentinel);
// Pushes the items of the first `cells` cells as a row; `metatable` is the index of what
// push_row_metatable pushed for item_names.
void push_shaped_row(lua_State* L, const query::RowStream& rows, size_t cells, int metatable,
                     const RowShape* shape);

}  // namespace moonbase::bindings
