#include "orm/state/collection.h"

#include <algorithm>
#include <unordered_set>

#include "orm/state/instance.h"

namespace moonbase::state {

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

// Members of `from` that are not in `other`, in order.
std::vector<Instance*> minus(const std::vector<Instance*>& from,
                             const std::vector<Instance*>& other) {
  if (other.empty()) return from;
  std::vector<Instance*> result;
  const std::unordered_set<Instance*> known(other.begin(), other.end());
  for (Instance* i : from)
    if (!known.contains(i)) result.push_back(i);
  return result;
}

}  // namespace

bool Collection::contains(const Instance& member) const {
  return has(items_, &member) || (!loaded_ && has(queued_add_, &member));
}

void Collection::remember() {
  ++version_;
  if (loaded_ && !original_) original_ = std::make_unique<std::vector<Instance*>>(items_);
}

void Collection::set_loaded(std::vector<Instance*> items) {
  loaded_ = true;
  items_ = std::move(items);
  ++version_;
  if (queued_add_.empty() && queued_remove_.empty()) return;
  original_ = std::make_unique<std::vector<Instance*>>(items_);
  for (Instance* i : queued_remove_) take_out(items_, i);
  for (Instance* i : queued_add_)
    if (!has(items_, i)) items_.push_back(i);
  queued_add_.clear();
  queued_remove_.clear();
}

void Collection::add(Instance& member, std::optional<size_t> at) {
  remember();
  if (!loaded_) {
    if (!take_out(queued_remove_, &member) && !has(queued_add_, &member))
      queued_add_.push_back(&member);
    return;
  }
  if (at && *at < items_.size())
    items_.insert(items_.begin() + static_cast<std::ptrdiff_t>(*at), &member);
  else
    items_.push_back(&member);
}

bool Collection::remove(Instance& member) {
  if (loaded_ && !has(items_, &member)) return false;
  remember();
  if (!loaded_) {
    if (!take_out(queued_add_, &member) && !has(queued_remove_, &member))
      queued_remove_.push_back(&member);
    return true;
  }
  return take_out(items_, &member);
}

void Collection::replace(std::vector<Instance*> items) {
  remember();
  items_ = std::move(items);
}

bool Collection::is_changed() const {
  if (!loaded_) return !queued_add_.empty() || !queued_remove_.empty();
  return original_ && *original_ != items_;
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
  if (take_out(items_, &member)) ++version_;
  take_out(queued_add_, &member);
  take_out(queued_remove_, &member);
  if (original_) take_out(*original_, &member);
}

}  // namespace moonbase::state
