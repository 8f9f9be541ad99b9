#include "orm/state/instance_heap.h"

#include <algorithm>
#include <cstdlib>
#include <new>

#include "orm/state/collection.h"

namespace moonbase::state {

using base::Tag;
using base::Value;

InstanceHeap::~InstanceHeap() {
  for (Instance* i : instances_) destroy(i);
}

Instance& InstanceHeap::create(const mapper::Mapper& mapper, size_t tail_bytes, Tag fill) {
  const auto n = static_cast<size_t>(mapper.slot_count());
  if (instances_.size() == instances_.capacity()) instances_.reserve(instances_.size() * 2 + 64);
  uint16_t size_class;
  void* memory = arena_.allocate(sizeof(Instance) + n * sizeof(Value) + tail_bytes, size_class);
  auto* made = new (memory) Instance{};
  made->size_class = size_class;
  made->mapper = &mapper;
  made->slots = reinterpret_cast<Value*>(made + 1);
  made->slot_count = static_cast<uint16_t>(n);
  for (size_t i = 0; i < n; ++i) new (&made->slots[i]) Value(Value::marker(fill));
  instances_.push_back(made);
  return *made;
}

char* InstanceHeap::tail(Instance& instance) {
  return reinterpret_cast<char*>(&instance + 1) +
         static_cast<size_t>(instance.slot_count) * sizeof(Value);
}

void InstanceHeap::destroy(Instance* instance) {
  for (int i = 0; i < instance->slot_count; ++i) {
    delete instance->collection(i);
    instance->slots[i].~Value();
  }
  if (instance->slots_moved) std::free(instance->slots);
  delete instance->history;
  const uint16_t size_class = instance->size_class;
  instance->~Instance();
  arena_.free(instance, size_class);
}

uint32_t InstanceHeap::take_handle() {
  if (free_handles_.empty()) return ++last_handle_;
  const uint32_t handle = free_handles_.back();
  free_handles_.pop_back();
  return handle;
}

void InstanceHeap::add_source(RootSource* source) { sources_.push_back(source); }
void InstanceHeap::remove_source(RootSource* source) { std::erase(sources_, source); }

// Depth first with a stack of its own: a chain of a million objects is fine.
void InstanceHeap::mark(Instance& root) {
  const auto reach = [this](Instance* i) {
    if (i == nullptr || i->marked) return;
    i->marked = true;
    work_.push_back(i);
  };
  reach(&root);
  while (!work_.empty()) {
    Instance* i = work_.back();
    work_.pop_back();
    for (const auto& r : i->mapper->relationships()) {
      if (r->slot >= i->slot_count) continue;
      if (Collection* c = i->collection(r->slot))
        c->each_reference(reach);
      else
        reach(i->object(r->slot));
    }
    if (i->history == nullptr) continue;
    for (const Change& c : i->history->changes)
      if (c.old.tag() == Tag::kObject) reach(static_cast<Instance*>(c.old.as_pointer()));
  }
}

size_t InstanceHeap::sweep() {
  // Applying expiry first cuts the links of objects that would reload them anyway.
  for (Instance* i : instances_)
    if (i->is_expired() && !i->modified) i->apply_expiry();
  for (Instance* i : instances_)
    if (i->pins > 0) mark(*i);
  for (RootSource* source : sources_) source->each_root([this](Instance& i) { mark(i); });
  const size_t before = instances_.size();
  auto keep = instances_.begin();
  for (Instance* i : instances_) {
    if (i->marked) {
      i->marked = false;
      *keep++ = i;
      continue;
    }
    for (RootSource* source : sources_) source->forget(*i);
    if (i->handle != 0) free_handles_.push_back(i->handle);
    destroy(i);
  }
  instances_.erase(keep, instances_.end());
  threshold_ = std::max<size_t>(20000, instances_.size() + instances_.size() / 2);
  return before - instances_.size();
}

void InstanceHeap::grow(const mapper::Mapper& mapper) {
  const auto n = static_cast<size_t>(mapper.slot_count());
  for (Instance* i : instances_) {
    if (i->mapper != &mapper || i->slot_count >= n) continue;
    auto* slots = static_cast<Value*>(std::malloc(n * sizeof(Value)));
    if (slots == nullptr) throw std::bad_alloc();
    for (size_t k = 0; k < n; ++k) {
      if (k < i->slot_count) {
        new (&slots[k]) Value(std::move(i->slots[k]));
        i->slots[k].~Value();
      } else {
        new (&slots[k]) Value(Value::marker(i->has_identity ? Tag::kNotLoaded : Tag::kNeverSet));
      }
    }
    if (i->slots_moved) std::free(i->slots);
    i->slots = slots;
    i->slot_count = static_cast<uint16_t>(n);
    i->slots_moved = true;
  }
}

}  // namespace moonbase::state
