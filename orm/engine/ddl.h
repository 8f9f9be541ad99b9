// Creating and dropping tables in a live database: the plan of compile::create_all or drop_all,
// run. A run in a transaction of its own happens whole or not at all where the database can roll
// DDL back (SQLite, PostgreSQL). Used by the thread that uses the connection. Errors carry the
// statement, and the table as context.
#pragma once

#include <vector>

#include "orm/engine/connection.h"
#include "orm/schema/table.h"

namespace moonbase::engine {

struct TableRun {
  const std::vector<schema::TablePtr>* only = nullptr;  // nullptr: all tables of the metadata
  bool check_first =
      true;  // pass over tables that are there already (create) or are not there (drop)
};

// Both return the number of tables created or dropped. With a connection they run in its
// transaction, which stays open; with an engine in one of their own. They throw what planning
// throws (a foreign key to nowhere) before anything is run.
int create_tables(Connection& connection, const schema::MetaData& metadata,
                  const TableRun& run = {});
int create_tables(Engine& engine, const schema::MetaData& metadata, const TableRun& run = {});
int drop_tables(Connection& connection, const schema::MetaData& metadata, const TableRun& run = {});
int drop_tables(Engine& engine, const schema::MetaData& metadata, const TableRun& run = {});

}  // namespace moonbase::engine
