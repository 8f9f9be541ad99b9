// The transaction and savepoint stack: what is kept so that objects can be put back, and the state
// after a failed flush.
#include <algorithm>
#include <unordered_set>
#include <utility>

#include "orm/base/error.h"
#include "orm/base/text.h"
#include "orm/session/persistence.h"
#include "orm/session/refusal.h"
#include "orm/session/session.h"

namespace moonbase::session {

using base::Error;
using base::ErrorKind;
using base::Tag;
using base::Value;
using state::Instance;
using state::Lifecycle;

namespace {

// The connections of a transaction that has ended. Whoever kept one must not go on with it. They
// are out of the session before listeners hear of them, who may use it.
template <class Connections>
void let_go(Connections leaving, bool is_told) {
  for (const auto& [engine, connection] : leaving) {
    if (is_told) connection->announce_return();
    if (connection.use_count() > 1) connection->close(is_told);
  }
}

}  // namespace

void Session::ensure_transaction() {
  if (!frames_.empty()) return;
  frames_.emplace_back();
  frames_.back().id = ++frame_count_;
  tell_transaction(Event::kAfterTransactionCreate, frames_.back().id);
}

Session::Frame Session::emptied(Frame& frame) {
  Frame left;
  left.savepoints = std::move(frame.savepoints);
  left.explicit_begin = frame.explicit_begin;
  left.id = frame.id;
  return left;
}

int Session::depth_of(uint64_t transaction_id) const {
  for (size_t depth = 0; depth < frames_.size(); ++depth)
    if (frames_[depth].id == transaction_id) return static_cast<int>(depth);
  return -1;
}

void Session::require_not_flushing(const char* method) const {
  if (flushing_)
    throw Error(
        ErrorKind::kInvalidRequestError,
        std::string("the session is flushing: a default or another hook must not call ") + method);
  if (persistence_->is_given_rows())
    throw Error(ErrorKind::kInvalidRequestError,
                std::string("rows are on their way to the database: what gives them must not "
                            "call ") +
                    method);
  if (in_load_hook_ > 0)
    throw Error(
        ErrorKind::kInvalidRequestError,
        std::string("objects are being loaded: a load or refresh hook must not call ") + method);
  if (is_committed_)
    throw Error(
        ErrorKind::kInvalidRequestError,
        std::string("the session is committing: an after_commit hook must not call ") + method);
}

// Whether what is read now must come from where the transaction writes.
bool Session::reads_own_writes() const {
  if (flushing_ || nested_depth() > 0) return true;
  if (!frames_.empty() && frames_[0].explicit_begin) return true;
  return std::ranges::any_of(connections_,
                             [](const auto& each) { return each.second->has_written(); });
}

engine::EnginePtr Session::engine(const schema::Table* table, Access access) const {
  if (bound_to_ && !flushing_) return bound_to_;
  if (router_) {
    const bool writes = access == Access::kWrite || reads_own_writes();
    if (engine::EnginePtr chosen = router_(table, writes ? Access::kWrite : Access::kRead))
      return chosen;
  }
  if (table != nullptr && !binds_.is_empty())
    if (engine::EnginePtr bound = binds_.find(*table, registry_)) return bound;
  return engine_for_(table);
}

engine::Connection& Session::link_connection(const mapper::Relationship& r) {
  const schema::Table* table = r.secondary.get();
  if (!binds_.is_empty() && table->bind_key().empty() && !binds_.find(*table, registry_)) {
    const schema::Table* target = r.target->table().get();
    if (binds_.find(*target, registry_)) table = target;
  }
  return connection(table);
}

engine::Connection& Session::connection(const schema::Table* table, Access access) {
  if (is_committed_)
    throw Error(ErrorKind::kInvalidRequestError,
                "the transaction is committed: an after_commit hook can send no statement in it")
        .with_hint("use another session or connection for that, or do it in before_commit");
  const engine::EnginePtr engine = this->engine(table, access);
  auto it = std::ranges::find(connections_, engine.get(), [](const auto& c) { return c.first; });
  if (it != connections_.end()) {
    const bool is_new = frames_.empty();
    if (is_new) it->second->begin();
    ensure_transaction();
    if (is_new) tell_transaction(Event::kAfterBegin, transaction_id(), it->second.get());
    return *it->second;
  }
  return open_connection(engine, {});
}

engine::Connection& Session::open_connection(const engine::EnginePtr& engine,
                                             const engine::ExecutionOptions& options) {
  ensure_transaction();
  std::shared_ptr<engine::Connection> opened = engine->connect();
  if (!options.isolation_level.empty()) opened->set_isolation_level(options.isolation_level);
  if (options.stream_rows > 0) opened->set_stream_rows(options.stream_rows);
  opened->begin();
  engine::Connection& result = *opened;
  connections_.emplace_back(engine.get(), std::move(opened));
  // A database that joins late takes part in the savepoints there are.
  for (size_t f = 1; f < frames_.size(); ++f)
    frames_[f].savepoints.emplace_back(&result, result.savepoint());
  tell_transaction(Event::kAfterBegin, frames_[0].id, &result);
  return result;
}

std::shared_ptr<engine::Connection> Session::shared_connection(const schema::Table* table) {
  require_active();
  // A hook that asks the database itself sees the rows before its own.
  if (flushing_) persistence_->settle();
  const engine::Connection* found = &connection(table);
  return std::ranges::find_if(connections_, [&](const auto& c) { return c.second.get() == found; })
      ->second;
}

std::shared_ptr<engine::Connection> Session::shared_connection(
    const schema::Table* table, const engine::ExecutionOptions& options) {
  require_active();
  require_not_flushing("connection()");
  const engine::EnginePtr engine = this->engine(table, Access::kWrite);
  if (std::ranges::find(connections_, engine.get(), [](const auto& c) { return c.first; }) !=
      connections_.end()) {
    throw Error(ErrorKind::kInvalidRequestError,
                "the session's transaction has a connection to this database already: its options "
                "may not be altered")
        .with_hint("Ask for it first, after commit() or rollback().");
  }
  open_connection(engine, options);
  return shared_connection(table);
}

void Session::begin() {
  require_active();
  require_not_flushing("begin()");
  if (in_transaction())
    throw Error(ErrorKind::kInvalidRequestError, "a transaction is open in this session already")
        .with_hint("commit() or rollback() first; begin_nested() opens a savepoint inside it");
  ensure_transaction();
  frames_.back().explicit_begin = true;
}

void Session::begin_nested() {
  require_not_flushing("begin_nested()");
  require_active();
  flush();
  ensure_transaction();
  connection(nullptr);
  Frame frame;
  frame.id = ++frame_count_;
  for (auto& [engine, connection] : connections_)
    frame.savepoints.emplace_back(connection.get(), connection->savepoint());
  const uint64_t id = frame.id;
  frames_.push_back(std::move(frame));
  tell_transaction(Event::kAfterTransactionCreate, id);
  for (const auto& [connection, name] : std::vector(frames_.back().savepoints))
    tell_transaction(Event::kAfterBegin, id, connection);
}

void Session::commit_nested() {
  require_not_flushing("commit()");
  require_active();
  if (nested_depth() == 0)
    throw Error(ErrorKind::kInvalidRequestError, "there is no savepoint to release");
  tell(Event::kBeforeCommit);
  flush_until_clean();
  for (auto& [connection, name] : frames_.back().savepoints) connection->release_savepoint(name);
  tell_committed();
  Frame inner = std::move(frames_.back());
  frames_.pop_back();
  Frame& outer = frames_.back();
  const auto append = [](auto& to, auto& from) { to.insert(to.end(), from.begin(), from.end()); };
  append(outer.added, inner.added);
  append(outer.deleted, inner.deleted);
  append(outer.changed, inner.changed);
  append(outer.rekeyed, inner.rekeyed);
  tell_transaction(Event::kAfterTransactionEnd, inner.id);
}

void Session::flush_until_clean() {
  // Hooks may add and change more.
  constexpr int kMostRounds = 100;
  has_hook_changes_ = false;
  flush();
  for (int round = 0; has_hook_changes_ || !(new_.empty() && deleted_.empty()); ++round) {
    has_hook_changes_ = false;
    if (round == kMostRounds)
      throw Error(ErrorKind::kFlushError, "after " + std::to_string(kMostRounds) +
                                              " flushes there is still something to write")
          .with_hint("a hook adds or changes an object in every flush: let it stop");
    flush();
  }
}

void Session::commit() {
  require_not_flushing("commit()");
  require_active();
  while (nested_depth() > 0) commit_nested();
  tell(Event::kBeforeCommit);
  flush_until_clean();
  try {
    commit_connections();
  } catch (Error& e) {
    e.add_context("commit");
    failure_ = e.message();
    fail_flush();
    throw;
  }
  std::exception_ptr failure;  // of a hook: the commit is done all the same
  try {
    tell_committed();
  } catch (const Error&) {
    failure = std::current_exception();
  }
  end_commit();
  if (failure) std::rethrow_exception(failure);
}

// Those that have only read come first: when one of them fails, nothing is committed yet.
void Session::commit_connections() {
  std::vector<engine::Engine*> committed;
  std::vector<std::string> names;
  const auto name = [](engine::Engine& engine) {
    const std::string& key = engine.options().bind_key;
    return key.empty() ? engine.url().text() : "'" + key + "' (" + engine.url().text() + ")";
  };
  for (const bool writers : {false, true}) {
    for (auto& [engine, connection] : connections_) {
      const bool has_written = connection->has_written();
      if (has_written != writers) continue;
      try {
        connection->commit();
      } catch (Error& e) {
        if (!frames_.empty()) {
          const Frame& frame = frames_.back();
          std::vector<Instance*> written(frame.added);
          written.insert(written.end(), frame.changed.begin(), frame.changed.end());
          explain_commit(*this, *engine, written, frame.deleted, e);
        }
        if (!committed.empty()) {
          keep_committed(committed);
          e.add_context("the commit of " + name(*engine) + ", after " + base::join(names, ", ") +
                        (names.size() == 1 ? " was" : " were") +
                        " committed: what was written there stays");
          e.set_hint("Call rollback() to go on, and do not repeat what is committed.");
        }
        throw;
      }
      if (!has_written) continue;
      committed.push_back(engine);
      names.push_back(name(*engine));
    }
  }
}

// A later database has failed: the objects whose rows are in these must not be put back with the
// others.
void Session::keep_committed(const std::vector<engine::Engine*>& committed) {
  const auto is_kept = [&](const Instance* i) {
    try {
      const engine::EnginePtr its = engine(i->mapper->table().get(), Access::kWrite);
      return std::ranges::find(committed, its.get()) != committed.end();
    } catch (const Error&) {
      return false;  // a router's: what has failed first is to be heard of
    }
  };
  Frame& frame = frames_.back();
  for (Instance* i : frame.deleted) {
    if (i->host == this && i->lifecycle == Lifecycle::kDeleted && is_kept(i)) set_gone(*i);
  }
  std::erase_if(frame.added, is_kept);
  std::erase_if(frame.deleted, is_kept);
  std::erase_if(frame.changed, is_kept);
  std::erase_if(frame.rekeyed, [&](const auto& former) { return is_kept(former.first); });
}

// The deletion of its row is committed.
void Session::set_gone(Instance& instance) {
  note(Event::kDeletedToDetached, instance);
  instance.lifecycle = Lifecycle::kDetached;
  instance.row_is_gone = true;
  instance.host = nullptr;
}

// After the database has committed: what that means for the objects.
void Session::end_commit() {
  const uint64_t id = frames_.empty() ? 0 : frames_[0].id;
  if (!frames_.empty())
    for (Instance* i : frames_.back().deleted)
      if (i->host == this && i->lifecycle == Lifecycle::kDeleted) set_gone(*i);
  frames_.clear();
  release_connections();
  if (options_.expire_on_commit) expire_loaded();
  if (listener_ != nullptr) {
    tell_noted();
    if (id != 0) tell_transaction(Event::kAfterTransactionEnd, id);
  }
  heap_.maybe_sweep();
}

// Gives back the connections after a commit, but for those through which a result is still read.
void Session::release_connections() {
  decltype(connections_) leaving;
  for (auto each = connections_.begin(); each != connections_.end();) {
    const auto there = each++;
    if (!there->second->has_lasting_results()) leaving.splice(leaving.end(), connections_, there);
  }
  let_go(std::move(leaving), listener_ != nullptr);
}

void Session::end_connections(bool commit) {
  // Each is given back whatever the others say.
  std::optional<Error> first;
  for (auto& [engine, connection] : connections_) {
    try {
      commit ? connection->commit() : connection->rollback();
    } catch (const Error& e) {
      if (!first) first = e;
    }
  }
  let_go(std::exchange(connections_, {}), listener_ != nullptr);
  if (first) throw *first;
}

// Puts objects back to what they were when the frame began.
void Session::restore(Frame& frame, bool nested) {
  const auto make_transient = [this](Instance& i) {
    if (i.lifecycle == Lifecycle::kPending) note(Event::kPendingToTransient, i);
    if (i.lifecycle == Lifecycle::kPersistent) note(Event::kPersistentToTransient, i);
    if (i.has_identity) identity_.of(*i.mapper).erase(i);
    if (i.is_expired()) i.apply_expiry();
    i.has_identity = false;
    i.lifecycle = Lifecycle::kTransient;
    i.host = nullptr;
    i.delete_marked = false;
    i.modified = false;
    delete i.history;
    i.history = nullptr;
    for (int s = 0; s < i.slot_count; ++s)
      if (i.slot(s).tag() == Tag::kNotLoaded || i.slot(s).tag() == Tag::kExpression)
        i.slot(s) = Value::marker(Tag::kNeverSet);
  };
  // Former keys first, so that the identity map's entries match again.
  for (auto it = frame.rekeyed.rbegin(); it != frame.rekeyed.rend(); ++it) {
    Instance& i = *it->first;
    if (i.host != this) continue;
    identity_.of(*i.mapper).erase(i);
    const std::vector<int>& slots = i.mapper->primary_key();
    i.clear_history();
    for (size_t k = 0; k < slots.size(); ++k) i.load(slots[k], it->second[k]);
    identity_.of(*i.mapper).insert(i);
  }
  for (Instance* i : frame.added)
    if (i->host == this) make_transient(*i);
  for (Instance* i : new_)
    if (i->host == this && i->lifecycle == Lifecycle::kPending) make_transient(*i);
  new_.clear();
  for (Instance* i : frame.deleted) {
    if (i->host != this || i->lifecycle != Lifecycle::kDeleted) continue;
    i->lifecycle = Lifecycle::kPersistent;
    i->delete_marked = false;
    if (identity_.of(*i->mapper).insert(*i) !=
        nullptr) {  // loaded again meanwhile: the newer object stands for the row
      i->lifecycle = Lifecycle::kDetached;
      i->host = nullptr;
    } else {
      note(Event::kDeletedToPersistent, *i);
    }
  }
  for (Instance* i : deleted_)
    if (i->host == this) i->delete_marked = false;
  deleted_.clear();
  if (!nested) {
    expire_loaded();
    return;
  }
  for (Instance* i : frame.changed)
    if (i->host == this && i->lifecycle == Lifecycle::kPersistent) expire_one(*i);
  for (Instance* i : frame.deleted)
    if (i->host == this && i->lifecycle == Lifecycle::kPersistent) expire_one(*i);
  for (Instance* i : modified_)
    if (i->host == this && i->modified && i->lifecycle == Lifecycle::kPersistent) expire_one(*i);
  modified_.clear();
  expire_stale_links(frame);
}

// Lists may still name objects that are transient again, or, loaded since the savepoint, lack those
// whose rows are back.
void Session::expire_stale_links(const Frame& frame) {
  std::unordered_set<const mapper::Mapper*> touched;
  for (const auto* list : {&frame.deleted, &frame.changed})
    for (const Instance* i : *list)
      for (const mapper::Mapper* m = i->mapper; m != nullptr; m = m->base()) touched.insert(m);
  std::vector<Instance*> stale_owners;
  identity_.each([&](Instance& i) {
    for (const auto& r : i.mapper->relationships()) {
      if (r->slot >= i.slot_count) continue;
      const state::Collection* c = i.collection(r->slot);
      const Instance* o = i.object(r->slot);
      bool stale = o != nullptr && o->lifecycle == Lifecycle::kTransient;
      if (c != nullptr)
        c->each_reference(
            [&](const Instance* m) { stale = stale || m->lifecycle == Lifecycle::kTransient; });
      if (stale)
        stale_owners.push_back(&i);
      else if (r->direction != mapper::Direction::kManyToOne && touched.contains(r->target))
        i.drop_relationship(r->slot);
    }
  });
  for (Instance* i : stale_owners) expire_one(*i);
}

bool Session::is_autocommit() const {
  return std::ranges::any_of(
      connections_, [](const auto& c) { return c.second->own_isolation_level() == "AUTOCOMMIT"; });
}

// After a failed flush: the database's side is rolled back at once, objects are restored, and the
// session waits for the user's rollback(). A database that refuses even that has lost the
// transaction; what made the flush fail says more.
void Session::fail_flush() {
  failed_ = true;
  ensure_transaction();
  Frame& frame = frames_.back();
  const bool nested = nested_depth() > 0;
  const auto succeeds = [](auto&& action) {
    try {
      action();
    } catch (const Error&) {
      return false;
    }
    return true;
  };
  std::vector<uint64_t> ended;
  bool savepoint_is_gone = false;
  if (nested)
    for (auto& [c, name] : frame.savepoints)
      savepoint_is_gone |= c->lost_transaction() ||
                           !succeeds([&, c = c, &name = name] { c->rollback_to_savepoint(name); });
  if (!nested || savepoint_is_gone) {
    for (auto& [engine, c] : connections_) succeeds([&c = c] { c->rollback(); });
    while (nested_depth() > 0) {
      restore(frames_.back(), true);
      ended.push_back(transaction_id());
      frames_.pop_back();
    }
    restore(frames_.back(), false);
    frames_.back() = emptied(frames_.back());
  } else {
    restore(frame, true);
    frame = emptied(frame);
  }
  if (listener_ != nullptr) tell_failed(ended);
}

void Session::rollback() {
  require_not_flushing("rollback()");
  heap_.undo_edits(*this);
  if (frames_.empty()) {
    // Nothing was sent, but objects may be waiting.
    Frame nothing;
    restore(nothing, false);
    failed_ = false;
    tell_noted();
    return;
  }
  const bool failed = failed_;
  if (nested_depth() > 0) {
    Frame frame = std::move(frames_.back());
    frames_.pop_back();
    // Objects are restored whatever the database says.
    std::optional<Error> first;
    for (auto& [connection, name] : frame.savepoints) {
      if (connection->lost_transaction()) continue;
      try {
        connection->rollback_to_savepoint(name);
        connection->release_savepoint(name);
      } catch (const Error& e) {
        if (!first) first = e;
      }
    }
    if (!failed) restore(frame, true);
    failed_ = false;
    if (first) throw *first;
    if (listener_ != nullptr) tell_rolled_back(frame.id, failed);
    return;
  }
  Frame frame = std::move(frames_.back());
  frames_.pop_back();
  failed_ = false;
  if (!failed)
    restore(frame, false);
  else
    expire_loaded();
  end_connections(false);
  if (listener_ != nullptr) tell_rolled_back(frame.id, failed);
  heap_.maybe_sweep();
}

void Session::rollback_all() {
  while (nested_depth() > 0) rollback();
  rollback();
}

void Session::close() {
  require_not_flushing("close()");
  // What waits is dropped; a rollback that fails must not keep the objects.
  failed_ = false;
  expunge_all();
  const uint64_t id = transaction_id();
  frames_.clear();
  let_go(std::exchange(connections_, {}), listener_ != nullptr);
  if (id != 0) tell_transaction(Event::kAfterTransactionEnd, id);
}

void Session::invalidate() {
  require_not_flushing("invalidate()");
  for (const auto& [engine, connection] : connections_)
    if (!connection->is_closed()) connection->invalidate();
  close();
}

void Session::idle() {
  if (frames_.empty()) release_connections();
  if (failed_ || frames_.size() != 1 || frames_[0].explicit_begin) return;
  for (auto& [engine, connection] : connections_)
    if (!connection->has_written()) connection->end_read();
}

}  // namespace moonbase::session
