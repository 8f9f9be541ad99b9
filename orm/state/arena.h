// Memory for instances: blocks cut from large chunks, kept in free lists by size when they come
// back. A load of many objects then touches few pages (chunks ask for huge ones) and calls malloc
// seldom. Chunks are given back when the arena dies. One thread; throws std::bad_alloc.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace moonbase::state {

class Arena {
 public:
  Arena() = default;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  ~Arena();

  // A block of at least `bytes`, aligned to 16; `size_class` is what `free` wants to know.
  void* allocate(size_t bytes, uint16_t& size_class);
  void free(void* block, uint16_t size_class) noexcept;

 private:
  static constexpr size_t kStep = 16;
  static constexpr size_t kClasses =
      128;  // blocks past kStep * (kClasses - 1) bytes are malloc's: class 0
  struct FreeBlock {
    FreeBlock* next;
  };

  void add_chunk(size_t at_least);

  std::array<FreeBlock*, kClasses> free_ = {};
  std::vector<void*> chunks_;
  char* next_ = nullptr;
  char* end_ = nullptr;
};

}  // namespace moonbase::state
