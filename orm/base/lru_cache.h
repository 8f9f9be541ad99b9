// A bounded map that forgets what was used longest ago, and counts how often it could help. Owns
// its keys and values. Not synchronised. A pointer or reference to a value holds until that entry
// is evicted, erased or replaced.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <unordered_map>
#include <utility>

namespace moonbase::base {

template <class Key, class Mapped, class Hash = std::hash<Key>, class Equal = std::equal_to<Key>>
class LruCache {
 public:
  // At most `capacity` entries; 0 keeps nothing.
  explicit LruCache(size_t capacity) : capacity_(capacity) {}
  LruCache(const LruCache&) = delete;
  LruCache& operator=(const LruCache&) = delete;

  // The value, now the most recently used, or nullptr. Counts a hit or a miss. `Query` may be any
  // type that a transparent Hash and Equal accept.
  template <class Query>
  Mapped* find(const Query& key) {
    auto it = entries_.find(key);
    if (it == entries_.end()) {
      ++misses_;
      return nullptr;
    }
    ++hits_;
    order_.splice(order_.begin(), order_, it->second.position);
    return &it->second.value;
  }

  // Adds or replaces; evicts the least recently used entry when full. Returns the stored value, or
  // nullptr when the capacity is 0.
  Mapped* put(Key key, Mapped value) {
    if (capacity_ == 0) return nullptr;
    auto it = entries_.find(key);
    if (it != entries_.end()) {
      it->second.value = std::move(value);
      order_.splice(order_.begin(), order_, it->second.position);
      return &it->second.value;
    }
    if (entries_.size() >= capacity_) evict_oldest();
    it = entries_.emplace(std::move(key), Entry{std::move(value), {}}).first;
    order_.push_front(&it->first);
    it->second.position = order_.begin();
    return &it->second.value;
  }

  bool erase(const Key& key) {
    auto it = entries_.find(key);
    if (it == entries_.end()) return false;
    order_.erase(it->second.position);
    entries_.erase(it);
    return true;
  }

  // Forgets the entries and keeps the counters.
  void clear() {
    order_.clear();
    entries_.clear();
  }

  // Calls `visit(key, value)` from the most to the least recently used.
  template <class Visitor>
  void for_each(Visitor visit) const {
    for (const Key* key : order_) visit(*key, entries_.find(*key)->second.value);
  }

  size_t size() const { return entries_.size(); }
  size_t capacity() const { return capacity_; }
  uint64_t hits() const { return hits_; }
  uint64_t misses() const { return misses_; }
  uint64_t evictions() const { return evictions_; }

 private:
  struct Entry {
    Mapped value;
    typename std::list<const Key*>::iterator position;
  };

  void evict_oldest() {
    auto oldest = entries_.find(*order_.back());
    order_.pop_back();
    entries_.erase(oldest);
    ++evictions_;
  }

  size_t capacity_;
  uint64_t hits_ = 0, misses_ = 0, evictions_ = 0;
  std::unordered_map<Key, Entry, Hash, Equal> entries_;
  std::list<const Key*> order_;  // most recently used first; points at the keys in entries_
};

}  // namespace moonbase::base
