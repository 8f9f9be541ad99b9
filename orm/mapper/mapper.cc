#include "orm/mapper/mapper.h"

#include <algorithm>
#include <iterator>

#include "orm/base/error.h"
#include "orm/base/text.h"

namespace moonbase::mapper {

using base::Error;
using base::ErrorKind;

const Attribute* Mapper::find(std::string_view name) const {
  auto it = by_name_.find(std::string(name));
  return it == by_name_.end() ? nullptr : &attributes_[static_cast<size_t>(it->second)];
}

std::vector<std::string> Mapper::attribute_names() const {
  std::vector<std::string> names;
  names.reserve(attributes_.size());
  for (const Attribute& a : attributes_) names.push_back(a.name);
  return names;
}

const Attribute& Mapper::attribute(std::string_view name) const {
  if (const Attribute* a = find(name)) return *a;
  const std::string guess = base::did_you_mean(name, attribute_names());
  throw Error(ErrorKind::kInvalidRequestError,
              name_ + " has no attribute " + base::quote_for_message(name) + guess)
      .with_hint(guess.empty() ? name_ + " has " + base::join(attribute_names(), ", ") : "");
}

void Mapper::set_write_options(WriteOptions options) {
  version_slot_ = -1;
  if (!options.version_id_col.empty()) {
    const std::string& wanted = options.version_id_col;
    for (int slot : column_slots_)
      if (column(slot)->name == wanted) version_slot_ = slot;
    if (const Attribute* a = find(wanted); a != nullptr && a->kind == Attribute::Kind::kColumn)
      version_slot_ = a->slot;
    if (version_slot_ < 0)
      throw Error(ErrorKind::kArgumentError,
                  "model " + name_ + ": version_id_col names " + base::quote_for_message(wanted) +
                      ", which is no column of it" + base::did_you_mean(wanted, attribute_names()))
          .with_hint("declare it: version = db.Column{db.Integer, nullable = false}");
    const bool is_counted = !options.version_generator && !options.has_server_version;
    if (is_counted && type(version_slot_)->base_kind() != types::TypeKind::kInteger)
      throw Error(ErrorKind::kArgumentError, "model " + name_ + ": the version column " +
                                                 column(version_slot_)->full_name() +
                                                 " must hold integers")
          .with_hint("or give version_id_generator, a function from a version to the next");
  }
  write_options_ = std::move(options);
}

// Everything that follows from the tables and the list of attributes.
void Mapper::index_table() {
  by_name_.clear();
  expression_slots_.clear();
  waits_for_types_ = false;
  for (const Attribute& a : attributes_) slot_count_ = std::max(slot_count_, a.slot + 1);
  const auto n = static_cast<size_t>(slot_count_);
  slot_positions_.assign(n, -1);
  slot_columns_.assign(n, nullptr);
  slot_types_.assign(n, nullptr);
  slot_relationships_.assign(n, nullptr);
  elements_.assign(n, nullptr);
  index_parts();
  for (size_t i = 0; i < attributes_.size(); ++i) {
    by_name_[attributes_[i].name] = static_cast<int>(i);
    slot_positions_[static_cast<size_t>(attributes_[i].slot)] = static_cast<int>(i);
    index_attribute(attributes_[i]);
  }
  finish_parts();
  for (const auto& [name, target] : synonyms_)
    if (auto it = by_name_.find(target); it != by_name_.end()) by_name_.emplace(name, it->second);
  has_integer_key_ = false;
  if (primary_key_.size() == 1) {
    const types::TypeKind kind = slot_types_[static_cast<size_t>(primary_key_[0])]->base_kind();
    has_integer_key_ = kind == types::TypeKind::kInteger || kind == types::TypeKind::kBigInteger ||
                       kind == types::TypeKind::kSmallInteger;
  }
  index_load_list();
}

// Throws as MetaData::resolve does where a foreign key that gives a column its type leads nowhere.
void Mapper::check_types() const {
  for (const TablePart& part : parts_)
    for (const schema::Column& c : part.table->columns())
      static_cast<void>(metadata_->column_type(*part.table, c));
}

void Mapper::index_attribute(const Attribute& a) {
  const auto slot = static_cast<size_t>(a.slot);
  if (a.kind == Attribute::Kind::kRelationship) {
    slot_relationships_[slot] = a.relationship;
    return;
  }
  if (a.kind == Attribute::Kind::kExpression) {
    expression_slots_.push_back(a.slot);
    slot_types_[slot] = types::null();
    if (!a.expression) return;
    elements_[slot] = expr::label(a.expression, a.name);
    slot_types_[slot] = elements_[slot]->type;
    return;
  }
  TablePart& part = parts_[static_cast<size_t>(a.owner->own_part_)];
  const schema::Column& c = part.table->columns()[static_cast<size_t>(a.column_position)];
  slot_columns_[slot] = &c;
  if (!c.type) waits_for_types_ = true;
  slot_types_[slot] = c.type ? c.type : types::null();
  elements_[slot] = expr::column(part.from, c);
  part.position_slots[static_cast<size_t>(a.column_position)] = a.slot;
}

void Mapper::index_load_list() {
  std::vector<int> slots;
  const auto is_read = [&](int slot) {
    const Attribute& a = attribute_at(slot);
    return !a.loading.deferred && elements_[static_cast<size_t>(slot)] != nullptr;
  };
  std::copy_if(column_slots_.begin(), column_slots_.end(), std::back_inserter(slots), is_read);
  std::copy_if(expression_slots_.begin(), expression_slots_.end(), std::back_inserter(slots),
               is_read);
  load_list_ = row_list_ = load_list_of(slots);
  label_load_list();
}

void Mapper::label_load_list() {
  labelled_.clear();
  for (int slot : load_list_->slots) {
    const expr::ElementPtr& e = elements_[static_cast<size_t>(slot)];
    labelled_.push_back(
        e->column == nullptr ? e : expr::label(e, e->from->name + "_" + e->column->name));
  }
}

LoadListPtr Mapper::load_list_of(const std::vector<int>& slots, bool with_class) const {
  auto list = std::make_shared<LoadList>();
  const auto has = [](const std::vector<int>& in, int slot) {
    return std::find(in.begin(), in.end(), slot) != in.end();
  };
  for (int slot : column_slots_)
    if (has(primary_key_, slot) || (with_class && slot == discriminator()) || has(slots, slot))
      list->slots.push_back(slot);
  for (int slot : expression_slots_)
    if (has(slots, slot)) list->slots.push_back(slot);
  for (int key : primary_key_)
    list->key_positions.push_back(static_cast<size_t>(
        std::find(list->slots.begin(), list->slots.end(), key) - list->slots.begin()));
  const auto at = std::find(list->slots.begin(), list->slots.end(), discriminator());
  if (at != list->slots.end()) list->discriminator = static_cast<int>(at - list->slots.begin());
  return list;
}

}  // namespace moonbase::mapper
