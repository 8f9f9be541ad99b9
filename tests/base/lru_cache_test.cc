#include "orm/base/lru_cache.h"

#include <memory>
#include <string>
#include <string_view>

#include <catch2/catch.hpp>

using moonbase::base::LruCache;

TEST_CASE("the entry used longest ago is the one that goes") {
  LruCache<std::string, int> cache(2);
  cache.put("a", 1);
  cache.put("b", 2);
  CHECK(*cache.find(std::string("a")) == 1);
  cache.put("c", 3);
  CHECK(cache.find(std::string("b")) == nullptr);
  CHECK(*cache.find(std::string("a")) == 1);
  CHECK(*cache.find(std::string("c")) == 3);
  CHECK(cache.hits() == 3);
  CHECK(cache.misses() == 1);
  CHECK(cache.evictions() == 1);
}

TEST_CASE("putting a known key replaces its value and makes it recent") {
  LruCache<int, std::string> cache(2);
  cache.put(1, "one");
  cache.put(2, "two");
  cache.put(1, "uno");
  cache.put(3, "three");
  CHECK(cache.size() == 2);
  CHECK(*cache.find(1) == "uno");
  CHECK(cache.find(2) == nullptr);
  std::string order;
  cache.for_each([&order](int key, const std::string&) { order += std::to_string(key); });
  CHECK(order == "13");
}

TEST_CASE("erase, clear and a capacity of none") {
  LruCache<int, int> cache(4);
  cache.put(1, 1);
  CHECK(cache.erase(1));
  CHECK_FALSE(cache.erase(1));
  cache.put(2, 2);
  cache.clear();
  CHECK(cache.size() == 0);
  CHECK(*cache.put(3, 3) == 3);
  LruCache<int, int> none(0);
  CHECK(none.put(1, 1) == nullptr);
  CHECK(none.size() == 0);
}

namespace {

struct TextHash {
  using is_transparent = void;
  size_t operator()(std::string_view s) const { return std::hash<std::string_view>()(s); }
};

}  // namespace

TEST_CASE("a transparent hash finds without making a key, and values may be move-only") {
  LruCache<std::string, std::unique_ptr<int>, TextHash, std::equal_to<>> cache(1);
  cache.put("a", std::make_unique<int>(5));
  CHECK(**cache.find(std::string_view("a")) == 5);
}
