// From what a database says to what a program declares: the definition of a table that, created
// anew, reflects to the same. `define` is a pure function; the others are used by the thread of
// their MetaData.
#pragma once

#include <string>
#include <vector>

#include "orm/inspect/inspector.h"
#include "orm/schema/table.h"

namespace moonbase::inspect {

// Names are final. What belongs to columns that `included` (empty: all) leaves out, or that
// `excluded` has, is left out with them. Throws kArgumentError for such a name that is no column.
schema::TableDef define(const schema::ReflectedTable& table,
                        const std::vector<std::string>& included = {},
                        const std::vector<std::string>& excluded = {});

struct TableRequest {
  std::string name;
  std::string schema = {};
  std::string bind_key = {};  // noted in the tables
  bool resolve_fks = true;    // the tables that its foreign keys refer to come along, and so on
};

// Adds the table to the metadata; returns the one there is when it has such a table.
schema::TablePtr reflect_table(Inspector& inspector, schema::MetaData& metadata,
                               const TableRequest& request);

// Adds the tables that the foreign keys of a table refer to. A key to a table that is not in the
// database is left to whoever uses it.
void reflect_referred(Inspector& inspector, schema::MetaData& metadata, const schema::Table& table);

}  // namespace moonbase::inspect
