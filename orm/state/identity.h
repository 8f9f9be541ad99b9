// Which instance stands for which row: key values to instance, per mapped class; the classes of one
// inheritance tree share a map, that of their root. Values are
// normalised by the column's type before they get here. A class with one integer key uses a plain
// integer map. Weak: the heap takes freed instances out.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "orm/mapper/mapper.h"
#include "orm/state/instance.h"

namespace moonbase::state {

// The map of one class.
class ClassIdentity {
 public:
  explicit ClassIdentity(const mapper::Mapper& mapper);
  ~ClassIdentity();
  Instance* find(int64_t key) const;
  Instance* find(std::span<const base::Value> key) const;
  // Under its current key slots. Returns another instance that holds this key already (and does
  // nothing then).
  Instance* insert(Instance& instance);
  void insert_integer(int64_t key, Instance& instance);
  void erase(Instance& instance);                                          // by its committed key
  void erase(std::span<const base::Value> key, const Instance& instance);  // only if it is this one
  size_t size() const;
  void reserve(size_t n);
  void each(const std::function<void(Instance&)>& f) const;
  void clear();

  // The epoch of the host at which no instance here is expired; 0 when some may be. With it
  // `find_handle` answers without touching the instance, whose memory is most likely cold.
  void set_current(uint32_t epoch) { current_epoch_ = epoch; }
  // The handle (InstanceHeap::handle) of the instance with this key; 0 when there is none, it has
  // none, or it may be expired.
  uint32_t find_handle(int64_t key, uint32_t epoch);

 private:
  struct Maps;
  std::unique_ptr<Maps> maps_;
  const mapper::Mapper* mapper_;
  uint32_t current_epoch_ = 0;
};

class IdentityMap {
 public:
  ClassIdentity& of(const mapper::Mapper& mapper);
  const ClassIdentity* find_class(const mapper::Mapper& mapper) const;
  size_t size() const;
  void each(const std::function<void(Instance&)>& f) const;
  void clear() {
    classes_.clear();
    last_ = nullptr;
    last_uid_ = 0;
  }

 private:
  std::unordered_map<uint64_t, std::unique_ptr<ClassIdentity>> classes_;
  uint64_t last_uid_ = 0;
  ClassIdentity* last_ = nullptr;
};

// The committed key of an instance: current key slots, or their remembered old values.
std::vector<base::Value> committed_key(const Instance& instance);
std::vector<base::Value> current_key(const Instance& instance);

}  // namespace moonbase::state
