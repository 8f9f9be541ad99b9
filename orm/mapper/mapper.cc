#include "orm/mapper/mapper.h"

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

// Everything that follows from the table and the list of attributes.
void Mapper::index_table() {
  const size_t n = attributes_.size();
  by_name_.clear();
  column_slots_.clear();
  position_slots_.assign(table_->columns().size(), -1);
  slot_columns_.assign(n, nullptr);
  slot_types_.assign(n, nullptr);
  slot_relationships_.assign(n, nullptr);
  elements_.assign(n, nullptr);
  labelled_.clear();
  for (const Attribute& a : attributes_) {
    by_name_[a.name] = a.slot;
    const auto slot = static_cast<size_t>(a.slot);
    if (a.kind == Attribute::Kind::kRelationship) {
      slot_relationships_[slot] = a.relationship;
      continue;
    }
    const schema::Column& c = table_->columns()[static_cast<size_t>(a.column_position)];
    slot_columns_[slot] = &c;
    slot_types_[slot] = metadata_->column_type(*table_, c);
    elements_[slot] = expr::column(from_, c);
    position_slots_[static_cast<size_t>(a.column_position)] = a.slot;
  }
  for (int slot : position_slots_)
    if (slot >= 0) {
      column_slots_.push_back(slot);
      const schema::Column* c = slot_columns_[static_cast<size_t>(slot)];
      labelled_.push_back(
          expr::label(elements_[static_cast<size_t>(slot)], table_->name() + "_" + c->name));
    }
  primary_key_.clear();
  for (const schema::Column* c : table_->primary_key()) primary_key_.push_back(slot_of(*c));
  has_integer_key_ = false;
  if (primary_key_.size() == 1) {
    const types::TypeKind kind = slot_types_[static_cast<size_t>(primary_key_[0])]->base_kind();
    has_integer_key_ = kind == types::TypeKind::kInteger || kind == types::TypeKind::kBigInteger ||
                       kind == types::TypeKind::kSmallInteger;
  }
}

}  // namespace moonbase::mapper
