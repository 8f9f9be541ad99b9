#include "orm/state/keyed.h"

#include "orm/base/error.h"
#include "orm/state/instance.h"

namespace moonbase::state {

using base::Error;
using base::ErrorKind;
using base::Value;

namespace {

// A member whose row is gone, and which was never asked before, has no key: it stays in a loaded
// dict until that is loaded anew.
Value ask(const mapper::CollectionClass& how, Instance& member) {
  try {
    return how.key_of(member);
  } catch (const Error& e) {
    const bool is_gone =
        (member.lifecycle == Lifecycle::kDeleted && e.kind() == ErrorKind::kObjectDeletedError) ||
        (member.lifecycle == Lifecycle::kDetached && e.kind() == ErrorKind::kDetachedInstanceError);
    if (!is_gone) throw;
    return Value::marker(base::Tag::kNeverSet);
  }
}

}  // namespace

Instance* KeyIndex::find(const Value& key) const {
  const auto found = members_.find(key);
  return found == members_.end() ? nullptr : found->second;
}

const Value* KeyIndex::key_of(const Instance& member) const {
  const auto found = keys_.find(&member);
  if (found == keys_.end()) return nullptr;
  return find(found->second) == &member ? &found->second : nullptr;
}

void KeyIndex::update(const std::vector<Instance*>& items, const mapper::CollectionClass& how,
                      uint32_t version) {
  if (version_ == version) return;
  bool is_complete = true;
  for (Instance* member : items) {
    if (keys_.contains(member)) continue;
    Value key = ask(how, *member);
    if (key.is_absent())
      is_complete = false;  // it gets its key when its attribute is set
    else
      put(std::move(key), *member);
  }
  version_ = is_complete ? version : kNever;
}

void KeyIndex::put(Value key, Instance& member) {
  remove(member);
  key.own();
  members_[key] = &member;
  keys_[&member] = std::move(key);
}

void KeyIndex::remove(const Instance& member) {
  const auto found = keys_.find(&member);
  if (found == keys_.end()) return;
  const auto there = members_.find(found->second);
  if (there != members_.end() && there->second == &member) members_.erase(there);
  keys_.erase(found);
}

}  // namespace moonbase::state
