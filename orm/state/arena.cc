#include "orm/state/arena.h"

#include <algorithm>
#include <cstdlib>
#include <new>

#include <sys/mman.h>

namespace moonbase::state {

namespace {

constexpr size_t kFirstChunk = 64 << 10;
constexpr size_t kHugePage = 2 << 20;

// The sanitizer must see each block by itself.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool kPooled = false;
#else
constexpr bool kPooled = true;
#endif

}  // namespace

Arena::~Arena() {
  for (void* chunk : chunks_) std::free(chunk);
}

void Arena::add_chunk(size_t at_least) {
  // Small programs stay small; from the second megabyte on a chunk is a huge page.
  const size_t size =
      std::max(at_least, std::min(kFirstChunk << std::min<size_t>(chunks_.size(), 5), kHugePage));
  chunks_.reserve(chunks_.size() + 1);
  void* chunk = size == kHugePage ? std::aligned_alloc(kHugePage, kHugePage) : std::malloc(size);
  if (chunk == nullptr) throw std::bad_alloc();
  if (size == kHugePage) madvise(chunk, size, MADV_HUGEPAGE);  // a wish: it may fail
  chunks_.push_back(chunk);
  next_ = static_cast<char*>(chunk);
  end_ = next_ + size;
}

void* Arena::allocate(size_t bytes, uint16_t& size_class) {
  const size_t steps = (bytes + kStep - 1) / kStep;
  if (!kPooled || steps >= kClasses) {
    size_class = 0;
    void* block = std::malloc(bytes);
    if (block == nullptr) throw std::bad_alloc();
    return block;
  }
  size_class = static_cast<uint16_t>(steps);
  if (FreeBlock* block = free_[steps]) {
    free_[steps] = block->next;
    return block;
  }
  const size_t size = steps * kStep;
  if (static_cast<size_t>(end_ - next_) < size) add_chunk(size);
  char* block = next_;
  next_ += size;
  return block;
}

void Arena::free(void* block, uint16_t size_class) noexcept {
  if (size_class == 0) {
    std::free(block);
    return;
  }
  auto* free_block = static_cast<FreeBlock*>(block);
  free_block->next = free_[size_class];
  free_[size_class] = free_block;
}

}  // namespace moonbase::state
