#include "orm/state/flags.h"

#include <algorithm>
#include <string>
#include <utility>

#include "orm/base/error.h"
#include "orm/state/collection.h"

namespace moonbase::state {

using base::Error;
using base::ErrorKind;
using base::Tag;
using base::Value;

namespace {

void forget_change(Instance& i, int slot) {
  if (i.is_expired()) i.apply_expiry();
  if (i.history == nullptr) return;
  std::erase_if(i.history->changes, [slot](const Change& c) { return c.slot == slot; });
  std::erase_if(i.history->expressions, [slot](const auto& e) { return e.first == slot; });
}

// What the WHERE of its UPDATE needs: the old value must stay known.
bool names_row(const Instance& i, int slot) {
  const std::vector<int>& key = i.mapper->primary_key();
  return slot == i.mapper->version_slot() || std::ranges::find(key, slot) != key.end();
}

}  // namespace

void flag_modified(Instance& i, int slot) {
  if (i.is_expired()) i.apply_expiry();
  const Collection* c = i.collection(slot);
  if (i.slot(slot).is_absent() || (c != nullptr && !c->is_loaded()))
    throw Error(ErrorKind::kInvalidRequestError,
                "'" + i.mapper->attribute_at(slot).name + "' of " + describe(i) +
                    " cannot be flagged as modified: it is not loaded")
        .with_hint("read it before");
  if (i.has_identity && i.mapper->column(slot) != nullptr && !names_row(i, slot)) {
    i.remember(slot);
    for (Change& change : i.history->changes)
      if (change.slot == slot) change.old = Value::marker(Tag::kNotLoaded);
  }
  i.set_modified();
}

void flag_dirty(Instance& i) {
  if (i.is_expired()) i.apply_expiry();
  i.set_modified();
}

void set_committed_value(Instance& i, int slot, Value value) {
  forget_change(i, slot);
  i.load(slot, std::move(value));
}

void set_committed_members(Instance& i, int slot, std::vector<Instance*> members) {
  forget_change(i, slot);
  i.make_collection(slot, false).set_loaded(std::move(members));
}

}  // namespace moonbase::state
