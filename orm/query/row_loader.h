// Rows into instances: identity first, then fresh ones in one allocation each, text included. An
// object that is loaded already is not overwritten (unless asked), only what is missing in it is
// filled.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "orm/query/executor.h"
#include "orm/query/plan_cache.h"
#include "orm/query/query_plan.h"

namespace moonbase::query {

class PostLoads;

// Turns the columns of one entity, from the cursor's current row, into its instance.
class EntityLoader {
 public:
  // `list` says what the columns from `first_column` on are, or those of `columns`. New objects
  // remember `options`.
  EntityLoader(Executor& executor, const mapper::Mapper& mapper, mapper::LoadListPtr list,
               int first_column, bool populate_existing = false, OptionListPtr options = nullptr,
               std::vector<int> columns = {});
  // Null when the key columns are NULL (an outer join without a match).
  state::Instance* load(const engine::Cursor& cursor);
  // Fills an existing instance from the row: everything (refresh), or only what is not loaded.
  void fill(state::Instance& instance, const engine::Cursor& cursor, bool overwrite);

 private:
  state::Instance& make(const driver::DriverStatement& row);
  const mapper::Mapper& class_of(const driver::DriverStatement& row);
  base::Value load_value(const driver::DriverStatement& row, size_t i) const;  // of list slot i

  Executor& executor_;
  const mapper::Mapper& mapper_;
  state::ClassIdentity& identity_;
  const mapper::Mapper* row_class_ = nullptr;  // that the last discriminator said
  base::Value row_identity_;
  mapper::LoadListPtr list_;
  int first_column_;
  bool populate_existing_;
  OptionListPtr options_;
  std::vector<int> columns_;
  std::vector<const types::Type*> types_;  // of the list's slots
  std::vector<base::Value> scratch_;
};

// The rows of a running query, one by one. Cells are values, objects as kObject. Owns the cursor;
// must be gone before the connection is used for DDL. The cells' bytes are borrowed until the next
// row. Where relationships are loaded along, the rows are read ahead: all of them, or the batch
// that shall be in memory.
class RowStream {
 public:
  using NamedValues = std::vector<std::pair<std::string, base::Value>>;
  // Autoflushes, compiles through the engine's cache, sends the statement with the values of its
  // parameters.
  // `stream_rows`: see QueryPlan.
  RowStream(Executor& executor, const Query& query, const NamedValues& parameters = {},
            int stream_rows = 0);
  // A statement that is no query of classes: plain values.
  RowStream(Executor& executor, engine::Cursor cursor);
  // The rows of a RETURNING: `plan` says what they hold.
  RowStream(Executor& executor, engine::Cursor cursor, QueryPlan plan, bool populate_existing);
  // A plan that is known already.
  RowStream(Executor& executor, QueryPlan plan, bool autoflush, bool populate_existing,
            const NamedValues& parameters = {});
  // One that loads a relationship of what another query loaded: what is to be loaded along goes to
  // `post`. Does not autoflush.
  RowStream(Executor& executor, QueryPlan plan, bool populate_existing,
            const NamedValues& parameters, PostLoads& post);
  ~RowStream();

  bool next();
  const std::vector<base::Value>& cells() const { return cells_; }
  const std::vector<std::string>& names() const { return plan().names; }
  // Types of the cells (null for an object).
  const types::Type* type(size_t cell) const { return types_[cell]; }
  state::Instance* object(size_t cell) const {
    return cells_[cell].tag() == base::Tag::kObject
               ? static_cast<state::Instance*>(cells_[cell].as_pointer())
               : nullptr;
  }
  bool is_object(size_t cell) const { return plan().entities[cell].mapper != nullptr; }
  engine::Cursor& cursor() { return cursor_; }
  // Whether an object can be in several rows: not where one table alone is selected from.
  bool may_repeat() const;
  // An object is in several rows because a collection of it was joined to them.
  bool joins_collection() const { return plan().joins_collection; }
  void close() { cursor_.close(); }

 private:
  struct ReadAhead;  // of a plan with loads

  const QueryPlan& plan() const { return kept_ ? *kept_ : own_; }
  // `binds`: in place of those of the plan's SELECT; null: its own.
  void run(Executor& executor, bool populate_existing, const NamedValues& parameters,
           PostLoads* post, const BindList* binds);
  void start(Executor& executor, bool populate_existing);
  void read_row(std::vector<base::Value>& cells);
  void read_ahead();

  QueryPlanPtr kept_;  // shared with the executor's PlanCache; null: the plan is own_
  QueryPlan own_;
  engine::Cursor cursor_;
  std::vector<EntityLoader> loaders_;  // one per entity of a class, in order
  std::vector<base::Value> cells_;
  std::vector<const types::Type*> types_;
  std::unique_ptr<ReadAhead> ahead_;
};

// All objects of a query of one class; each once. `trail` as for plan().
std::vector<state::Instance*> load_all(Executor& executor, const Query& query,
                                       const Trail& trail = {});

}  // namespace moonbase::query
