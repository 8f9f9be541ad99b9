#include "orm/mapper/registry.h"

#include <algorithm>

#include "orm/base/error.h"
#include "orm/base/graph.h"
#include "orm/base/text.h"
#include "orm/mapper/join_condition.h"

namespace moonbase::mapper {

using base::Error;
using base::ErrorKind;

namespace {

uint64_t next_uid() {
  static uint64_t counter = 0;
  return ++counter;
}

// Mappers are handed out as const; the registry made them and completes them.
Mapper& mutable_mapper(const Mapper& mapper) { return const_cast<Mapper&>(mapper); }

}  // namespace

Registry::Registry() = default;
Registry::~Registry() = default;

MapperPtr Registry::find(std::string_view name) const {
  for (const MapperPtr& m : current_)
    if (m->name() == name) return m;
  return nullptr;
}

MapperPtr Registry::declare(ModelDef def, bool replace) {
  MapperPtr old = find(def.name);
  if (old && !replace)
    throw Error(ErrorKind::kInvalidRequestError,
                "a model named " + def.name + " is declared already")
        .with_hint("give one of the two another name");
  if (def.table->primary_key().empty())
    throw Error(ErrorKind::kArgumentError, "model " + def.name +
                                               " has no primary key: no column of table '" +
                                               def.table->full_name() + "' is one")
        .with_hint("mark a column: id = db.Column{db.Integer, primary_key = true}");
  auto made = std::shared_ptr<Mapper>(new Mapper());
  made->name_ = def.name;
  made->uid_ = next_uid();
  made->registry_ = this;
  made->table_ = def.table;
  made->metadata_ = def.metadata;
  made->from_ = expr::table(def.table);
  for (PropertyDef& property : def.properties) {
    if (property.relationship) {
      made->pending_.push_back(property.relationship);
      continue;
    }
    Attribute attribute;
    attribute.name = property.name;
    attribute.slot = static_cast<int>(made->attributes_.size());
    attribute.column_position = def.table->column(property.column_key).position;
    made->attributes_.push_back(std::move(attribute));
  }
  for (const schema::Column* c : def.table->primary_key()) {
    const bool mapped =
        std::any_of(made->attributes_.begin(), made->attributes_.end(),
                    [&](const Attribute& a) { return a.column_position == c->position; });
    if (!mapped)
      throw Error(ErrorKind::kArgumentError,
                  "model " + def.name + " does not map its key column " + c->full_name());
  }
  made->index_table();
  // Nothing can fail from here on.
  if (old) {
    mutable_mapper(*old).replaced_ = true;
    *std::find(current_.begin(), current_.end(), old) = made;
    // What others say of the old class is resolved anew: its slots may stand elsewhere now.
    for (const MapperPtr& m : current_)
      for (const auto& r : m->relationships_)
        if (r->target == old.get())
          mutable_mapper(*m).pending_.push_back(std::const_pointer_cast<RelationshipDef>(r->def));
  } else {
    current_.push_back(made);
  }
  all_.push_back(made);
  dirty_ = order_stale_ = true;
  return made;
}

int Registry::add_slot(Mapper& mapper, Attribute attribute) {
  attribute.slot = mapper.slot_count();
  mapper.attributes_.push_back(attribute);
  mapper.index_table();
  if (on_grown_) on_grown_(mapper);
  return attribute.slot;
}

void Registry::add_column(const Mapper& mapper, schema::TablePtr extended, const std::string& name,
                          const std::string& column_key) {
  Mapper& m = mutable_mapper(mapper);
  m.former_tables_.push_back(std::exchange(m.table_, std::move(extended)));
  m.from_ = expr::table(m.table_);
  Attribute attribute;
  attribute.name = name;
  attribute.column_position = m.table_->column(column_key).position;
  add_slot(m, attribute);
  order_stale_ = true;
}

void Registry::add_relationship(const Mapper& mapper, std::shared_ptr<RelationshipDef> def) {
  std::vector<std::shared_ptr<RelationshipDef>>& pending = mutable_mapper(mapper).pending_;
  // It takes the place of one that could not be resolved.
  std::erase_if(pending, [&](const auto& former) { return former->name == def->name; });
  pending.push_back(std::move(def));
  dirty_ = true;
}

void Registry::configure_pending() {
  std::optional<Error> first;
  for (const MapperPtr& m : all_) {
    Mapper& mapper = mutable_mapper(*m);
    if (mapper.replaced_) continue;
    std::vector<std::shared_ptr<RelationshipDef>> pending = std::move(mapper.pending_), failed;
    mapper.pending_.clear();
    for (const auto& def : pending) {
      try {
        configure_relationship(mapper, def);
      } catch (const Error& e) {
        failed.push_back(def);
        if (!first) first = e;
      }
    }
    mapper.pending_.insert(mapper.pending_.end(), failed.begin(), failed.end());
    const bool was = mapper.configured_;
    mapper.configured_ = mapper.pending_.empty();
    if (on_configured_ && (!was || !pending.empty())) on_configured_(mapper);
  }
  order_stale_ = true;
  if (first) throw *first;
  for (const MapperPtr& m : current_) pair_up(*m);
  dirty_ = false;
}

// Builds one relationship and the backref it asks for: both or neither.
void Registry::configure_relationship(Mapper& mapper, const std::shared_ptr<RelationshipDef>& def) {
  MapperPtr target = find(def->target);
  if (!target) {
    std::vector<std::string> names;
    for (const MapperPtr& m : current_) names.push_back(m->name());
    throw Error(ErrorKind::kInvalidRequestError, "relationship " + mapper.name() + "." + def->name +
                                                     " refers to '" + def->target +
                                                     "', and there is no model of that name" +
                                                     base::did_you_mean(def->target, names))
        .with_hint("declare it, or mend the name in db.relationship");
  }
  if (const Attribute* taken = mapper.find(def->name); taken && taken->relationship == nullptr)
    throw Error(
        ErrorKind::kArgumentError,
        mapper.name() + "." + def->name + " is a column already; name the relationship otherwise");

  auto build = [](const Mapper& owner, const Mapper& to,
                  const std::shared_ptr<const RelationshipDef>& d) {
    auto r = std::make_unique<Relationship>();
    r->name = d->name;
    r->owner = &owner;
    r->target = &to;
    r->def = d;
    r->lazy = parse_lazy(d->lazy);
    r->cascade = parse_cascade(d->cascade);
    r->passive_deletes = d->passive_deletes;
    r->viewonly = d->viewonly;
    r->secondary = d->secondary;
    if (!r->secondary && !d->secondary_name.empty()) {
      r->secondary = owner.metadata_->find(d->secondary_name);
      if (!r->secondary)
        throw Error(ErrorKind::kInvalidRequestError,
                    "relationship " + r->full_name() + ": there is no table '" + d->secondary_name +
                        "' to be its secondary");
    }
    determine_join(*r);
    if (r->lazy == Lazy::kDynamic && !r->uselist)
      throw Error(ErrorKind::kInvalidRequestError,
                  "relationship " + r->full_name() +
                      " is to one object: lazy = 'dynamic' needs a collection");
    r->order_by = d->order_by_elements;
    for (const std::string& text : d->order_by) {
      std::vector<std::string_view> words = base::split(base::trim(text), ' ');
      std::string_view name = words[0];
      if (const size_t dot = name.rfind('.'); dot != std::string_view::npos)
        name = name.substr(dot + 1);
      const Attribute& a = to.attribute(name);
      expr::ElementPtr e = to.element(a.slot);
      if (words.size() > 1 && base::equal_ignoring_case(words.back(), "desc"))
        e = expr::ordering(expr::Op::kDesc, e);
      r->order_by.push_back(std::move(e));
    }
    return r;
  };
  auto install = [this](Mapper& owner, std::unique_ptr<Relationship> r) {
    Relationship* made = r.get();
    const Attribute* existing = owner.find(made->name);
    auto former = std::find_if(
        owner.relationships_.begin(), owner.relationships_.end(),
        [&](const auto& each) { return existing && each.get() == existing->relationship; });
    if (former != owner.relationships_.end()) {
      owner.former_relationships_.push_back(std::exchange(*former, std::move(r)));
    } else {
      owner.relationships_.push_back(std::move(r));
    }
    if (existing) {  // declared again: it keeps its slot
      made->slot = existing->slot;
      owner.attributes_[static_cast<size_t>(existing->slot)].relationship = made;
      owner.index_table();
      return;
    }
    made->slot = owner.slot_count();
    Attribute attribute;
    attribute.kind = Attribute::Kind::kRelationship;
    attribute.name = made->name;
    attribute.relationship = made;
    add_slot(owner, attribute);
  };

  std::unique_ptr<Relationship> forward = build(mapper, *target, def);
  std::unique_ptr<Relationship> backward;
  Mapper& other = mutable_mapper(*target);
  if (!def->backref.empty()) {
    auto back = std::make_shared<RelationshipDef>();
    if (def->backref_options) *back = *def->backref_options;
    back->name = def->backref;
    back->target = mapper.name();
    if (back->foreign_keys.empty()) back->foreign_keys = def->foreign_keys;
    back->secondary = forward->secondary;
    if (mapper.uid() == other.uid() && !forward->secondary && back->remote_side.empty() &&
        forward->direction == Direction::kOneToMany)
      for (const SyncPair& p : forward->pairs) back->remote_side.push_back(p.source->name);
    if (const Attribute* taken = other.find(def->backref);
        taken && !(taken->relationship && taken->relationship->target->name() == mapper.name()))
      throw Error(ErrorKind::kArgumentError, "backref '" + def->backref + "' of " + mapper.name() +
                                                 "." + def->name + " is taken: " + other.name() +
                                                 " has an attribute of that name");
    backward = build(other, mapper, back);
    if (forward->secondary && mapper.uid() == other.uid())
      std::swap(backward->pairs, backward->secondary_pairs);
  }
  Relationship* f = forward.get();
  install(mapper, std::move(forward));
  if (backward) {
    Relationship* b = backward.get();
    install(other, std::move(backward));
    f->reverse = b;
    b->reverse = f;
    if (on_configured_) on_configured_(other);
  }
}

// Pairs what back_populates names, once everything is configured: the two sides may come in any
// order.
void Registry::pair_up(const Mapper& mapper) {
  for (const auto& r : mapper.relationships_) {
    const std::string& name = r->def->back_populates;
    if (name.empty() || r->reverse != nullptr) continue;
    const Attribute* partner = r->target->find(name);
    if (!partner || !partner->relationship)
      throw Error(ErrorKind::kInvalidRequestError,
                  "relationship " + r->full_name() + " says back_populates = '" + name + "', and " +
                      r->target->name() + " has no relationship of that name");
    auto* other = const_cast<Relationship*>(partner->relationship);
    if (other->def->back_populates != r->name || other->target != r->owner)
      throw Error(ErrorKind::kArgumentError,
                  "relationship " + r->full_name() + " says back_populates = '" + name + "', but " +
                      other->full_name() + " says '" + other->def->back_populates + "'");
    r->reverse = other;
    other->reverse = r.get();
  }
}

const std::vector<Component>& Registry::flush_order() {
  configure();
  if (!order_stale_) return flush_order_;
  std::vector<base::Edge> edges;
  std::unordered_map<std::string, std::vector<int>> by_table;
  std::vector<const Mapper*> live;
  for (const MapperPtr& m : all_) live.push_back(m.get());
  for (size_t i = 0; i < live.size(); ++i)
    by_table[live[i]->table()->full_name()].push_back(static_cast<int>(i));
  for (size_t i = 0; i < live.size(); ++i)
    for (const schema::ForeignKeyConstraint& key : live[i]->table()->foreign_keys())
      if (auto it = by_table.find(key.target_table()); it != by_table.end())
        for (int referred : it->second) edges.push_back({referred, static_cast<int>(i)});
  const base::Graph graph(static_cast<int>(live.size()), edges);
  flush_order_.clear();
  flush_position_.clear();
  for (const std::vector<int>& nodes : base::components(graph)) {
    Component component;
    for (int node : nodes) {
      component.mappers.push_back(live[static_cast<size_t>(node)]);
      flush_position_[live[static_cast<size_t>(node)]->uid()] =
          static_cast<int>(flush_order_.size());
      for (int next : graph.successors(node))
        if (next == node || nodes.size() > 1) component.is_cyclic = true;
    }
    flush_order_.push_back(std::move(component));
  }
  order_stale_ = false;
  return flush_order_;
}

int Registry::flush_position(const Mapper& mapper) {
  flush_order();
  return flush_position_.at(mapper.uid());
}

}  // namespace moonbase::mapper
