// An engine's compiled statements, by the structural hash of their trees, and when each was
// compiled. Thread-safe.
#pragma once

#include <mutex>

#include "orm/base/lru_cache.h"
#include "orm/compile/compiler.h"

namespace moonbase::engine {

class StatementCache {
 public:
  explicit StatementCache(size_t capacity) : cache_(capacity) {}

  struct Entry {
    compile::CompiledPtr compiled;  // null: not there
    double since = 0;               // base::clock_seconds()
  };
  Entry find(const expr::Hash128& key) {
    std::lock_guard lock(mutex_);
    const Entry* found = cache_.find(key);
    return found ? *found : Entry();
  }
  void put(const expr::Hash128& key, Entry entry) {
    std::lock_guard lock(mutex_);
    cache_.put(key, std::move(entry));
  }
  // Forgets the statements and keeps the counters.
  void clear() {
    std::lock_guard lock(mutex_);
    cache_.clear();
  }
  struct Numbers {
    uint64_t hits, misses;
    size_t size, capacity;
  };
  Numbers numbers() const {
    std::lock_guard lock(mutex_);
    return {cache_.hits(), cache_.misses(), cache_.size(), cache_.capacity()};
  }

 private:
  struct KeyHash {
    size_t operator()(const expr::Hash128& key) const {
      return static_cast<size_t>(key.lo ^ key.hi);
    }
  };
  mutable std::mutex mutex_;
  base::LruCache<expr::Hash128, Entry, KeyHash> cache_;
};

}  // namespace moonbase::engine
