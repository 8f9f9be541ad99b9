#include "orm/state/instance.h"

#include <algorithm>

#include "orm/base/error.h"
#include "orm/state/collection.h"

namespace moonbase::state {

using base::Error;
using base::ErrorKind;
using base::Tag;
using base::Value;

std::string_view lifecycle_name(Lifecycle state) {
  switch (state) {
    case Lifecycle::kTransient:
      return "transient";
    case Lifecycle::kPending:
      return "pending";
    case Lifecycle::kPersistent:
      return "persistent";
    case Lifecycle::kDeleted:
      return "deleted";
    case Lifecycle::kDetached:
      return "detached";
  }
  return "transient";
}

const Change* History::find(int slot) const {
  for (const Change& c : changes)
    if (c.slot == slot) return &c;
  return nullptr;
}

namespace {

// Why an object that stands for a row is in no session, and what to do.
const char* why_detached(const Instance& i) {
  if (i.mapper->is_replaced())
    return "its class was declared again since: query for the object anew";
  if (i.row_is_gone) return "its row was deleted: only what was read before that is left";
  if (i.detached_by_close)
    return "its session was closed or it was expunged: add it to a session again, or read the "
           "attribute before that";
  return "add it to a session: db.session:add(x)";
}

}  // namespace

const Value& Instance::read_slow(int i) {
  if (is_expired()) apply_expiry();
  if (slots[i].tag() == Tag::kNotLoaded) {
    if (host != nullptr) {
      host->load_slot(*this, i);
    } else {
      const std::string name = mapper->attribute_at(i).name;
      throw Error(ErrorKind::kDetachedInstanceError,
                  describe(*this) + " is not in a session, so its '" + name + "' cannot be loaded")
          .with_hint(why_detached(*this));
    }
  }
  return slots[i];
}

void Instance::remember(int i) {
  if (history == nullptr) {
    constexpr size_t kUsual = 4;
    history = new History();
    history->changes.reserve(kUsual);
  }
  if (history->find(i) != nullptr) return;
  Value old = slots[i].tag() == Tag::kExpression ? Value::marker(Tag::kNotLoaded) : slots[i];
  history->changes.push_back({i, std::move(old)});
}

void Instance::set_modified() {
  if (modified) return;
  modified = true;
  if (host != nullptr) host->on_modified(*this);
}

void Instance::write(int i, Value v) {
  if (is_expired()) apply_expiry();
  // A new object has no row that its values could be compared with.
  if (has_identity) remember(i);
  if (history != nullptr && slots[i].tag() == Tag::kExpression)
    std::erase_if(history->expressions, [i](const auto& e) { return e.first == i; });
  slots[i] = std::move(v);
  slots[i].own();
  set_modified();
}

void Instance::say_class() {
  const int slot = mapper->discriminator();
  if (slot < 0 || mapper->polymorphic_identity().is_absent() || !slots[slot].is_absent()) return;
  write(slot, mapper->polymorphic_identity());
}

void Instance::write_expression(int i, expr::ElementPtr e) {
  if (is_expired()) apply_expiry();
  remember(i);
  std::erase_if(history->expressions, [i](const auto& x) { return x.first == i; });
  history->expressions.emplace_back(i, std::move(e));
  slots[i] = Value::marker(Tag::kExpression);
  set_modified();
}

void Instance::load(int i, Value v) {
  if (slots[i].tag() == Tag::kCollection) drop_relationship(i);
  slots[i] = std::move(v);
  slots[i].own();
}

const Value& Instance::committed(int i) const {
  if (history != nullptr)
    if (const Change* c = history->find(i)) return c->old;
  return slots[i];
}

const expr::ElementPtr* Instance::expression(int i) const {
  if (history != nullptr)
    for (const auto& e : history->expressions)
      if (e.first == i) return &e.second;
  return nullptr;
}

Collection* Instance::collection(int i) const {
  return slots[i].tag() == Tag::kCollection ? static_cast<Collection*>(slots[i].as_pointer())
                                            : nullptr;
}

Collection& Instance::make_collection(int i, bool loaded) {
  drop_relationship(i);
  auto made = std::make_unique<Collection>(*this, *mapper->relationship(i), loaded);
  Collection& result = *made;
  slots[i] = Value::pointer(Tag::kCollection, made.release());
  return result;
}

void Instance::drop_relationship(int i) {
  delete collection(i);
  slots[i] = Value::marker(Tag::kNotLoaded);
}

void Instance::apply_expiry() {
  epoch = host->epoch;
  const std::vector<int>& key = mapper->primary_key();
  // A new key that was not written is forgotten: the old one names the row.
  for (int i : key) {
    const Change* changed = history != nullptr ? history->find(i) : nullptr;
    if (changed != nullptr) slots[i] = changed->old;
  }
  delete history;
  history = nullptr;
  modified = false;
  taken_out = false;
  for (int i = 0; i < slot_count; ++i) {
    if (mapper->relationship(i) != nullptr) {
      drop_relationship(i);
    } else if (std::find(key.begin(), key.end(), i) == key.end()) {
      slots[i] = Value::marker(Tag::kNotLoaded);
    }
  }
}

void Instance::clear_history() {
  delete history;
  history = nullptr;
  modified = false;
  taken_out = false;
  for (const auto& r : mapper->relationships())
    if (Collection* c = r->slot < slot_count ? collection(r->slot) : nullptr) c->clear_history();
}

std::string describe(const Instance& instance) {
  std::string text = "<" + instance.mapper->name();
  if (instance.has_identity) {
    for (size_t k = 0; k < instance.mapper->primary_key().size(); ++k) {
      const Value& v = instance.committed(instance.mapper->primary_key()[k]);
      text +=
          (k == 0 ? " " : ", ") + (v.tag() == Tag::kText ? std::string(v.as_bytes()) : v.repr(40));
    }
  } else {
    text += " (" + std::string(lifecycle_name(instance.lifecycle)) + ")";
  }
  return text + ">";
}

}  // namespace moonbase::state
