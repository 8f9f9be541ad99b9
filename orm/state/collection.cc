#include "orm/state/collection.h"

#include <algorithm>
#include <unordered_set>

#include "orm/state/instance.h"

namespace moonbase::state {

using base::Value;

namespace {

bool has(const std::vector<Instance*>& list, const Instance* member) {
  return std::find(list.begin(), list.end(), member) != list.end();
}

bool take_out(std::vector<Instance*>& list, const Instance* member) {
  auto it = std::find(list.begin(), list.end(), member);
  if (it == list.end()) return false;
  list.erase(it);
  return true;
}

// Members of `from` that are not in `other`, in order, each once.
std::vector<Instance*> minus(const std::vector<Instance*>& from,
                             const std::vector<Instance*>& other) {
  std::vector<Instance*> result;
  if (from.empty()) return result;
  std::unordered_set<Instance*> known(other.begin(), other.end());
  for (Instance* i : from)
    if (known.insert(i).second) result.push_back(i);
  return result;
}

// A smaller collection is searched as it is.
constexpr size_t kLookupSize = 32;

}  // namespace

bool Collection::contains(const Instance& member) const {
  if (!loaded_) return has(queued_add_, &member);
  if (items_.size() < kLookupSize) return has(items_, &member);
  if (!lookup_)
    lookup_ = std::make_unique<std::unordered_set<const Instance*>>(items_.begin(), items_.end());
  return lookup_->contains(&member);
}

void Collection::remember() {
  ++version_;
  if (loaded_ && !original_) original_ = std::make_unique<std::vector<Instance*>>(items_);
}

void Collection::set_loaded(std::vector<Instance*> items) {
  loaded_ = true;
  items_ = holds_once() ? minus(items, {}) : std::move(items);
  lookup_.reset();
  keys_.reset();
  ++version_;
  if (queued_add_.empty() && queued_remove_.empty()) return;
  original_ = std::make_unique<std::vector<Instance*>>(items_);
  for (Instance* i : queued_remove_) take_out(items_, i);
  for (Instance* i : queued_add_)
    if (!has(items_, i)) items_.push_back(i);
  queued_add_.clear();
  queued_remove_.clear();
}

bool Collection::add(Instance& member, std::optional<size_t> at) {
  if (holds_once() && loaded_ && contains(member)) return false;
  remember();
  if (!loaded_) {
    if (!take_out(queued_remove_, &member) && !has(queued_add_, &member))
      queued_add_.push_back(&member);
    return true;
  }
  if (lookup_) lookup_->insert(&member);
  if (at && *at < items_.size())
    items_.insert(items_.begin() + static_cast<std::ptrdiff_t>(*at), &member);
  else
    items_.push_back(&member);
  return true;
}

bool Collection::remove(Instance& member) {
  if (loaded_ && !contains(member)) return false;
  remember();
  if (!loaded_) {
    if (!take_out(queued_add_, &member) && !has(queued_remove_, &member))
      queued_remove_.push_back(&member);
    return true;
  }
  take_out(items_, &member);
  left(member);
  return true;
}

// One occurrence of `member` was taken out of items_.
void Collection::left(Instance& member) {
  // A list may hold it once more.
  if (lookup_ && (holds_once() || !has(items_, &member))) lookup_->erase(&member);
  if (!keys_) return;
  keys_->remove(member);
  keys_->advance(version_ - 1, version_);
}

void Collection::replace(std::vector<Instance*> items) {
  remember();
  items_ = holds_once() ? minus(items, {}) : std::move(items);
  lookup_.reset();
  keys_.reset();
}

const KeyIndex& Collection::keys() {
  if (!keys_) keys_ = std::make_unique<KeyIndex>();
  keys_->update(items_, *relationship_->def->collection_class, version_);
  return *keys_;
}

void Collection::put_key(Value key, Instance& member) {
  if (!keys_) keys_ = std::make_unique<KeyIndex>();
  keys_->put(std::move(key), member);
  if (!items_.empty() && items_.back() == &member) keys_->advance(version_ - 1, version_);
}

bool Collection::is_changed() const {
  if (!loaded_) return !queued_add_.empty() || !queued_remove_.empty();
  if (!original_ || *original_ == items_) return false;
  return !added().empty() || !removed().empty();
}

std::vector<Instance*> Collection::added() const {
  if (!loaded_) return queued_add_;
  return original_ ? minus(items_, *original_) : std::vector<Instance*>();
}

std::vector<Instance*> Collection::removed() const {
  if (!loaded_) return queued_remove_;
  return original_ ? minus(*original_, items_) : std::vector<Instance*>();
}

std::vector<Instance*> Collection::unchanged() const {
  return original_ ? minus(items_, added()) : items_;
}

void Collection::clear_history() {
  original_.reset();
  queued_add_.clear();
  queued_remove_.clear();
}

void Collection::forget(Instance& member) {
  if (take_out(items_, &member)) {
    ++version_;
    left(member);
  }
  take_out(queued_add_, &member);
  take_out(queued_remove_, &member);
  if (original_) take_out(*original_, &member);
}

}  // namespace moonbase::state
