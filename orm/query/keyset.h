// Paging by the position of the last row seen instead of by a number of rows to skip: as fast on
// the last page as on the first. Pure: nothing here runs a statement.
//
// A keyset is the ordering of a query, made unique by the primary keys of what it selects. A
// position is the values of the keyset in one row, as the driver gives them. Comparisons with NULL
// are written out: NULL is the smallest value, or where the dialect has it so the largest, unless
// nulls_first() or nulls_last() says otherwise.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "orm/compile/traits.h"
#include "orm/query/query.h"

namespace moonbase::query {

struct KeysetColumn {
  expr::ElementPtr element;
  bool descending = false;
  bool nulls_first = true;
  bool explicit_nulls = false;  // nulls_first() or nulls_last() was written
  bool nullable = true;
};
using Keyset = std::vector<KeysetColumn>;
using Position = std::vector<base::Value>;

// Throws kInvalidRequestError for a query without order_by, with limit or offset, and for one whose
// rows have no position of their own (groups, a union, columns of no table).
Keyset keyset_of(const Query& query, bool nulls_are_largest = false);

// ORDER BY of the keyset, or of its reverse.
std::vector<expr::ElementPtr> keyset_order(const Keyset& keyset, bool backward = false);
// The rows after the position, or before it: conditions whose rows follow one another. There are
// two where the first column's NULLs and its values both come; each by itself can be answered from
// an index.
std::vector<expr::ElementPtr> keyset_conditions(const Keyset& keyset, const Position& position,
                                                bool backward);
// The query with the values of the keyset as further cells of its rows.
Query with_keyset_cells(Query query, const Keyset& keyset);

// A position as opaque text of URL-safe characters. It names the ordering it is of, so that a token
// of another query is refused, and works in another process.
std::string keyset_token(const Keyset& keyset, const Position& position,
                         const compile::DialectTraits& traits);
// Throws kArgumentError for a text that is no token of this keyset.
Position read_keyset_token(const Keyset& keyset, std::string_view token,
                           const compile::DialectTraits& traits);

}  // namespace moonbase::query
