// The keys of a dict collection's members. A member keeps the key it was given when it came in: an
// attribute that changes later does not move it. Of several members under one key the last stands
// there. Owned by its Collection; pointers to members are never owners.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "orm/base/value.h"
#include "orm/mapper/relationship.h"

namespace moonbase::state {

struct Instance;

class KeyIndex {
 public:
  // The member under a key; null when there is none.
  Instance* find(const base::Value& key) const;
  // The key under which a member stands; null when another has taken its place, or when it has no
  // key yet.
  const base::Value* key_of(const Instance& member) const;
  // Whether it was given a key, be it one that another has taken since.
  bool is_keyed(const Instance& member) const { return keys_.contains(&member); }
  // How many keys there are.
  size_t size() const { return members_.size(); }

  // Asks those of `items` for their key that have none. Does nothing when `version` is that of the
  // last time.
  void update(const std::vector<Instance*>& items, const mapper::CollectionClass& how,
              uint32_t version);
  void put(base::Value key, Instance& member);
  void remove(const Instance& member);
  // Nothing else has happened between two versions of the collection.
  void advance(uint32_t from, uint32_t to) {
    if (version_ == from) version_ = to;
  }

 private:
  static constexpr uint32_t kNever = UINT32_MAX;

  uint32_t version_ = kNever;
  std::unordered_map<base::Value, Instance*> members_;
  std::unordered_map<const Instance*, base::Value> keys_;
};

}  // namespace moonbase::state
