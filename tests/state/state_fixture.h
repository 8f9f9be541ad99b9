// Instances without a session: a host that answers as a test says, and short ways to change them.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "orm/state/collection.h"
#include "orm/state/identity.h"
#include "orm/state/instance_heap.h"
#include "orm/state/link.h"
#include "tests/support/model_builders.h"

namespace moonbase::test {

using state::Instance;
using Instances = std::vector<Instance*>;

class FakeHost : public state::InstanceHost {
 public:
  void load_slot(Instance& i, int slot) override {
    loads.push_back(i.mapper->attributes()[static_cast<size_t>(slot)].name);
    if (state::Collection* members = i.collection(slot)) {
      members->set_loaded(rows[&i]);
      return;
    }
    i.load(slot, database[slot]);
  }
  void on_modified(Instance& i) override { modified.push_back(&i); }
  void on_linked(Instance&, const mapper::Relationship&, Instance& member) override {
    linked.push_back(&member);
  }
  Instance* find_referred(const mapper::Relationship& r, const Instance& owner) override {
    const base::Value& key = owner.slot(r.pairs[0].destination_slot);
    return key.tag() == base::Tag::kInt ? identity.of(*r.target).find(key.as_int()) : nullptr;
  }

  state::IdentityMap identity;
  std::map<int, base::Value> database;  // by slot
  std::map<const Instance*, Instances> rows;
  std::vector<std::string> loads;
  Instances modified, linked;
};

struct StateFixture {
  Models models;
  FakeHost host;
  state::InstanceHeap heap;

  Instance& make(const std::string& model) { return heap.create(models[model]); }
  // As if loaded from a row: attributes are there, relationships are not.
  Instance& persistent(const std::string& model, int64_t id) {
    Instance& i = heap.create(models[model], 0, base::Tag::kNotLoaded);
    for (int slot : models[model].column_slots()) i.load(slot, base::Value());
    i.load(0, integer(id));
    i.has_identity = true;
    i.lifecycle = state::Lifecycle::kPersistent;
    i.host = &host;
    i.epoch = host.epoch;
    host.identity.of(models[model]).insert(i);
    return i;
  }
  static int slot(const Instance& i, const std::string& name) {
    return i.mapper->attribute(name).slot;
  }
  const mapper::Relationship& relation(const Instance& i, const std::string& name) const {
    return *i.mapper->attribute(name).relationship;
  }
  void append(Instance& i, const std::string& name, Instance& member) {
    state::append(i, relation(i, name), member);
  }
  bool remove(Instance& i, const std::string& name, Instance& member) {
    return state::remove(i, relation(i, name), member);
  }
  void point(Instance& i, const std::string& name, Instance* target) {
    state::set_reference(i, relation(i, name), target);
  }
  state::Collection& members(Instance& i, const std::string& name) {
    return state::collection_of(i, relation(i, name));
  }
  Instance* ref(const Instance& i, const std::string& name) const {
    return i.object(slot(i, name));
  }
};

}  // namespace moonbase::test
