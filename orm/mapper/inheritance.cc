// What a mapper has from the class it inherits from, and what it knows of the tree it belongs to.
#include "orm/mapper/inheritance.h"

#include <algorithm>

#include "orm/base/error.h"
#include "orm/base/text.h"
#include "orm/mapper/key_path.h"
#include "orm/mapper/mapper.h"

namespace moonbase::mapper {

using base::Error;
using base::ErrorKind;

std::vector<const Mapper*> Mapper::self_and_descendants() const {
  std::vector<const Mapper*> out = {this};
  if (!hierarchy_) return out;
  for (const Mapper* m : hierarchy_->classes)
    if (m != this && m->is_a(*this)) out.push_back(m);
  return out;
}

std::optional<std::vector<base::Value>> Mapper::class_identities() const {
  if (!is_single() || discriminator() < 0) return {};
  std::vector<base::Value> identities;
  for (const Mapper* m : self_and_descendants())
    if (!m->polymorphic_identity().is_absent()) identities.push_back(m->polymorphic_identity());
  return identities;
}

const Mapper* Mapper::find_identity(const base::Value& identity) const {
  if (!hierarchy_) return nullptr;
  for (const Mapper* m : hierarchy_->classes)
    if (!m->polymorphic_identity().is_absent() && m->polymorphic_identity() == identity) return m;
  return nullptr;
}

std::string Mapper::known_identities() const {
  std::vector<std::string> known;
  if (hierarchy_)
    for (const Mapper* m : hierarchy_->classes)
      if (!m->polymorphic_identity().is_absent())
        known.push_back(m->polymorphic_identity().repr(40) + " (" + m->name() + ")");
  return base::join(known, ", ");
}

int Mapper::slot_in_parts(const schema::Column& column) const {
  for (const TablePart& part : parts_)
    if (column.table != nullptr && part.table->uid() == column.table->uid())
      return part.position_slots[static_cast<size_t>(column.position)];
  return -1;
}

// The tables, from the root's down; nothing is said of their columns yet.
void Mapper::index_parts() {
  std::vector<const Mapper*> chain;
  for (const Mapper* m = this; m != nullptr; m = m->base_) chain.insert(chain.begin(), m);
  parts_.clear();
  for (const Mapper* m : chain) {
    if (m->is_single()) continue;
    TablePart part;
    part.table = m->table_;
    part.from = expr::table(m->table_);
    part.position_slots.assign(m->table_->columns().size(), -1);
    part.slot_columns.assign(static_cast<size_t>(slot_count_), nullptr);
    for (const auto& [position, slot] : m->repeated_)
      part.position_slots[static_cast<size_t>(position)] = slot;
    parts_.push_back(std::move(part));
  }
  own_part_ = static_cast<int>(parts_.size()) - 1;
}

// Whether the key refers from a table to the one above it, by the columns that the two share.
bool Mapper::repeats_base(const TablePart& part, const schema::ForeignKeyConstraint& key) const {
  for (const TablePart& above : parts_) {
    if (&above == &part) return false;
    if (above.table->full_name() != key.target_table()) continue;
    for (size_t k = 0; k < key.columns.size(); ++k) {
      const schema::Column* target = above.table->find_column(key.target_column(k));
      const int slot =
          part.position_slots[static_cast<size_t>(part.table->column(key.columns[k]).position)];
      if (target == nullptr || slot < 0 ||
          above.position_slots[static_cast<size_t>(target->position)] != slot)
        return false;
    }
    return true;
  }
  return false;
}

// What follows from the columns that are mapped.
void Mapper::finish_parts() {
  column_slots_.clear();
  for (TablePart& part : parts_) {
    for (size_t position = 0; position < part.position_slots.size(); ++position) {
      const int slot = part.position_slots[position];
      if (slot < 0) continue;
      part.slot_columns[static_cast<size_t>(slot)] = &part.table->columns()[position];
      part.column_slots.push_back(slot);
      if (slot_columns_[static_cast<size_t>(slot)]->table->uid() == part.table->uid())
        column_slots_.push_back(slot);
      else  // Dog.id is dog.id: where nothing else names the class, its rows alone are meant
        elements_[static_cast<size_t>(slot)] =
            expr::column(part.from, part.table->columns()[position]);
    }
  }
  foreign_keys_.clear();
  for (const TablePart& part : parts_)
    for (const schema::ForeignKeyConstraint& key : part.table->foreign_keys()) {
      if (&part != &parts_[0] && repeats_base(part, key)) continue;
      OwnKey own{&key, part.table.get(), {}};
      for (const std::string& name : key.columns)
        own.slots.push_back(
            part.position_slots[static_cast<size_t>(part.table->column(name).position)]);
      foreign_keys_.push_back(std::move(own));
    }
  primary_key_.clear();
  for (const schema::Column* c : parts_[0].table->primary_key())
    primary_key_.push_back(parts_[0].position_slots[static_cast<size_t>(c->position)]);
  if (base_ == nullptr) {
    row_from_ = parts_[0].from;
  } else if (is_single()) {
    row_from_ = base_->row_from_;
  } else {
    if (join_identity_ == 0) join_identity_ = expr::new_identity();
    row_from_ = expr::join(base_->row_from_, parts_.back().from, join_to_part(parts_.size() - 1),
                           expr::JoinKind::kInner, join_identity_);
  }
  from_ = row_from_;
}

// By which the table of a part is joined to those before it.
expr::ElementPtr Mapper::join_to_part(size_t at) const {
  const TablePart& part = parts_[at];
  const Mapper* of = this;
  while (of->is_single() || of->own_part_ != static_cast<int>(at)) of = of->base_;
  std::vector<expr::ElementPtr> on;
  for (const auto& [position, slot] : of->repeated_)
    on.push_back(expr::binary(
        expr::Op::kEq, of->element_above(slot),
        expr::column(part.from, part.table->columns()[static_cast<size_t>(position)])));
  return expr::and_(std::move(on));
}

const TablePart* Mapper::part_in(std::string_view table) const {
  for (const TablePart& part : parts_)
    if (part.table->full_name() == table) return &part;
  return nullptr;
}

const TablePart* Mapper::part_with(const LoadList& list) const {
  if (parts_.size() == 1) return nullptr;
  for (const TablePart& part : parts_)
    if (std::all_of(list.slots.begin(), list.slots.end(),
                    [&part](int slot) { return part.column(slot) != nullptr; }))
      return &part;
  return nullptr;
}

expr::FromPtr Mapper::from_with(const std::vector<const Mapper*>& below, uint64_t identity) const {
  expr::FromPtr tree = row_from_;
  std::vector<uint64_t> joined;
  for (const TablePart& part : parts_) joined.push_back(part.table->uid());
  std::vector<std::pair<const Mapper*, size_t>> outer;
  for (const Mapper* m : below)
    for (size_t at = 0; at < m->parts_.size(); ++at) {
      const uint64_t uid = m->parts_[at].table->uid();
      if (std::find(joined.begin(), joined.end(), uid) != joined.end()) continue;
      joined.push_back(uid);
      outer.emplace_back(m, at);
    }
  for (size_t k = 0; k < outer.size(); ++k) {
    const auto& [m, at] = outer[k];
    tree = expr::join(tree, m->parts_[at].from, m->join_to_part(at), expr::JoinKind::kLeft,
                      k + 1 == outer.size() ? identity : 0);
  }
  return tree;
}

LoadListPtr Mapper::load_list_with(const std::vector<const Mapper*>& below) const {
  auto list = std::make_shared<LoadList>(*row_list_);
  list->is_polymorphic = true;
  for (const Mapper* m : below)
    for (int slot : m->row_list_->slots)
      if (std::find(list->slots.begin(), list->slots.end(), slot) == list->slots.end())
        list->slots.push_back(slot);
  return list;
}

std::vector<const Mapper*> Mapper::read_along() const {
  std::vector<const Mapper*> along;
  for (const Mapper* m : self_and_descendants()) {
    if (m == this) continue;
    const std::vector<std::string>& names = inheritance_.with_polymorphic;
    if (inheritance_.with_all || m->inheritance_.load_inline ||
        std::find(names.begin(), names.end(), m->name_) != names.end())
      along.push_back(m);
  }
  return along;
}

std::optional<Error> wrong_below(const Mapper& mapper, const std::vector<std::string>& names) {
  std::vector<std::string> below;
  for (const Mapper* m : mapper.self_and_descendants())
    if (m != &mapper) below.push_back(m->name());
  for (const std::string& name : names) {
    if (name == mapper.name() || std::find(below.begin(), below.end(), name) != below.end())
      continue;
    return Error(ErrorKind::kInvalidRequestError,
                 "__mapper_args__ of " + mapper.name() + ": with_polymorphic names " +
                     base::quote_for_message(name) + ", and no class of that name inherits from " +
                     mapper.name() + base::did_you_mean(name, below))
        .with_hint("declare it, or mend the name; '*' stands for all");
  }
  return {};
}

void Mapper::index_below() {
  if (!hierarchy_) return;
  for (const Mapper* m : self_and_descendants()) {
    if (m == this) continue;
    const auto n = static_cast<size_t>(m->slot_count_);
    if (slot_columns_.size() < n) {
      slot_columns_.resize(n, nullptr);
      slot_types_.resize(n);
      elements_.resize(n);
    }
    for (const Attribute& a : m->attributes_) {
      const auto slot = static_cast<size_t>(a.slot);
      if (has_slot(a.slot)) continue;
      slot_columns_[slot] = m->slot_columns_[slot];
      slot_types_[slot] = m->slot_types_[slot];
      elements_[slot] = m->elements_[slot];
    }
  }
  const std::vector<const Mapper*> along = read_along();
  if (along.empty()) return;
  if (along_identity_ == 0) along_identity_ = expr::new_identity();
  from_ = from_with(along, along_identity_);
  load_list_ = load_list_with(along);
  label_load_list();
}

// The column of the slot in the table that the own one refers to.
expr::ElementPtr Mapper::element_above(int slot) const {
  for (size_t p = parts_.size() - 1; p-- > 0;)
    if (const schema::Column* c = parts_[p].column(slot)) return expr::column(parts_[p].from, *c);
  return elements_[static_cast<size_t>(slot)];
}

void Mapper::inherit() {
  if (base_ == nullptr) return;
  const auto is_own = [this](const auto& x) { return x.owner == this; };
  std::vector<Attribute> own;
  std::copy_if(attributes_.begin(), attributes_.end(), std::back_inserter(own), is_own);
  const auto is_hidden = [&own](const std::string& name) {
    return std::any_of(own.begin(), own.end(), [&](const Attribute& a) { return a.name == name; });
  };
  attributes_.clear();
  for (const Attribute& a : base_->attributes_)
    if (!is_hidden(a.name)) attributes_.push_back(a);
  attributes_.insert(attributes_.end(), own.begin(), own.end());
  std::vector<std::shared_ptr<Relationship>> relationships;
  for (const auto& r : base_->relationships_)
    if (!is_hidden(r->name)) relationships.push_back(r);
  for (const auto& r : relationships_)
    if (r->owner == this) relationships.push_back(r);
  relationships_ = std::move(relationships);
  for (const auto& synonym : base_->synonyms_)
    if (std::none_of(synonyms_.begin(), synonyms_.end(),
                     [&](const auto& s) { return s.first == synonym.first; }))
      synonyms_.push_back(synonym);
}

// The columns by which the own table refers to that of the base, and the slots they repeat.
void Mapper::join_to_base() {
  std::vector<KeyPath> found;
  for (auto part = base_->parts_.rbegin(); part != base_->parts_.rend() && found.empty(); ++part)
    found = key_paths(*metadata_, *table_, *part->table);
  const auto is_key = [](const schema::Column* c) { return c->primary_key; };
  if (found.size() > 1)
    std::erase_if(found, [&](const KeyPath& p) {
      return !std::all_of(p.local.begin(), p.local.end(), is_key);
    });
  const std::string key_name =
      base_->table_->full_name() + "." + base_->table_->primary_key()[0]->name;
  if (found.empty())
    throw Error(ErrorKind::kNoForeignKeysError,
                "model " + name_ + " inherits from " + base_->name_ + ", and its table '" +
                    table_->full_name() + "' has no foreign key to '" + base_->table_->full_name() +
                    "'")
        .with_hint("give it one: id = db.Column{db.Integer, db.ForeignKey '" + key_name +
                   "', primary_key = true}; without a __tablename__ and a key of its own the class "
                   "shares the table");
  if (found.size() > 1)
    throw Error(ErrorKind::kAmbiguousForeignKeysError, "model " + name_ + " can be joined to " +
                                                           base_->name_ + " in several ways: by " +
                                                           describe(found));
  repeated_.clear();
  for (size_t i = 0; i < found[0].local.size(); ++i)
    repeated_.emplace_back(found[0].local[i]->position, base_->slot_of(*found[0].remote[i]));
  for (int slot : base_->primary_key_)
    if (std::none_of(repeated_.begin(), repeated_.end(),
                     [slot](const auto& pair) { return pair.second == slot; }))
      throw Error(ErrorKind::kArgumentError,
                  "model " + name_ + ": the foreign key " + describe(found) +
                      " does not refer to the primary key of " + base_->name_)
          .with_hint("refer to it: db.ForeignKey '" + key_name + "'");
}

// Whether the column repeats one of the base's.
int Mapper::repeated_slot(int position) const {
  for (const auto& [own, slot] : repeated_)
    if (own == position) return slot;
  return -1;
}

namespace {

void refuse_identity_twice(const Mapper& m, const base::Value& identity) {
  const Mapper* other = m.find_identity(identity);
  if (other == nullptr || other == &m) return;
  throw Error(ErrorKind::kArgumentError, "model " + m.name() + ": the polymorphic_identity " +
                                             identity.repr(40) + " is that of " + other->name())
      .with_hint("each class of a tree has one of its own");
}

}  // namespace

void Mapper::set_inheritance(InheritanceOptions options) {
  if (!options.polymorphic_on.empty()) {
    const std::string& wanted = options.polymorphic_on;
    int found = -1;
    for (int slot : column_slots_)
      if (column(slot)->name == wanted) found = slot;
    if (const Attribute* a = find(wanted); a != nullptr && a->kind == Attribute::Kind::kColumn)
      found = a->slot;
    if (found < 0)
      throw Error(ErrorKind::kArgumentError,
                  "model " + name_ + ": polymorphic_on names " + base::quote_for_message(wanted) +
                      ", which is no column of it" + base::did_you_mean(wanted, attribute_names()))
          .with_hint("declare it: type = db.Column{db.String(20)}");
    if (base_ != nullptr && found != discriminator())
      throw Error(ErrorKind::kArgumentError,
                  "model " + name_ +
                      ": polymorphic_on is said by the class at the top of the tree, " +
                      root().name())
          .with_hint("move it to __mapper_args__ of " + root().name());
    if (!hierarchy_) hierarchy_ = std::make_shared<Hierarchy>();
    hierarchy_->root = base_ != nullptr ? hierarchy_->root : this;
    hierarchy_->discriminator = found;
  }
  if (!options.polymorphic_identity.is_absent()) {
    if (discriminator() < 0)
      throw Error(ErrorKind::kArgumentError,
                  "model " + name_ +
                      " has a polymorphic_identity, and no column says the class of a "
                      "row")
          .with_hint(
              "name it in the class at the top: __mapper_args__ = {polymorphic_on = 'type', "
              "polymorphic_identity = …}");
    try {
      options.polymorphic_identity =
          type(discriminator())->cast(std::move(options.polymorphic_identity));
    } catch (Error& e) {
      e.add_context("reading the polymorphic_identity of model " + name_);
      throw;
    }
    options.polymorphic_identity.own();
    refuse_identity_twice(*this, options.polymorphic_identity);
  }
  inheritance_ = std::move(options);
}

}  // namespace moonbase::mapper
