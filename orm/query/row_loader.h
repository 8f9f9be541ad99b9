// Rows into instances: identity first, then fresh ones in one allocation each, text included. An
// object that is loaded already is not overwritten (unless asked), only what is missing in it is
// filled.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "orm/query/executor.h"
#include "orm/query/query_plan.h"

namespace moonbase::query {

// Turns the columns of one entity, from the cursor's current row, into its instance.
class EntityLoader {
 public:
  EntityLoader(Executor& executor, const mapper::Mapper& mapper, int first_column,
               bool populate_existing = false);
  // Null when the key columns are NULL (an outer join without a match).
  state::Instance* load(const engine::Cursor& cursor);
  // Fills an existing instance from the row: everything (refresh), or only what is not loaded.
  void fill(state::Instance& instance, const engine::Cursor& cursor, bool overwrite);

 private:
  state::Instance& make(const driver::DriverStatement& row);
  base::Value load_value(const driver::DriverStatement& row, size_t i) const;  // of column slot i

  Executor& executor_;
  const mapper::Mapper& mapper_;
  state::ClassIdentity& identity_;
  int first_column_;
  bool populate_existing_;
  std::vector<size_t> key_positions_;      // of the primary key, in column_slots
  std::vector<const types::Type*> types_;  // of the column slots
  std::vector<base::Value> scratch_;
};

// The rows of a running query, one by one. Cells are values, objects as kObject. Owns the cursor;
// must be gone before the connection is used for DDL. The cells' bytes are borrowed until the next
// row.
class RowStream {
 public:
  using NamedValues = std::vector<std::pair<std::string, base::Value>>;
  // Autoflushes, compiles through the engine's cache, sends the statement with the values of its
  // parameters.
  RowStream(Executor& executor, const Query& query, const NamedValues& parameters = {});
  // A statement that is no query of classes: plain values.
  RowStream(Executor& executor, engine::Cursor cursor);
  // A plan that is known already.
  RowStream(Executor& executor, QueryPlan plan, bool autoflush, bool populate_existing,
            const NamedValues& parameters = {});

  bool next();
  const std::vector<base::Value>& cells() const { return cells_; }
  const std::vector<std::string>& names() const { return plan_.names; }
  // Types of the cells (null for an object).
  const types::Type* type(size_t cell) const { return types_[cell]; }
  state::Instance* object(size_t cell) const {
    return cells_[cell].tag() == base::Tag::kObject
               ? static_cast<state::Instance*>(cells_[cell].as_pointer())
               : nullptr;
  }
  bool is_object(size_t cell) const { return plan_.entities[cell].mapper != nullptr; }
  engine::Cursor& cursor() { return cursor_; }
  // Whether an object can be in several rows: not where one table alone is selected from.
  bool may_repeat() const;
  void close() { cursor_.close(); }

 private:
  void start(Executor& executor, bool populate_existing);

  QueryPlan plan_;
  engine::Cursor cursor_;
  std::vector<EntityLoader> loaders_;  // one per entity of a class, in order
  std::vector<base::Value> cells_;
  std::vector<const types::Type*> types_;
};

// All objects of a query of one class; each once.
std::vector<state::Instance*> load_all(Executor& executor, const Query& query);

}  // namespace moonbase::query
