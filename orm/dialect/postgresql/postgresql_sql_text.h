// What the driver must know of a statement before the server has seen it. Pure functions; any
// thread.
#pragma once

#include <string_view>

namespace moonbase::dialect::postgresql {

struct SqlShape {
  int parameters = 0;     // the highest $n
  bool is_query = false;  // SELECT, VALUES, TABLE, or WITH that ends in one, and no write
  bool is_write = false;  // it may write or lock rows, or change the schema
};

// Strings, quoted names, comments and $tag$ quotes are passed over.
SqlShape read_shape(std::string_view sql);

}  // namespace moonbase::dialect::postgresql
