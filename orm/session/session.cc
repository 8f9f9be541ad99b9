// Objects entering, leaving and standing in a session. Transactions, loading and flushing are in
// the files beside.
#include "orm/session/session.h"

#include <algorithm>
#include <unordered_set>

#include "orm/base/error.h"
#include "orm/session/departures.h"
#include "orm/session/persistence.h"

namespace moonbase::session {

using base::Error;
using base::ErrorKind;
using base::Tag;
using base::Value;
using mapper::Relationship;
using state::Collection;
using state::Instance;
using state::Lifecycle;

Session::Session(state::InstanceHeap& heap, mapper::Registry& registry, EngineFor engine_for,
                 SessionOptions options)
    : heap_(heap),
      registry_(registry),
      engine_for_(std::move(engine_for)),
      options_(options),
      persistence_(std::make_unique<Persistence>(*this)) {
  heap_.add_source(this);
}

Session::~Session() {
  if (listener_ != nullptr) listener_->forget(*this);
  listener_ = nullptr;
  close();
  heap_.remove_source(this);
}

void Session::warn(const std::string& message) {
  if (warnings_ != nullptr) warnings_->warning("SAWarning", message);
}

void Session::require_active() const {
  if (!failed_) return;
  throw Error(ErrorKind::kPendingRollbackError,
              "this session's transaction was rolled back by a failed flush (" + failure_ + ")")
      .with_hint(
          "call db.session:rollback(), then go on; objects you added are there to be changed and "
          "added again");
}

// ---- entering ----

void Session::attach_pending(Instance& i) {
  i.host = this;
  i.lifecycle = Lifecycle::kPending;
  i.epoch = epoch;
  i.order = ++order_;
  new_.push_back(&i);
  note(Event::kAfterAttach, i);
  note(Event::kTransientToPending, i);
}

void Session::add(Instance& instance) {
  require_active();
  std::vector<Instance*> work = {&instance};
  while (!work.empty()) {
    Instance& i = *work.back();
    work.pop_back();
    if (i.host != nullptr && i.host != this)
      throw Error(ErrorKind::kInvalidRequestError,
                  state::describe(i) + " belongs to another session already")
          .with_hint("expunge it there first, or take a copy into this one: session:merge(x)");
    if (&i.mapper->registry() != &registry_)
      throw Error(ErrorKind::kUnmappedInstanceError,
                  state::describe(i) + " is of a class of another database")
          .with_hint("add it to that database's session");
    if (i.mapper->is_replaced())
      throw Error(ErrorKind::kInvalidRequestError,
                  state::describe(i) + " is of a class that was declared again since")
          .with_hint("make a new object of the new class");
    if (i.lifecycle == Lifecycle::kDeleted)
      throw Error(ErrorKind::kInvalidRequestError,
                  state::describe(i) + " has been deleted in this transaction")
          .with_hint("roll back to have it again, or make a new object");
    if (i.row_is_gone)
      throw Error(ErrorKind::kInvalidRequestError,
                  state::describe(i) + " was deleted: it stands for no row")
          .with_hint("make a new object: " + i.mapper->name() + "{…}");
    if (i.host == nullptr) tell(Event::kBeforeAttach, &i);
    if (i.host == this) {
      if (i.delete_marked) std::erase(deleted_, &i);
      i.delete_marked = false;
    } else if (i.has_identity) {
      i.host = this;
      i.epoch = epoch;
      if (Instance* other = identity_.of(*i.mapper).insert(i)) {
        i.host = nullptr;
        throw Error(ErrorKind::kInvalidRequestError,
                    state::describe(*other) + " is in this session already, as another object")
            .with_hint("use that one, or session:merge(x)");
      }
      i.lifecycle = Lifecycle::kPersistent;
      i.detached_by_close = false;
      if (i.modified) modified_.push_back(&i);
      note(Event::kAfterAttach, i);
      note(Event::kDetachedToPersistent, i);
    } else {
      attach_pending(i);
    }
    if (i.is_expired()) continue;
    // What it refers to comes along; the stack turns the order round, so the last goes on first.
    const auto reach = [&](Instance* other) {
      if (other != nullptr && other->host != this && other->lifecycle != Lifecycle::kDeleted)
        work.push_back(other);
    };
    for (auto r = i.mapper->relationships().rbegin(); r != i.mapper->relationships().rend(); ++r) {
      if (((*r)->cascade & mapper::kCascadeSaveUpdate) == 0 || (*r)->slot >= i.slot_count) continue;
      if (const Collection* members = i.collection((*r)->slot)) {
        const std::vector<Instance*>& list =
            members->is_loaded() ? members->items() : members->queued_additions();
        for (auto m = list.rbegin(); m != list.rend(); ++m) reach(*m);
      } else {
        reach(i.object((*r)->slot));
      }
    }
  }
  tell_noted();
}

void Session::on_linked(Instance& owner, const Relationship&, Instance& member) {
  if (&owner != &member && member.host != this && member.lifecycle != Lifecycle::kDeleted)
    add(member);
}

void Session::on_modified(Instance& instance) {
  if (instance.lifecycle == Lifecycle::kPersistent) modified_.push_back(&instance);
  if (in_row_hook_ != nullptr) warn_of_change(instance);
}

// ---- leaving ----

// Out of the session's care, as an object of its own.
void Session::detach(Instance& i) {
  if (i.is_expired()) i.apply_expiry();
  if (i.has_identity) identity_.of(*i.mapper).erase(i);
  note_detached(i);
  i.lifecycle = i.has_identity ? Lifecycle::kDetached : Lifecycle::kTransient;
  i.host = nullptr;
  i.delete_marked = false;
}

std::vector<Instance*> Session::loaded_cascade(Instance& root, mapper::Cascade word) {
  std::vector<Instance*> reached = {&root};
  std::unordered_set<const Instance*> known = {&root};
  for (size_t n = 0; n < reached.size(); ++n) {
    const Instance& from = *reached[n];
    if (from.is_expired()) continue;
    for (const auto& r : from.mapper->relationships()) {
      if ((r->cascade & word) == 0 || r->viewonly || r->slot >= from.slot_count) continue;
      const auto reach = [&](Instance* other) {
        if (other == nullptr || other->host != root.host) return;
        // A list may still name what was deleted: no cascade brings that anywhere.
        if (other->lifecycle == Lifecycle::kDeleted) return;
        // What was not put into the session along the relationship is not touched along it either.
        if (!other->has_identity && word == mapper::kCascadeRefreshExpire &&
            (r->cascade & mapper::kCascadeSaveUpdate) == 0)
          return;
        if (known.insert(other).second) reached.push_back(other);
      };
      if (const Collection* members = from.collection(r->slot)) {
        for (Instance* m : members->is_loaded() ? members->items() : members->queued_additions())
          reach(m);
      } else {
        reach(from.object(r->slot));
      }
    }
  }
  return reached;
}

void Session::expunge(Instance& i) {
  if (!in_before_flush_) require_not_flushing("expunge()");
  if (i.host != this)
    throw Error(ErrorKind::kInvalidRequestError, state::describe(i) + " is not in this session");
  for (Instance* one : loaded_cascade(i, mapper::kCascadeExpunge)) {
    one->detached_by_close = true;
    detach(*one);
  }
  tell_noted();
}

void Session::expunge_all() {
  require_not_flushing("expunge_all()");
  const auto let_go = [this](Instance& i) {
    if (i.is_expired()) i.apply_expiry();
    note_detached(i);
    i.lifecycle = i.has_identity ? Lifecycle::kDetached : Lifecycle::kTransient;
    i.host = nullptr;
    i.delete_marked = false;
    i.detached_by_close = true;
  };
  for (Instance* i : new_)
    if (i->host == this && i->lifecycle == Lifecycle::kPending) let_go(*i);
  identity_.each(let_go);
  // Rows deleted in this transaction are nobody's any more.
  for (Frame& frame : frames_) {
    for (Instance* i : frame.deleted)
      if (i->host == this) {
        note(Event::kDeletedToDetached, *i);
        i->host = nullptr;
        i->lifecycle = Lifecycle::kDetached;
      }
    frame = emptied(frame);
  }
  new_.clear();
  modified_.clear();
  deleted_.clear();
  identity_.clear();
  tell_noted();
}

// `root` and everything the delete cascade reaches from it. Loads, and therefore may flush: nothing
// is marked yet.
std::vector<Instance*> Session::delete_cascade(Instance& root) {
  std::vector<Instance*> reached = {&root};
  std::unordered_set<const Instance*> known = {&root};
  for (size_t n = 0; n < reached.size(); ++n) {
    Instance& i = *reached[n];
    if (!i.has_identity || i.lifecycle == Lifecycle::kDeleted || i.delete_marked) continue;
    if (i.host == nullptr) add(i);
    if (i.host != this)
      throw Error(ErrorKind::kInvalidRequestError,
                  state::describe(i) + " belongs to another session")
          .with_hint("delete it there");
    if (i.is_expired()) i.apply_expiry();
    for (const auto& r : i.mapper->relationships()) {
      if ((r->cascade & mapper::kCascadeDelete) == 0 || r->viewonly) continue;
      if (r->uselist && !r->passive_deletes) {
        load_relationship(i, *r);
      } else if (!r->uselist) {
        load_relationship(i, *r);
      }
      const auto reach = [&](Instance* m) {
        if (m != nullptr && !has_moved_on(*m, *r, i) && known.insert(m).second)
          reached.push_back(m);
      };
      if (const Collection* members = i.collection(r->slot)) {
        for (Instance* m : members->is_loaded() ? members->items() : members->queued_additions())
          reach(m);
      } else {
        reach(i.object(r->slot));
      }
    }
  }
  return reached;
}

void Session::remove(Instance& instance) {
  require_active();
  if (!instance.has_identity)
    throw Error(ErrorKind::kInvalidRequestError,
                state::describe(instance) + " has no row that could be deleted")
        .with_hint(instance.lifecycle == Lifecycle::kPending
                       ? "it was only added: session:expunge(x) takes it out again"
                       : "it was never added to a session");
  for (Instance* i : delete_cascade(instance)) {
    if (!i->has_identity) {
      if (i->host == this) detach(*i);  // a pending child of what is deleted is not wanted either
      continue;
    }
    if (i->lifecycle == Lifecycle::kDeleted || i->delete_marked) continue;
    i->delete_marked = true;
    deleted_.push_back(i);
  }
  tell_noted();
}

// ---- standing ----

bool Session::contains(const Instance& i) const {
  return i.host == this && i.lifecycle != Lifecycle::kDeleted;
}

void Session::look_for_edits() const {
  try {
    heap_.notice_edits(this);
  } catch (const Error&) {
    return;
  }
}

bool Session::is_modified(const Instance& i) const {
  look_for_edits();
  const auto is_set = [&i](int slot) { return !i.slot(slot).is_absent(); };
  if (!i.has_identity && std::ranges::any_of(i.mapper->column_slots(), is_set)) return true;
  if (i.history == nullptr || (i.host != nullptr && i.is_expired())) {
    for (const auto& r : i.mapper->relationships())
      if (const Collection* c = r->slot < i.slot_count ? i.collection(r->slot) : nullptr;
          c != nullptr && c->is_changed())
        return true;
    return false;
  }
  for (const state::Change& c : i.history->changes) {
    const Value& now = i.slot(c.slot);
    if (i.mapper->column(c.slot) == nullptr) {
      if (!(now == c.old)) return true;
    } else if (now.tag() == Tag::kExpression || now.is_absent() != c.old.is_absent() ||
               !i.mapper->type(c.slot)->equal(c.old, now)) {
      return true;
    }
  }
  for (const auto& r : i.mapper->relationships())
    if (const Collection* c = i.collection(r->slot); c != nullptr && c->is_changed()) return true;
  return false;
}

std::vector<Instance*> Session::pending() const {
  std::vector<Instance*> list;
  for (Instance* i : new_)
    if (i->host == this && i->lifecycle == Lifecycle::kPending &&
        (list.empty() || list.back()->order < i->order))
      list.push_back(i);
  return list;
}

std::vector<Instance*> Session::dirty() const {
  look_for_edits();
  std::vector<Instance*> list;
  std::unordered_set<const Instance*> known;
  for (Instance* i : modified_)
    if (i->host == this && i->modified && i->lifecycle == Lifecycle::kPersistent &&
        !i->delete_marked && !i->is_expired() && known.insert(i).second)
      list.push_back(i);
  return list;
}

std::vector<Instance*> Session::deleted() const {
  std::vector<Instance*> list;
  for (Instance* i : deleted_)
    if (i->host == this && i->delete_marked) list.push_back(i);
  return list;
}

std::vector<Instance*> Session::all() const {
  std::vector<Instance*> list = pending();
  const size_t fresh = list.size();
  identity_.each([&](Instance& i) { list.push_back(&i); });
  // Hash order must not show.
  std::sort(list.begin() + static_cast<std::ptrdiff_t>(fresh), list.end(),
            [](const Instance* a, const Instance* b) {
              if (a->mapper != b->mapper) return a->mapper->uid() < b->mapper->uid();
              const std::vector<Value> x = state::committed_key(*a), y = state::committed_key(*b);
              for (size_t k = 0; k < x.size(); ++k) {
                if (x[k] == y[k]) continue;
                if (x[k].tag() == Tag::kInt && y[k].tag() == Tag::kInt)
                  return x[k].as_int() < y[k].as_int();
                return x[k].repr() < y[k].repr();
              }
              return false;
            });
  return list;
}

bool Session::has_pending_work() const {
  look_for_edits();
  if (!new_.empty() || !deleted_.empty()) return true;
  for (const Instance* i : modified_)
    if (i->host == this && i->modified && !i->is_expired()) return true;
  for (const auto& [engine, connection] : connections_)
    if (connection->has_written()) return true;
  return false;
}

void Session::each_root(const std::function<void(Instance&)>& visit) {
  for (Instance* i : new_) visit(*i);
  for (Instance* i : modified_) visit(*i);
  for (Instance* i : deleted_) visit(*i);
  for (const auto& [event, i] : noted_) visit(*i);
  for (const Frame& frame : frames_) {
    for (Instance* i : frame.added) visit(*i);
    for (Instance* i : frame.deleted) visit(*i);
    for (Instance* i : frame.changed) visit(*i);
    for (const auto& [i, key] : frame.rekeyed) visit(*i);
  }
}

void Session::forget(Instance& i) {
  if (!load_options_.empty()) load_options_.erase(&i);
  if (i.host == this && i.has_identity && i.lifecycle == Lifecycle::kPersistent)
    identity_.of(*i.mapper).erase(i);
}

}  // namespace moonbase::session
