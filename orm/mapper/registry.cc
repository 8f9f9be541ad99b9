#include "orm/mapper/registry.h"

#include <algorithm>
#include <atomic>

#include "orm/base/error.h"
#include "orm/base/text.h"
#include "orm/mapper/inheritance.h"
#include "orm/mapper/relationship_build.h"

namespace moonbase::mapper {

using base::Error;
using base::ErrorKind;

namespace {

// Registries of several threads share it.
uint64_t next_uid() {
  static std::atomic<uint64_t> counter = 0;
  return ++counter;
}

Attribute column_attribute(const std::string& name, const schema::Column& column,
                           const Loading& loading) {
  Attribute a;
  a.name = name;
  a.column_position = column.position;
  a.loading = loading;
  return a;
}

Attribute expression_attribute(const ExpressionDef& def) {
  Attribute a;
  a.kind = Attribute::Kind::kExpression;
  a.name = def.name;
  a.loading = def.loading;
  return a;
}

// Mappers are handed out as const; the registry made them and completes them.
Mapper& mutable_mapper(const Mapper& mapper) { return const_cast<Mapper&>(mapper); }

// Where a class's own columns are, among the tables of its rows.
int own_part_of(const ModelDef& def) {
  if (def.base == nullptr) return 0;
  const int above = static_cast<int>(def.base->parts().size());
  return def.table->uid() == def.base->table()->uid() ? above - 1 : above;
}

[[noreturn]] void refuse_inherited(const Mapper& made, const PropertyDef& property,
                                   const Attribute& inherited) {
  throw Error(ErrorKind::kArgumentError,
              "model " + made.name() + ": " +
                  (property.column_key.empty() ? "the attribute '" : "the column '") +
                  property.name + "' conflicts with " + inherited.owner->name() + "." +
                  inherited.name + ", which the class inherits")
      .with_hint("leave it out, or give it another name");
}

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
  made->base_ = def.base;
  made->root_uid_ = def.base != nullptr ? def.base->root_uid_ : made->uid_;
  made->own_part_ = own_part_of(def);
  if (def.base != nullptr) {
    made->hierarchy_ = def.base->hierarchy_;
    made->version_slot_ = def.base->version_slot_;
    if (def.table->uid() != def.base->table_->uid()) made->join_to_base();
  }
  add_properties(*made, def);
  if (def.base != nullptr) {
    place_in_tree(*made, def, old.get());
  } else {
    made->index_table();
    made->set_write_options(def.options);
    made->set_inheritance(def.inheritance);
    made->index_load_list();
  }
  // Nothing can fail from here on.
  if (made->hierarchy_) {
    made->hierarchy_->slot_count = std::max(made->hierarchy_->slot_count, made->slot_count_);
    made->hierarchy_->classes.push_back(made.get());
    index_trees(*made);
  }
  if (old) {
    step_aside(*old);
    *std::find(current_.begin(), current_.end(), old) = made;
    for (const MapperPtr& m : current_)
      for (const auto& r : m->relationships_)
        if (r->owner == m.get() && r->target->replaced_ && r->declared)
          mutable_mapper(*m).pending_.push_back(
              std::const_pointer_cast<RelationshipDef>(r->declared));
  } else {
    current_.push_back(made);
  }
  all_.push_back(made);
  dirty_ = order_stale_ = true;
  return made;
}

void Registry::add_properties(Mapper& made, const ModelDef& def) {
  // Slots of a tree are given out once.
  int next = 0;
  if (def.base != nullptr)
    next = std::max(def.base->slot_count_,
                    def.base->hierarchy_ ? def.base->hierarchy_->slot_count : 0);
  for (const PropertyDef& property : def.properties) {
    const Attribute* inherited = def.base != nullptr ? def.base->find(property.name) : nullptr;
    if (!property.column_key.empty()) {
      const schema::Column& column = def.table->column(property.column_key);
      const int repeats = made.repeated_slot(column.position);
      if (repeats >= 0) {  // the key of the class above, under its name or another one
        const std::string& name = def.base->attribute_at(repeats).name;
        if (name != property.name) made.synonyms_.emplace_back(property.name, name);
        continue;
      }
    }
    if (inherited != nullptr) refuse_inherited(made, property, *inherited);
    if (property.relationship) {
      made.pending_.push_back(property.relationship);
      continue;
    }
    if (!property.synonym_of.empty()) {
      made.synonyms_.emplace_back(property.name, property.synonym_of);
      continue;
    }
    Attribute attribute;
    if (property.expression) {
      attribute = expression_attribute(*property.expression);
      made.pending_expressions_.push_back(property.expression);
    } else {
      attribute =
          column_attribute(property.name, def.table->column(property.column_key), property.loading);
    }
    attribute.slot = next++;
    attribute.owner = &made;
    made.attributes_.push_back(std::move(attribute));
  }
  if (def.base != nullptr) return;
  for (const schema::Column* c : def.table->primary_key()) {
    const bool mapped =
        std::any_of(made.attributes_.begin(), made.attributes_.end(),
                    [&](const Attribute& a) { return a.column_position == c->position; });
    if (!mapped)
      throw Error(ErrorKind::kArgumentError,
                  "model " + def.name + " does not map its key column " + c->full_name());
  }
}

// A class below another one. With columns of its own in the table of that one, the whole tree sees
// them there; what was before comes back when the class is refused.
void Registry::place_in_tree(Mapper& made, const ModelDef& def, const Mapper* old) {
  Mapper& root = mutable_mapper(def.base->root());
  const schema::TablePtr before = def.base->table_;
  struct Undo {
    Registry& registry;
    Mapper& root;
    const schema::TablePtr& table;
    Hierarchy* tree;
    const Mapper* old;
    bool is_done = false;
    ~Undo() {
      if (is_done) return;
      if (old != nullptr && tree != nullptr) tree->classes.push_back(old);
      registry.take_over_table(root, table);
    }
  } undo{*this, root, before, root.hierarchy_.get(), old};
  if (def.table->uid() == before->uid()) take_over_table(root, def.table);
  if (old != nullptr && root.hierarchy_) std::erase(root.hierarchy_->classes, old);
  made.inherit();
  made.index_table();
  WriteOptions options = def.options;
  if (options.version_id_col.empty())
    options.version_id_col = def.base->write_options_.version_id_col;
  made.set_write_options(std::move(options));
  made.set_inheritance(def.inheritance);
  made.index_load_list();
  undo.is_done = true;
  if (!made.hierarchy_) {
    auto tree = std::make_shared<Hierarchy>();
    tree->root = def.base;
    tree->classes.push_back(def.base);
    tree->slot_count = def.base->slot_count_;
    made.hierarchy_ = root.hierarchy_ = std::move(tree);
  }
  if (made.discriminator() >= 0 && made.polymorphic_identity().is_absent())
    warn_once("model " + made.name_ + " has no polymorphic_identity, and the column '" +
              root.attribute_at(made.discriminator()).name + "' of " + root.name_ +
              " says the class of a row: its objects are not found again as what they are. Write "
              "__mapper_args__ = {polymorphic_identity = '" +
              base::camel_to_snake(made.name_) + "'}");
}

// A class that is declared anew, and those that inherit from it: they belong to the old one.
void Registry::step_aside(const Mapper& old) {
  for (const Mapper* m : old.self_and_descendants()) {
    mutable_mapper(*m).replaced_ = true;
    if (m != &old) std::erase_if(current_, [m](const MapperPtr& each) { return each.get() == m; });
  }
  if (old.hierarchy_)
    std::erase_if(old.hierarchy_->classes, [](const Mapper* m) { return m->is_replaced(); });
}

// The table has more columns than it had: all classes of the tree that are in it see the new one.
void Registry::take_over_table(Mapper& root, const schema::TablePtr& table) {
  const auto take = [&](const Mapper& mapper) {
    Mapper& m = mutable_mapper(mapper);
    if (m.table_->uid() == table->uid()) m.former_tables_.push_back(std::exchange(m.table_, table));
  };
  take(root);
  if (root.hierarchy_)
    for (const Mapper* m : root.hierarchy_->classes) take(*m);
  root.index_table();
  if (!root.hierarchy_) return;
  for (const Mapper* m : root.hierarchy_->classes) mutable_mapper(*m).index_table();
  index_trees(root);
}

// What the classes above know of those below. From the bottom up, so that each finds it done.
void Registry::index_trees(const Mapper& mapper) {
  if (!mapper.hierarchy_) return;
  const std::vector<const Mapper*>& classes = mapper.hierarchy_->classes;
  for (auto m = classes.rbegin(); m != classes.rend(); ++m) {
    mutable_mapper(**m).index_load_list();
    mutable_mapper(**m).index_below();
  }
}

void Registry::reindex(Mapper& mapper) {
  mapper.index_table();
  if (!mapper.hierarchy_) return;
  mapper.hierarchy_->slot_count = std::max(mapper.hierarchy_->slot_count, mapper.slot_count_);
  for (const Mapper* below : mapper.self_and_descendants()) {
    if (below == &mapper) continue;
    mutable_mapper(*below).inherit();
    mutable_mapper(*below).index_table();
  }
  index_trees(mapper);
}

void Registry::tell_grown(const Mapper& mapper) {
  if (!on_grown_) return;
  for (const Mapper* m : mapper.self_and_descendants()) on_grown_(*m);
}

void Registry::tell_configured(const Mapper& mapper) {
  if (!on_configured_) return;
  for (const Mapper* m : mapper.self_and_descendants()) on_configured_(*m);
}

namespace {

void refuse_taken(const Mapper& mapper, const std::string& name) {
  if (mapper.find(name) != nullptr)
    throw Error(ErrorKind::kArgumentError, mapper.name() + "." + name + " is there already");
}

}  // namespace

int Registry::add_slot(Mapper& mapper, Attribute attribute) {
  attribute.slot = mapper.hierarchy_ ? mapper.hierarchy_->slot_count : mapper.slot_count_;
  attribute.owner = &mapper;
  mapper.attributes_.push_back(attribute);
  reindex(mapper);
  tell_grown(mapper);
  return attribute.slot;
}

void Registry::add_column(const Mapper& mapper, schema::TablePtr extended, const std::string& name,
                          const std::string& column_key, const Loading& loading) {
  Mapper& m = mutable_mapper(mapper);
  take_over_table(mutable_mapper(m.root()), extended);
  add_slot(m, column_attribute(name, m.table_->column(column_key), loading));
  order_stale_ = true;
}

void Registry::add_expression(const Mapper& mapper, std::shared_ptr<const ExpressionDef> def) {
  Mapper& m = mutable_mapper(mapper);
  refuse_taken(m, def->name);
  add_slot(m, expression_attribute(*def));
  m.pending_expressions_.push_back(std::move(def));
  dirty_ = true;
}

void Registry::add_synonym(const Mapper& mapper, const std::string& name,
                           const std::string& target) {
  Mapper& m = mutable_mapper(mapper);
  refuse_taken(m, name);
  // It takes the place of one that could not be resolved.
  std::erase_if(m.synonyms_, [&](const auto& former) { return former.first == name; });
  m.synonyms_.emplace_back(name, target);
  reindex(m);
  dirty_ = true;
}

// Expressions are made when all classes are there; one that fails is tried again at the next use.
void Registry::configure_expressions(Mapper& mapper) {
  std::vector<std::shared_ptr<const ExpressionDef>> pending =
      std::exchange(mapper.pending_expressions_, {});
  if (pending.empty()) return;
  for (const auto& def : pending) {
    try {
      expr::ElementPtr made = def->make(mapper);
      const auto is_it = [&def](const Attribute& a) { return a.name == def->name; };
      std::find_if(mapper.attributes_.begin(), mapper.attributes_.end(), is_it)->expression =
          std::move(made);
    } catch (Error& e) {
      e.add_context("making the column_property " + mapper.name() + "." + def->name);
      mapper.pending_expressions_.push_back(def);
      failures_.push_back({&mapper, nullptr, e});
    }
  }
  reindex(mapper);
}

void Registry::check_synonyms(const Mapper& mapper) {
  for (const auto& [name, target] : mapper.synonyms_)
    if (mapper.find(name) == nullptr)
      failures_.push_back({&mapper, nullptr,
                           Error(ErrorKind::kInvalidRequestError,
                                 "synonym " + mapper.name() + "." + name + ": " + mapper.name() +
                                     " has no attribute " + base::quote_for_message(target) +
                                     base::did_you_mean(target, mapper.attribute_names()))});
}

void Registry::add_relationship(const Mapper& mapper, std::shared_ptr<RelationshipDef> def) {
  std::vector<std::shared_ptr<RelationshipDef>>& pending = mutable_mapper(mapper).pending_;
  // It takes the place of one that could not be resolved.
  std::erase_if(pending, [&](const auto& former) { return former->name == def->name; });
  pending.push_back(std::move(def));
  dirty_ = true;
}

void Registry::configure_or_throw(const Mapper* mapper) {
  if (is_configuring_) return;
  configure_pending();
  for (const Failure& f : failures_)
    if (mapper == nullptr || mapper->is_a(*f.owner) ||
        (f.target != nullptr && mapper->is_a(*f.target)))
      throw Error(f.error);
}

void Registry::configure_pending() {
  // What makes an expression may ask a class for its attributes.
  struct Configuring {
    bool& flag;
    explicit Configuring(bool& f) : flag(f) { flag = true; }
    ~Configuring() { flag = false; }
  } configuring(is_configuring_);
  failures_.clear();
  for (const MapperPtr& m : all_) configure_types(mutable_mapper(*m));
  for (size_t i = 0; i < all_.size(); ++i) {
    Mapper& mapper = mutable_mapper(*all_[i]);
    if (!mapper.replaced_) configure_relationships(mapper);
  }
  for (const MapperPtr& m : all_) {
    Mapper& mapper = mutable_mapper(*m);
    if (mapper.replaced_) continue;
    const bool had_expressions = !mapper.pending_expressions_.empty();
    configure_expressions(mapper);
    check_synonyms(mapper);
    if (auto wrong = wrong_below(mapper, mapper.inheritance_.with_polymorphic))
      failures_.push_back({&mapper, nullptr, std::move(*wrong)});
    if (had_expressions) tell_configured(mapper);
  }
  order_stale_ = true;
  for (const MapperPtr& m : current_) pair_up(*m);
  if (!failures_.empty()) return;
  warn_of_overlaps();
  dirty_ = false;
}

// Columns that waited for the table their foreign key names.
void Registry::configure_types(Mapper& mapper) {
  if (!mapper.waits_for_types_ || mapper.replaced_) return;
  try {
    mapper.check_types();
  } catch (const Error& e) {
    failures_.push_back({&mapper, nullptr, e});
    return;
  }
  reindex(mapper);
  tell_configured(mapper);
}

void Registry::configure_relationships(Mapper& mapper) {
  const std::vector<std::shared_ptr<RelationshipDef>> pending = mapper.pending_;
  for (const auto& def : pending) {
    const Mapper* target = nullptr;
    try {
      configure_relationship(mapper, def, target);
      std::erase(mapper.pending_, def);
    } catch (const Error& e) {
      failures_.push_back({&mapper, def->backref.empty() ? nullptr : target, e});
    }
  }
  const bool was = mapper.configured_;
  mapper.configured_ = mapper.pending_.empty();
  if (!was || !pending.empty()) tell_configured(mapper);
}

const Mapper& Registry::target_of(const Mapper& mapper, const RelationshipDef& def) const {
  if (const MapperPtr target = find(def.target)) return *target;
  std::vector<std::string> names;
  for (const MapperPtr& m : current_) names.push_back(m->name());
  throw Error(ErrorKind::kInvalidRequestError,
              "relationship " + mapper.name() + "." + def.name + " refers to '" + def.target +
                  "', and there is no model of that name" + base::did_you_mean(def.target, names))
      .with_hint("declare it, or mend the name in db.relationship");
}

namespace {

void refuse_hidden(const Mapper& mapper, const std::string& name) {
  const Attribute* taken = mapper.find(name);
  if (taken == nullptr) return;
  if (taken->relationship != nullptr && taken->name == name && taken->owner == &mapper) return;
  throw Error(ErrorKind::kArgumentError,
              mapper.name() + "." + name + " is " +
                  (taken->name != name                       ? "a synonym"
                   : taken->relationship != nullptr          ? "an inherited relationship"
                   : taken->kind == Attribute::Kind::kColumn ? "a column"
                                                             : "a column_property") +
                  " already; name the relationship otherwise");
}

}  // namespace

// Builds one relationship and the backref it asks for: both or neither.
void Registry::configure_relationship(Mapper& mapper,
                                      const std::shared_ptr<RelationshipDef>& declared,
                                      const Mapper*& target) {
  const Warn warn = [this](const std::string& message) { warn_once(message); };
  auto def = std::make_shared<RelationshipDef>(*declared);
  const auto complete = [&](RelationshipDef& d, const Mapper& owner) {
    if (!d.complete) return;
    try {
      d.complete(owner, d);
    } catch (Error& e) {
      e.add_context("configuring the relationship " + owner.name() + "." + d.name);
      throw;
    }
  };
  if (!def->target.empty()) target_of(mapper, *def);  // before what speaks of it
  complete(*def, mapper);
  Mapper& other = mutable_mapper(target_of(mapper, *def));
  target = &other;
  refuse_hidden(mapper, def->name);
  std::shared_ptr<Relationship> forward = build_relationship(mapper, other, def, warn);
  std::shared_ptr<Relationship> backward;
  if (!def->backref.empty()) {
    std::shared_ptr<RelationshipDef> back = backref_def(*forward);
    if (const Attribute* taken = other.find(back->name);
        taken && !(taken->relationship && taken->relationship->target->name() == mapper.name()))
      throw Error(ErrorKind::kArgumentError, "backref '" + back->name + "' of " + mapper.name() +
                                                 "." + def->name + " is taken: " + other.name() +
                                                 " has an attribute of that name");
    complete(*back, other);
    backward = build_relationship(other, mapper, back, warn, forward.get());
    pair(*forward, *backward, warn);
    backward->declared = standalone_def(*forward, *back);
  }
  forward->declared = declared;
  install(mapper, std::move(forward));
  if (!backward) return;
  install(other, std::move(backward));
  tell_configured(other);
}

void Registry::install(Mapper& owner, std::shared_ptr<Relationship> r) {
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
    owner.attributes_[static_cast<size_t>(existing - owner.attributes_.data())].relationship = made;
    reindex(owner);
    return;
  }
  Attribute attribute;
  attribute.kind = Attribute::Kind::kRelationship;
  attribute.name = made->name;
  attribute.relationship = made;
  made->slot = owner.hierarchy_ ? owner.hierarchy_->slot_count : owner.slot_count_;
  add_slot(owner, attribute);
}

// Pairs what back_populates names, once everything is configured: the two sides may come in any
// order. One whose class could not be configured says why itself.
void Registry::pair_up(const Mapper& mapper) {
  for (const auto& r : mapper.relationships_) {
    if (r->owner != &mapper || r->def->back_populates.empty() || r->reverse != nullptr) continue;
    const bool is_known = std::any_of(failures_.begin(), failures_.end(), [&](const Failure& f) {
      return f.owner == r->target || f.owner == r->owner;
    });
    if (is_known) continue;
    try {
      pair(*r, partner_of(*r), [this](const std::string& message) { warn_once(message); });
    } catch (const Error& e) {
      failures_.push_back({r->owner, nullptr, e});
    }
  }
}

void Registry::warn_once(const std::string& message) {
  if (on_warning_ && warned_.insert(message).second) on_warning_(message);
}

// Two relationships that write one column and are no pair undo each other's work.
void Registry::warn_of_overlaps() {
  std::vector<const Relationship*> seen;
  for (const MapperPtr& m : current_) {
    for (const auto& r : m->relationships_) {
      if (r->owner != m.get()) continue;
      std::vector<const Relationship*> others;
      std::string column;
      for (const Relationship* other : seen)
        if (write_one_column(*r, *other, column)) others.push_back(other);
      seen.push_back(r.get());
      if (others.empty()) continue;
      warn_once(overlap_warning(*r, others, column));
    }
  }
}

}  // namespace moonbase::mapper
