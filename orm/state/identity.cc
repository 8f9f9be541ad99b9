#include "orm/state/identity.h"

#include <boost/unordered/unordered_flat_map.hpp>

namespace moonbase::state {

using base::Value;

namespace {

using Key = std::vector<Value>;

struct KeyHash {
  using is_transparent = void;
  size_t operator()(std::span<const Value> key) const {
    uint64_t h = 0x9e3779b97f4a7c15ULL;
    for (const Value& v : key) h = (h ^ v.hash()) * 0x2545f4914f6cdd1dULL;
    return static_cast<size_t>(h ^ (h >> 29));
  }
};

struct KeyEqual {
  using is_transparent = void;
  bool operator()(std::span<const Value> a, std::span<const Value> b) const {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
  }
};

}  // namespace

struct ClassIdentity::Maps {
  struct Entry {
    Instance* instance;
    uint32_t handle;  // 0: not known here
  };
  boost::unordered_flat_map<int64_t, Entry> by_integer;
  boost::unordered_flat_map<Key, Instance*, KeyHash, KeyEqual> by_key;
};

ClassIdentity::ClassIdentity(const mapper::Mapper& mapper)
    : maps_(std::make_unique<Maps>()), mapper_(&mapper) {}
ClassIdentity::~ClassIdentity() = default;

Instance* ClassIdentity::find(int64_t key) const {
  auto it = maps_->by_integer.find(key);
  return it == maps_->by_integer.end() ? nullptr : it->second.instance;
}

Instance* ClassIdentity::find(std::span<const Value> key) const {
  if (mapper_->has_integer_key()) return find(key[0].as_int());
  auto it = maps_->by_key.find(key);
  return it == maps_->by_key.end() ? nullptr : it->second;
}

Instance* ClassIdentity::insert(Instance& instance) {
  if (mapper_->has_integer_key()) {
    auto [it, fresh] = maps_->by_integer.try_emplace(
        instance.slot(mapper_->primary_key()[0]).as_int(), Maps::Entry{&instance, instance.handle});
    return fresh || it->second.instance == &instance ? nullptr : it->second.instance;
  }
  auto [it, fresh] = maps_->by_key.try_emplace(current_key(instance), &instance);
  return fresh || it->second == &instance ? nullptr : it->second;
}

void ClassIdentity::insert_integer(int64_t key, Instance& instance) {
  maps_->by_integer.insert_or_assign(key, Maps::Entry{&instance, instance.handle});
}

void ClassIdentity::erase(Instance& instance) {
  if (mapper_->has_integer_key()) {
    const Value& key = instance.committed(mapper_->primary_key()[0]);
    erase({key.is_absent() ? &instance.slot(mapper_->primary_key()[0]) : &key, 1}, instance);
    return;
  }
  const Key key = committed_key(instance);
  erase(key, instance);
}

void ClassIdentity::erase(std::span<const Value> key, const Instance& instance) {
  if (mapper_->has_integer_key()) {
    auto it = maps_->by_integer.find(key[0].as_int());
    if (it != maps_->by_integer.end() && it->second.instance == &instance)
      maps_->by_integer.erase(it);
    return;
  }
  auto it = maps_->by_key.find(key);
  if (it != maps_->by_key.end() && it->second == &instance) maps_->by_key.erase(it);
}

uint32_t ClassIdentity::find_handle(int64_t key, uint32_t epoch) {
  if (current_epoch_ != epoch) return 0;
  auto it = maps_->by_integer.find(key);
  if (it == maps_->by_integer.end()) return 0;
  if (it->second.handle == 0) it->second.handle = it->second.instance->handle;
  return it->second.handle;
}

size_t ClassIdentity::size() const { return maps_->by_integer.size() + maps_->by_key.size(); }

void ClassIdentity::reserve(size_t n) {
  if (mapper_->has_integer_key())
    maps_->by_integer.reserve(n);
  else
    maps_->by_key.reserve(n);
}

void ClassIdentity::each(const std::function<void(Instance&)>& f) const {
  for (const auto& [key, entry] : maps_->by_integer) f(*entry.instance);
  for (const auto& [key, instance] : maps_->by_key) f(*instance);
}

void ClassIdentity::clear() {
  maps_->by_integer.clear();
  maps_->by_key.clear();
}

ClassIdentity& IdentityMap::of(const mapper::Mapper& mapper) {
  const uint64_t uid = mapper.root_uid();
  if (last_ != nullptr && last_uid_ == uid) return *last_;
  std::unique_ptr<ClassIdentity>& there = classes_[uid];
  if (!there) there = std::make_unique<ClassIdentity>(mapper.root());
  last_uid_ = uid;
  last_ = there.get();
  return *there;
}

const ClassIdentity* IdentityMap::find_class(const mapper::Mapper& mapper) const {
  auto it = classes_.find(mapper.root_uid());
  return it == classes_.end() ? nullptr : it->second.get();
}

size_t IdentityMap::size() const {
  size_t n = 0;
  for (const auto& [uid, map] : classes_) n += map->size();
  return n;
}

void IdentityMap::each(const std::function<void(Instance&)>& f) const {
  for (const auto& [uid, map] : classes_) map->each(f);
}

std::vector<Value> committed_key(const Instance& instance) {
  std::vector<Value> key;
  for (int slot : instance.mapper->primary_key()) {
    const Value& v = instance.committed(slot);
    key.push_back(v.is_absent() ? instance.slot(slot) : v);
  }
  return key;
}

std::vector<Value> current_key(const Instance& instance) {
  std::vector<Value> key;
  for (int slot : instance.mapper->primary_key()) key.push_back(instance.slot(slot));
  return key;
}

}  // namespace moonbase::state
