// An engine's compiled statements, by the structural hash of their trees. Thread-safe.
#pragma once

#include <mutex>

#include "orm/base/lru_cache.h"
#include "orm/compile/compiler.h"

namespace moonbase::engine {

class StatementCache {
 public:
  explicit StatementCache(size_t capacity) : cache_(capacity) {}

  compile::CompiledPtr find(const expr::Hash128& key) {
    std::lock_guard lock(mutex_);
    compile::CompiledPtr* found = cache_.find(key);
    return found ? *found : nullptr;
  }
  void put(const expr::Hash128& key, compile::CompiledPtr compiled) {
    std::lock_guard lock(mutex_);
    cache_.put(key, std::move(compiled));
  }
  struct Numbers {
    uint64_t hits, misses;
    size_t size;
  };
  Numbers numbers() const {
    std::lock_guard lock(mutex_);
    return {cache_.hits(), cache_.misses(), cache_.size()};
  }

 private:
  struct KeyHash {
    size_t operator()(const expr::Hash128& key) const {
      return static_cast<size_t>(key.lo ^ key.hi);
    }
  };
  mutable std::mutex mutex_;
  base::LruCache<expr::Hash128, compile::CompiledPtr, KeyHash> cache_;
};

}  // namespace moonbase::engine
