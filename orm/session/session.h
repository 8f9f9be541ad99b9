// A session: the objects a program is working with, and the transaction they are in. It begins at
// first use, writes pending changes in dependency order (flush), and keeps objects and rows in
// agreement over commit, rollback and savepoints. Instances belong to the heap; the session knows
// those it loaded or was given. One thread.
//
// Every function throws kPendingRollbackError after a failed flush until rollback().
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "orm/base/log.h"
#include "orm/query/executor.h"
#include "orm/query/row_loader.h"
#include "orm/session/flush_plan.h"

namespace moonbase::session {

class Persistence;

struct SessionOptions {
  bool autoflush = true;
  bool expire_on_commit = true;
};

// Which engine serves a table; null asks for the default one. Throws kUnboundExecutionError when
// there is none.
using EngineFor = std::function<engine::EnginePtr(const schema::Table*)>;

// One line of plan(): what a flush would do.
struct PlannedStep {
  std::string action;  // "INSERT", "UPDATE", "DELETE", "LINK", "UNLINK", "NOTE"
  std::string table;
  const state::Instance* instance = nullptr;
  // Column name and what it gets: a value, "‹default›", "‹key of <User (pending)>›", "‹made by the
  // database›".
  std::vector<std::pair<std::string, std::string>> values;
  std::string text;  // the whole step as one line
};

class Session : public state::InstanceHost, public query::Executor, public state::RootSource {
 public:
  Session(state::InstanceHeap& heap, mapper::Registry& registry, EngineFor engine_for,
          SessionOptions options = {});
  ~Session() override;
  Session(const Session&) = delete;

  mapper::Registry& registry() { return registry_; }
  const SessionOptions& options() const { return options_; }
  void set_warning_sink(base::LogSink* sink) { warnings_ = sink; }

  // ---- objects ----
  // Under the session's care, with everything the save-update cascade reaches. Throws
  // kInvalidRequestError for an object of another session or one that was deleted here.
  void add(state::Instance& instance);
  // Marks for deletion at the next flush, with everything the delete cascade reaches (which may
  // load). Throws kInvalidRequestError for an object that has no row.
  void remove(state::Instance& instance);
  void expunge(state::Instance& instance);
  void expunge_all();
  // Forgets loaded values: the next access reads them again. Changes are dropped. Empty names:
  // everything.
  void expire(state::Instance& instance, const std::vector<std::string>& names = {});
  void expire_all();
  // Reads them now. Throws kInvalidRequestError when the row is gone.
  void refresh(state::Instance& instance, const std::vector<std::string>& names = {});
  // The instance of the row, from the identity map or by one SELECT; null when there is no such
  // row. `key` in the order of the primary key; values are cast to the columns' types.
  state::Instance* get(const mapper::Mapper& mapper, std::vector<base::Value> key,
                       bool populate_existing = false);
  // Only the identity map is asked.
  state::Instance* find_loaded(const mapper::Mapper& mapper, std::span<const base::Value> key);
  state::Instance* find_loaded(const mapper::Mapper& mapper, int64_t key) {
    return identity_.of(mapper).find(key);
  }
  // The handle of a loaded instance that needs no reading (InstanceHeap::handle); 0 when `get` must
  // look closer.
  uint32_t find_handle(const mapper::Mapper& mapper, int64_t key) {
    return failed_ ? 0 : identity_.of(mapper).find_handle(key, epoch);
  }
  // The session's own copy of the object's row, with the object's values and, along the merge
  // cascade, its relations'.
  state::Instance& merge(state::Instance& instance, bool load = true);
  bool contains(const state::Instance& instance) const;
  // Exactly: is there a net change that a flush would write?
  bool is_modified(const state::Instance& instance) const;

  std::vector<state::Instance*> pending() const;  // session.new, in the order of add
  std::vector<state::Instance*> dirty() const;
  std::vector<state::Instance*> deleted() const;
  std::vector<state::Instance*> all() const;  // everything in the session

  // ---- writing ----
  void flush();
  // What flush would do, in order, and nothing else: no SQL, no default, no load.
  std::vector<PlannedStep> plan();
  bool is_flushing() const { return flushing_; }

  // ---- transactions ----
  void begin();     // explicit; throws kInvalidRequestError when one is there already
  void commit();    // flushes, commits everything, expires
  void rollback();  // the innermost: a savepoint, else the transaction
  void rollback_all();
  void begin_nested();   // flushes, then SAVEPOINT
  void commit_nested();  // flushes, then releases it
  int nested_depth() const { return static_cast<int>(frames_.size()) - (frames_.empty() ? 0 : 1); }
  bool in_transaction() const { return !frames_.empty(); }
  // Names the innermost savepoint or transaction for good; 0 when there is none.
  uint64_t transaction_id() const { return frames_.empty() ? 0 : frames_.back().id; }
  // How many savepoints it is inside of; -1 when it has ended.
  int depth_of(uint64_t transaction_id) const;
  bool is_active() const { return !failed_; }
  // Gives connections back, detaches everything; usable again.
  void close();
  // The program waits for a person: a transaction that only read is ended at the database. Objects
  // stay as they are.
  void idle();
  // Whether uncommitted rows were written or changes wait.
  bool has_pending_work() const;

  // Switches autoflush off while it lives.
  class NoAutoflush {
   public:
    explicit NoAutoflush(Session& session) : session_(session) { ++session_.no_autoflush_; }
    ~NoAutoflush() { --session_.no_autoflush_; }
    NoAutoflush(const NoAutoflush&) = delete;

   private:
    Session& session_;
  };
  void push_no_autoflush() { ++no_autoflush_; }
  void pop_no_autoflush() { --no_autoflush_; }

  // ---- set-based writes through a query ----
  enum class Synchronize : uint8_t { kAuto, kFetch, kNone };
  int64_t update_rows(const query::Query& query,
                      const std::vector<std::pair<int, expr::ElementPtr>>& values, Synchronize how);
  int64_t delete_rows(const query::Query& query, Synchronize how);
  // Many rows without objects: one prepared INSERT. `next` fills the values of `slots` and returns
  // false at the end. A marker (kNeverSet) asks for the column's default. Defaults of columns not
  // named are applied. Returns the number of rows.
  int64_t bulk_insert(const mapper::Mapper& mapper, const std::vector<int>& slots,
                      const std::function<bool(std::vector<base::Value>&)>& next);

  // ---- query::Executor ----
  void before_execute(bool autoflush) override;
  engine::Connection& connection(const schema::Table* table) override;
  state::IdentityMap& identity() override { return identity_; }
  state::InstanceHeap& heap() override { return heap_; }
  state::InstanceHost& host() override { return *this; }
  void on_loaded(state::Instance& instance) override;

  // ---- state::InstanceHost ----
  void load_slot(state::Instance& instance, int slot) override;
  void on_modified(state::Instance& instance) override;
  void on_linked(state::Instance& owner, const mapper::Relationship& r,
                 state::Instance& member) override;
  state::Instance* find_referred(const mapper::Relationship& r,
                                 const state::Instance& owner) override;

  // ---- state::RootSource ----
  void each_root(const std::function<void(state::Instance&)>& visit) override;
  void forget(state::Instance& instance) override;

  // The query behind a to-many relationship of an object (a dynamic collection).
  query::Query relationship_query(const state::Instance& owner, const mapper::Relationship& r);
  // Loads a relationship slot now.
  void load_relationship(state::Instance& instance, const mapper::Relationship& r);

 private:
  friend class Persistence;

  // What must be undone if this transaction or savepoint is rolled back.
  struct Frame {
    std::vector<std::pair<engine::Connection*, std::string>> savepoints;
    std::vector<state::Instance*> added;    // became persistent
    std::vector<state::Instance*> deleted;  // rows are gone
    std::vector<state::Instance*> changed;  // flushed updates
    std::vector<std::pair<state::Instance*, std::vector<base::Value>>> rekeyed;  // former keys
    bool explicit_begin = false;
    uint64_t id = 0;
  };

  void require_active() const;
  // A default or another hook of a running flush must not end what the flush is part of.
  void require_not_flushing(const char* method) const;
  void ensure_transaction();
  // What is left of a frame whose objects were put back: the savepoints, to be ended by the user.
  static Frame emptied(Frame& frame);
  void attach_pending(state::Instance& instance);
  void cascade_save(state::Instance& instance);
  void detach(state::Instance& instance);
  std::vector<state::Instance*> delete_cascade(state::Instance& root);
  void load_columns(state::Instance& instance, int slot);
  void flush_now();
  void finish_flush(const FlushPlan& plan);
  void fail_flush();
  void restore(Frame& frame, bool nested);
  void expire_stale_links(const Frame& frame);
  void end_connections(bool commit);
  void expire_one(state::Instance& instance);
  void warn(const std::string& message);
  std::vector<std::vector<base::Value>> matching_keys(const query::Query& query);
  int64_t run_on_rows(const query::Query& query, const expr::Statement& statement, Synchronize how,
                      std::vector<std::vector<base::Value>>& keys);
  state::Instance& merge_into(state::Instance& given, bool load,
                              std::unordered_map<state::Instance*, state::Instance*>& done);
  FlushPlan make_plan(bool may_load);
  PlannedStep describe_step(const FlushPlan& plan, const Node& node);

  state::InstanceHeap& heap_;
  mapper::Registry& registry_;
  EngineFor engine_for_;
  SessionOptions options_;
  state::IdentityMap identity_;
  std::vector<state::Instance*> new_, modified_, deleted_;
  std::vector<Frame> frames_;
  std::map<engine::Engine*, std::unique_ptr<engine::Connection>> connections_;
  std::unique_ptr<Persistence> persistence_;
  base::LogSink* warnings_ = nullptr;
  uint64_t order_ = 0;
  uint64_t frame_count_ = 0;
  int no_autoflush_ = 0;
  bool flushing_ = false;
  bool failed_ = false;
  std::string failure_;  // what made it fail, for the message
};

}  // namespace moonbase::session
