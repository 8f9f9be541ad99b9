// A session: the objects a program is working with, and the transaction they are in. It begins at
// first use, writes pending changes in dependency order (flush), and keeps objects and rows in
// agreement over commit, rollback and savepoints. Instances belong to the heap; the session knows
// those it loaded or was given. One thread.
//
// Every function throws kPendingRollbackError after a failed flush until rollback().
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "orm/base/log.h"
#include "orm/query/executor.h"
#include "orm/query/plan_cache.h"
#include "orm/query/row_loader.h"
#include "orm/session/binds.h"
#include "orm/session/events.h"
#include "orm/session/flush_plan.h"
#include "orm/session/load_observer.h"
#include "orm/session/synchronize.h"

namespace moonbase::session {

class Persistence;

struct SessionOptions {
  bool autoflush = true;
  bool expire_on_commit = true;
};

// Which engine serves a table; null asks for the default one. Throws kUnboundExecutionError when
// there is none.
using EngineFor = std::function<engine::EnginePtr(const schema::Table*)>;

using query::Access;
// Asked before EngineFor where there is one, at every statement; null leaves the choice to that.
// kWrite: the statement may write, or reads in a transaction that has written or was begun by hand.
using Router = std::function<engine::EnginePtr(const schema::Table*, Access)>;

// One line of plan(): what a flush would do.
struct PlannedStep {
  std::string action;  // "INSERT", "UPDATE", "DELETE", "LINK", "UNLINK", "NOTE"
  std::string table;
  const state::Instance* instance = nullptr;
  // Column name and what it gets: a value, "‹default›", "‹key of <User (pending)>›", "‹made by the
  // database›".
  std::vector<std::pair<std::string, std::string>> values;
  std::string text;  // the whole step as one line
  // Why it is there, and there in the order: "new; after <User (pending)>, whose key it takes".
  std::string why = {};
};

class Session : public state::InstanceHost, public query::Executor, public state::RootSource {
 public:
  Session(state::InstanceHeap& heap, mapper::Registry& registry, EngineFor engine_for,
          SessionOptions options = {});
  ~Session() override;
  Session(const Session&) = delete;

  mapper::Registry& registry() { return registry_; }
  const SessionOptions& options() const { return options_; }
  void set_autoflush(bool on) { options_.autoflush = on; }
  void set_router(Router router) { router_ = std::move(router); }
  // The engines of particular classes and tables: asked after the router, before EngineFor.
  Binds& binds() { return binds_; }
  void set_warning_sink(base::LogSink* sink) { warnings_ = sink; }
  // Who is told what happens here (events.h); null: nobody. Not owned.
  void set_listener(Listener* listener) { listener_ = listener; }
  // Says of an object where the program made it and set its attributes, " (made at app.lua:3)", for
  // errors; an empty text where that is not known.
  using Origin = std::function<std::string(const state::Instance&)>;
  void set_origin(Origin origin) { origin_ = std::move(origin); }
  std::string origin_of(const state::Instance& i) const { return origin_ ? origin_(i) : ""; }
  // Who is told of attributes that are loaded one by one (load_observer.h); null: nobody. Not
  // owned.
  void set_load_observer(LoadObserver* observer) { load_observer_ = observer; }

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
  // One that must be read is loaded as `options` say.
  state::Instance* get(const mapper::Mapper& mapper, std::vector<base::Value> key,
                       bool populate_existing = false,
                       const query::OptionListPtr& options = nullptr);
  // Only the identity map is asked.
  state::Instance* find_loaded(const mapper::Mapper& mapper, std::span<const base::Value> key);
  state::Instance* find_loaded(const mapper::Mapper& mapper, int64_t key) {
    return of_class(identity_.of(mapper).find(key), mapper);
  }
  // Null for an object of another class of its tree.
  static state::Instance* of_class(state::Instance* found, const mapper::Mapper& mapper) {
    return found == nullptr || found->mapper->is_a(mapper) ? found : nullptr;
  }
  // The handle of a loaded instance that needs no reading (InstanceHeap::handle); 0 when `get` must
  // look closer.
  uint32_t find_handle(const mapper::Mapper& mapper, int64_t key) {
    // Of a class below another one the object must be looked at: it may be of yet another.
    if (failed_ || mapper.base() != nullptr) return 0;
    return identity_.of(mapper).find_handle(key, epoch);
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
  // The outermost: the transaction itself; 0 when there is none.
  uint64_t root_transaction_id() const { return frames_.empty() ? 0 : frames_.front().id; }
  // Turns an object that stands for a row into a new one with the same values, out of any session;
  // what was not loaded has no value then.
  static void make_transient(state::Instance& instance);
  // The other way: an object with a key that was never written stands for the row of that key, and
  // everything else is read when it is needed. Throws kInvalidRequestError for an object that is
  // not transient or has no key.
  static void make_transient_to_detached(state::Instance& instance);
  // How many savepoints it is inside of; -1 when it has ended.
  int depth_of(uint64_t transaction_id) const;
  bool is_active() const { return !failed_; }
  // Gives connections back, detaches everything; usable again.
  void close();
  // The same, but the connections are closed for good: what they were doing is not to be trusted.
  void invalidate();
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
  // While it lives, what is sent goes to this engine; but for what a flush writes.
  const engine::EnginePtr& bound_to() const { return bound_to_; }
  class BoundTo {
   public:
    BoundTo(Session& session, engine::EnginePtr engine)
        : session_(session), former_(std::exchange(session.bound_to_, std::move(engine))) {}
    ~BoundTo() { session_.bound_to_ = std::move(former_); }
    BoundTo(const BoundTo&) = delete;

   private:
    Session& session_;
    engine::EnginePtr former_;
  };
  void push_no_autoflush() { ++no_autoflush_; }
  void pop_no_autoflush() { --no_autoflush_; }

  // ---- set-based writes ----
  using Synchronize = session::Synchronize;
  // An UPDATE or DELETE of the rows of a class.
  struct Write {
    const mapper::Mapper* mapper = nullptr;
    expr::StatementPtr statement;
    Synchronize synchronize = Synchronize::kAuto;
    bool autoflush = true;
    bool populate_existing = true;  // objects take over what RETURNING says
    query::RowStream::NamedValues parameters = {};
    // What the rows of its RETURNING hold: no select, columns counted in the statement's list.
    query::QueryPlan returning = {};
  };
  using EachRow = std::function<void(const query::RowStream&)>;
  // Runs it and brings loaded objects in step: those that are in its rows are read from them, the
  // others follow as `synchronize` says. `each` is called for every row of its RETURNING. Returns
  // the number of rows changed. Throws kInvalidRequestError for kEvaluate where that cannot be
  // done.
  int64_t write_rows(const Write& write, const EachRow& each = nullptr);
  // The same through a query.
  int64_t update_rows(const query::Query& query,
                      const std::vector<std::pair<int, expr::ElementPtr>>& values, Synchronize how);
  int64_t delete_rows(const query::Query& query, Synchronize how);
  using NextRow = std::function<bool(std::vector<base::Value>&)>;
  // Many rows by their primary keys: one prepared UPDATE. `next` fills the values of `slots`, the
  // key's among them, and returns false at the end; loaded objects get them too if `synchronize`.
  // Returns the number of rows. Throws kStaleDataError for a row that is not there.
  int64_t bulk_update(const mapper::Mapper& mapper, const std::vector<int>& slots,
                      const NextRow& next, bool synchronize);
  // Many rows without objects: one prepared INSERT. `next` fills the values of `slots` and returns
  // false at the end. A marker (kNeverSet) asks for the column's default. Defaults of columns not
  // named are applied. Returns the number of rows.
  int64_t bulk_insert(const mapper::Mapper& mapper, const std::vector<int>& slots,
                      const NextRow& next);

  // The engine that serves a table (null: the default one); opens nothing. Who says it: BoundTo,
  // the router, the binds, EngineFor. Throws as EngineFor and the router do.
  engine::EnginePtr engine(const schema::Table* table, Access access = Access::kRead) const;
  // connection() for those who keep it: it is closed when the transaction ends.
  std::shared_ptr<engine::Connection> shared_connection(const schema::Table* table);
  // The same, of a connection that is opened with these options for the transaction. Throws
  // kInvalidRequestError when the transaction has one of that database already.
  std::shared_ptr<engine::Connection> shared_connection(const schema::Table* table,
                                                        const engine::ExecutionOptions& options);
  engine::Connection& connection(const schema::Table* table) {
    return connection(table, Access::kWrite);
  }

  // The one that rows of a relationship's secondary table go to: where nothing is said of that
  // table, and something of the target's, with the target.
  engine::Connection& link_connection(const mapper::Relationship& relationship);

  // ---- query::Executor ----
  void before_execute(bool autoflush) override;
  engine::Connection& connection(const schema::Table* table, Access access) override;
  query::PlanCache* plans() override { return &plans_; }
  state::IdentityMap& identity() override { return identity_; }
  state::InstanceHeap& heap() override { return heap_; }
  state::InstanceHost& host() override { return *this; }
  void on_loaded(state::Instance& instance) override;
  void on_refreshed(state::Instance& instance) override;
  void remember_options(state::Instance& instance, const query::OptionListPtr& options) override;
  void load_now(state::Instance& owner, const mapper::Relationship& r,
                const query::OptionListPtr& options, const expr::ElementPtr& condition,
                const query::Trail& trail) override;
  void warn(const std::string& message) override;

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
  query::Query relationship_query(state::Instance& owner, const mapper::Relationship& r);
  // Loads a relationship slot now, whatever reading it as an attribute would say.
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

  // Before a question for changes. What cannot be written is the flush's to say.
  void look_for_edits() const;
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
  // `root` and what a cascade reaches from it over what is loaded.
  static std::vector<state::Instance*> loaded_cascade(state::Instance& root, mapper::Cascade word);
  void load_columns(state::Instance& instance, int slot);
  void load_attribute(state::Instance& instance, int slot);
  void load_observed(state::Instance& instance, int slot);
  // What the query that loaded it said of its relationships; null mostly.
  query::OptionListPtr remembered_options(const state::Instance& instance) const;
  query::OptionListPtr own_options(const state::Instance& instance) const;
  bool read_without_load(state::Instance& instance, const mapper::Relationship& r,
                         mapper::Lazy lazy);
  bool answers_without_sql(state::Instance& instance, const mapper::Relationship& r);
  // Writes what is pending before a query, unless that is off or held back.
  void autoflush();
  void flush_now();
  void expect_inserts(const FlushPlan& plan);
  void finish_flush(const FlushPlan& plan);
  void finish_delete(state::Instance& instance);
  // ---- events (events.cc) ----
  bool hears(Event event) const { return listener_ != nullptr && listener_->wants(event); }
  bool hears_rows() const;
  void tell(Event event, state::Instance* instance = nullptr);
  void tell_transaction(Event event, uint64_t transaction,
                        engine::Connection* connection = nullptr);
  void tell_row(Event event, state::Instance& instance, engine::Connection& connection);
  // One that the transaction has not got yet.
  engine::Connection& open_connection(const engine::EnginePtr& engine,
                                      const engine::ExecutionOptions& options);
  void tell_write(const mapper::Mapper& mapper, bool is_delete, int64_t rowcount);
  void tell_loaded(Event event, state::Instance& instance);
  void tell_expired(state::Instance& instance, const std::vector<std::string>* names);
  void tell_before_flush();
  void tell_after_flush(const FlushPlan& plan);
  void tell_flushed();
  void tell_committed();
  void tell_rolled_back(uint64_t transaction, bool had_failed);
  // A flush did, and took these savepoints along; what hooks throw now is a warning.
  void tell_failed(const std::vector<uint64_t>& ended);
  // An object changed its state: told by tell_noted, once all objects stand as they should.
  void note(Event event, state::Instance& instance);
  void note_detached(state::Instance& instance);  // before its state changes
  void tell_noted();
  // An object was changed by a hook of a row that is being written.
  void warn_of_change(const state::Instance& instance);
  void fail_flush();
  // A connection of the transaction keeps what is written as it is written.
  bool is_autocommit() const;
  void restore(Frame& frame, bool nested);
  void expire_stale_links(const Frame& frame);
  void flush_until_clean();
  void end_commit();
  bool reads_own_writes() const;
  void commit_connections();
  void set_gone(state::Instance& instance);
  void keep_committed(const std::vector<engine::Engine*>& committed);
  void end_connections(bool commit);
  void release_connections();
  void expire_one(state::Instance& instance);
  void expire_loaded();
  class RowWriter;  // session_write.cc
  // The object's row has these values now.
  void set_written(state::Instance& instance,
                   std::vector<std::pair<int, std::optional<base::Value>>> values);
  void note_expired(const mapper::Mapper& mapper);
  void set_deleted(state::Instance& instance);
  [[noreturn]] void fail_bulk(base::Error& error, int64_t done);
  state::Instance& merge_into(state::Instance& given, bool load,
                              std::unordered_map<state::Instance*, state::Instance*>& done);
  FlushPlan make_plan(bool may_load);
  PlannedStep describe_step(const FlushPlan& plan, const Node& node);
  static std::string explain_step(const FlushPlan& plan, const Node& node);

  state::InstanceHeap& heap_;
  mapper::Registry& registry_;
  EngineFor engine_for_;
  Router router_;
  Binds binds_;
  engine::EnginePtr bound_to_;
  Origin origin_;
  SessionOptions options_;
  state::IdentityMap identity_;
  query::PlanCache plans_;
  std::vector<state::Instance*> new_, modified_, deleted_;
  std::unordered_map<const state::Instance*, query::OptionListPtr> load_options_;
  std::vector<Frame> frames_;
  // In the order in which the databases joined.
  std::list<std::pair<engine::Engine*, std::shared_ptr<engine::Connection>>> connections_;
  std::unique_ptr<Persistence> persistence_;
  base::LogSink* warnings_ = nullptr;
  Listener* listener_ = nullptr;
  LoadObserver* load_observer_ = nullptr;
  bool is_observing_ = false;  // a load that reports: what it loads for itself does not
  uint64_t questions_ = 0;     // queries sent
  std::deque<std::pair<Event, state::Instance*>> noted_;
  const state::Instance* in_row_hook_ = nullptr;  // whose row hook runs
  int in_load_hook_ = 0;
  bool in_before_flush_ = false;
  bool has_hook_changes_ = false;  // made while a flush was writing: for the next one
  bool is_committed_ = false;      // after_commit runs: no statement may be sent
  uint64_t order_ = 0;
  uint64_t frame_count_ = 0;
  int no_autoflush_ = 0;
  bool flushing_ = false;
  bool failed_ = false;
  std::string failure_;  // what made it fail, for the message
};

}  // namespace moonbase::session
