// The transaction and savepoint stack: what is kept so that objects can be put back, and the state
// after a failed flush.
#include <algorithm>
#include <unordered_set>

#include "orm/base/error.h"
#include "orm/session/session.h"

namespace moonbase::session {

using base::Error;
using base::ErrorKind;
using base::Tag;
using base::Value;
using state::Instance;
using state::Lifecycle;

void Session::ensure_transaction() {
  if (!frames_.empty()) return;
  frames_.emplace_back();
  frames_.back().id = ++frame_count_;
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
}

engine::Connection& Session::connection(const schema::Table* table) {
  const engine::EnginePtr engine = engine_for_(table);
  auto it = connections_.find(engine.get());
  if (it != connections_.end()) return *it->second;
  ensure_transaction();
  std::unique_ptr<engine::Connection> opened = engine->connect();
  opened->begin();
  engine::Connection& result = *opened;
  connections_[engine.get()] = std::move(opened);
  // A database that joins late takes part in the savepoints there are.
  for (size_t f = 1; f < frames_.size(); ++f)
    frames_[f].savepoints.emplace_back(&result, result.savepoint());
  return result;
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
  frames_.push_back(std::move(frame));
}

void Session::commit_nested() {
  require_not_flushing("commit()");
  require_active();
  if (nested_depth() == 0)
    throw Error(ErrorKind::kInvalidRequestError, "there is no savepoint to release");
  flush();
  for (auto& [connection, name] : frames_.back().savepoints) connection->release_savepoint(name);
  Frame inner = std::move(frames_.back());
  frames_.pop_back();
  Frame& outer = frames_.back();
  const auto append = [](auto& to, auto& from) { to.insert(to.end(), from.begin(), from.end()); };
  append(outer.added, inner.added);
  append(outer.deleted, inner.deleted);
  append(outer.changed, inner.changed);
  append(outer.rekeyed, inner.rekeyed);
}

void Session::commit() {
  require_not_flushing("commit()");
  require_active();
  flush();
  // Hooks may have added more.
  for (int round = 0; round < 100 && !(new_.empty() && deleted_.empty()); ++round) flush();
  while (nested_depth() > 0) commit_nested();
  try {
    for (auto& [engine, connection] : connections_) connection->commit();
  } catch (Error& e) {
    e.add_context("commit");
    failure_ = e.message();
    fail_flush();
    throw;
  }
  if (!frames_.empty())
    for (Instance* i : frames_.back().deleted)
      if (i->host == this && i->lifecycle == Lifecycle::kDeleted) {
        i->lifecycle = Lifecycle::kDetached;
        i->row_is_gone = true;
        i->host = nullptr;
      }
  frames_.clear();
  connections_.clear();
  if (options_.expire_on_commit) expire_all();
  heap_.maybe_sweep();
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
  connections_.clear();
  if (first) throw *first;
}

// Puts objects back to what they were when the frame began.
void Session::restore(Frame& frame, bool nested) {
  const auto make_transient = [this](Instance& i) {
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
    }
  }
  for (Instance* i : deleted_)
    if (i->host == this) i->delete_marked = false;
  deleted_.clear();
  if (!nested) {
    expire_all();
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
    for (const Instance* i : *list) touched.insert(i->mapper);
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
  bool savepoint_is_gone = false;
  if (nested)
    for (auto& [c, name] : frame.savepoints)
      savepoint_is_gone |= c->lost_transaction() ||
                           !succeeds([&, c = c, &name = name] { c->rollback_to_savepoint(name); });
  if (!nested || savepoint_is_gone) {
    for (auto& [engine, c] : connections_) succeeds([&c = c] { c->rollback(); });
    while (nested_depth() > 0) {
      restore(frames_.back(), true);
      frames_.pop_back();
    }
    restore(frames_.back(), false);
    frames_.back() = emptied(frames_.back());
    return;
  }
  restore(frame, true);
  frame = emptied(frame);
}

void Session::rollback() {
  require_not_flushing("rollback()");
  if (frames_.empty()) {
    // Nothing was sent, but objects may be waiting.
    ensure_transaction();
    restore(frames_.back(), false);
    frames_.clear();
    failed_ = false;
    return;
  }
  const bool nested = nested_depth() > 0;
  if (nested) {
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
    if (!failed_) restore(frame, true);
    failed_ = false;
    if (first) throw *first;
    return;
  }
  Frame frame = std::move(frames_.back());
  frames_.pop_back();
  const bool failed = failed_;
  failed_ = false;
  if (!failed)
    restore(frame, false);
  else
    expire_all();
  end_connections(false);
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
  frames_.clear();
  connections_.clear();
}

void Session::idle() {
  if (failed_ || frames_.size() != 1 || frames_[0].explicit_begin) return;
  for (auto& [engine, connection] : connections_)
    if (!connection->has_written()) connection->end_read();
}

}  // namespace moonbase::session
