// Carries a flush plan out: keys are copied, defaults made, rows written with one prepared
// statement per shape, values the database made are read back or marked to be read. Owned by the
// session; keeps the compiled statements of shapes it has written.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "orm/engine/connection.h"
#include "orm/session/flush_plan.h"

namespace moonbase::session {

class Session;

class Persistence {
 public:
  explicit Persistence(Session& session);
  ~Persistence();

  // Throws what the database threw, with the row named; the caller rolls back.
  void run(FlushPlan& plan);
  // What a column's default or onupdate gives the row: a value for `out`, or SQL as an expression.
  // `what` is "default" or "onupdate", for messages. Throws what a function throws.
  static expr::ElementPtr make_default(const schema::Column& column, const schema::Default& given,
                                       const types::Type& type, const schema::RowValues& row,
                                       const char* what, base::Value& out);
  // While a program gives the rows of a bulk statement, the transaction that runs it must not end.
  class RowsGiven {
   public:
    explicit RowsGiven(Persistence& persistence) : persistence_(persistence) {
      ++persistence_.rows_given_;
    }
    ~RowsGiven() { --persistence_.rows_given_; }
    RowsGiven(const RowsGiven&) = delete;
    RowsGiven& operator=(const RowsGiven&) = delete;

   private:
    Persistence& persistence_;
  };
  bool is_given_rows() const { return rows_given_ > 0; }
  // An object was read while this runs: it may have to follow a key that changes yet.
  void note_loaded(state::Instance& i) { touched_.push_back({&i, false}); }
  // The INSERT of exactly these columns, compiled once.
  compile::CompiledPtr insert_statement(engine::Engine& engine, const mapper::Mapper& mapper,
                                        const std::vector<int>& slots);

  // Writes the rows that wait: before somebody reads what they have in the database.
  void settle();

 private:
  class Writer;
  void end_writer();

  // ---- rows that wait to be written together; in persistence_queue.cc ----
  struct Queued {
    state::Instance* instance;
    int node;
  };
  // The row joins those that wait to be inserted; false when it has to be written by itself.
  bool queue_insert(state::Instance& i, const mapper::TablePart& part,
                    const std::vector<int>& returned);
  // The same for a row that is a statement of its own, because of a type that has no array.
  bool queue_insert_alone(state::Instance& i, const mapper::TablePart& part,
                          const std::vector<int>& returned);
  // The values bound to the batch are a run that waits; false when it has to be run.
  bool queue_run(engine::Connection::Batch& batch, state::Instance& i);
  void bind_new_values(engine::Connection::Batch& batch, const state::Instance& i,
                       const std::vector<int>& slots);
  compile::CompiledPtr rows_statement(engine::Engine& engine, const mapper::Mapper& m,
                                      const mapper::TablePart& part,
                                      const std::vector<int>& returned);
  // What the database has made of a row that waited, and whether it was there.
  void take_inserted(engine::Connection::Batch& batch, state::Instance& i);
  void check_matched(const Queued& row, Action action, int64_t matched);
  void settle_insert(const std::vector<Queued>& rows);
  void settle_runs(const std::vector<Queued>& rows);
  // Says of an error which row it is about; once, though it passes several that could be.
  void explain(int node, Action action, base::Error& e);
  void explain_refused(const std::vector<Queued>& rows, base::Error& e);
  // The statement that writes slots_ of a row, ready for its values.
  engine::Connection::Batch& batch_for(const mapper::Mapper& mapper, const mapper::TablePart& part,
                                       Action action);
  compile::CompiledPtr statement(engine::Engine& engine, const mapper::Mapper& mapper,
                                 const mapper::TablePart& part, Action action,
                                 const std::vector<int>& slots);
  void apply_syncs(FlushPlan& plan, const Node& node, bool closing);
  static void apply_sync(const Sync& sync, state::Instance& child, bool closing);
  void save(FlushPlan& plan, int node);
  // New rows of one class that are in several tables: each table's rows together.
  void save_in_parts(FlushPlan& plan, const std::vector<int>& nodes);
  static bool waits_for_key(const FlushPlan& plan, const Node& node);
  void save_all(FlushPlan& plan, const std::vector<int>& nodes);
  void remove_rows(FlushPlan& plan, const std::vector<int>& nodes);
  // The same for those who listen, batch by batch: the hooks before, the rows, the hooks after; in
  // persistence_events.cc.
  void save_telling(FlushPlan& plan);
  void remove_telling(FlushPlan& plan, const std::vector<int>& nodes);
  void tell_rows(const FlushPlan& plan, const std::vector<int>& batch, bool is_after);
  void open(const FlushPlan& plan, const Opening& opening);
  void link(const LinkRow& row, bool unlink);
  void tell_row(const state::Instance& i, Action action, base::Error& e);
  void explain_takeover(const FlushPlan& plan, int node, base::Error& e);
  std::string name_referrer(const state::Instance& holder);

  // One row; in persistence_rows.cc.
  void check_class(state::Instance& i);
  bool collect_new_values(state::Instance& i, const mapper::TablePart& part);
  void note_database_values(state::Instance& i, const mapper::TablePart& part,
                            const std::vector<int>& returned);
  void insert(state::Instance& i, const mapper::TablePart& part);
  void insert_now(state::Instance& i, const mapper::TablePart& part);
  void replace(FlushPlan& plan, Node& node);
  int64_t replace_part(state::Instance& i, const mapper::TablePart& part,
                       const base::Value& former_version);
  void make_onupdate_values(state::Instance& i, const mapper::TablePart& part);
  bool collect_changes(state::Instance& i);
  void update(state::Instance& i);
  void update_part(state::Instance& i, const mapper::TablePart& part, bool may_wait);
  static void check_updated(const state::Instance& i, int64_t matched);
  void check_deleted(state::Instance& i, const mapper::TablePart& part, int64_t matched);
  void close(const FlushPlan& plan, const Node& node);
  void close_part(state::Instance& i, const mapper::TablePart& part);
  void remove(state::Instance& i, const mapper::TablePart& part);
  const base::Value& read_version(state::Instance& i);
  static base::Value next_version(const mapper::Mapper& mapper, const base::Value& version);
  void read_server_version(state::Instance& i, const mapper::TablePart& part);
  void count_version(state::Instance& i);
  std::vector<int> slots_to_return(const state::Instance& i, const mapper::TablePart& part,
                                   bool is_insert);
  int64_t write_alone(state::Instance& i, const mapper::TablePart& part, bool is_insert,
                      const std::vector<int>& returned, const base::Value* version = nullptr);
  void read_returned(state::Instance& i, const engine::Cursor& cursor,
                     const std::vector<int>& returned);

  // Key changes that reach other rows; in key_changes.cc.
  using KeyText = std::vector<std::string>;
  using Referrers = std::map<KeyText, std::vector<state::Instance*>>;
  struct KeyChange {
    int slot;
    base::Value former, now;  // in the database
  };
  struct ReferrerIndex {
    Referrers by_key;
    size_t seen = 0;  // so many of touched_ are in it
  };
  struct Touched {
    state::Instance* instance;
    bool is_written;
  };
  void note_written(state::Instance& i) { touched_.push_back({&i, true}); }
  // Of the table's database, asked for once for a run of rows of one table.
  engine::Connection& connection(const mapper::TablePart& part);
  const compile::DialectTraits& traits(const mapper::TablePart& part) {
    return connection(part).engine().traits();
  }
  void hand_on_key(state::Instance& i, const std::vector<KeyChange>& changes);
  const base::Value& in_database(const state::Instance& i, int slot) const;
  std::optional<KeyText> reference_text(const state::Instance& i,
                                        const schema::ForeignKeyConstraint& key) const;
  Referrers& referrers(const mapper::Mapper& mapper, const schema::ForeignKeyConstraint& key);
  void follow_key(state::Instance& child, const schema::ForeignKeyConstraint& key,
                  const std::vector<base::Value>& values);

  Session& session_;
  std::unordered_map<std::string, compile::CompiledPtr> statements_;
  std::unique_ptr<Writer> writer_;
  std::vector<int> slots_;
  std::vector<Queued> queued_;
  const mapper::TablePart* queued_part_ = nullptr;  // of their table
  const mapper::TablePart* asked_ = nullptr;        // the table whose connection this is
  engine::Connection* connection_ = nullptr;
  FlushPlan* plan_ = nullptr;  // while it is run
  int node_ = -1;              // whose row is written
  bool is_explained_ = false;
  int rows_given_ = 0;
  bool is_heard_ = false;  // somebody listens to rows
  // Of one run: the rows written and read so far, and what is known of them once a key changes.
  std::vector<Touched> touched_;
  std::unordered_set<const state::Instance*> written_;
  size_t written_seen_ = 0;
  std::map<const schema::ForeignKeyConstraint*, ReferrerIndex> referrers_;
};

}  // namespace moonbase::session
