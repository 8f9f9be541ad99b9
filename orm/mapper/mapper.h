// A mapped class: which slots its instances have and how they relate to a table. Made by
// Registry::declare, completed by Registry::configure (which adds the attributes that other
// classes' backrefs bring), then only ever extended: a slot number keeps its meaning for good.
// Shared: instances and queries keep the mapper they were made with alive through the registry. Not
// synchronised.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "orm/expr/statement.h"
#include "orm/mapper/relationship.h"
#include "orm/schema/table.h"

namespace moonbase::mapper {

class Registry;

struct Attribute {
  enum class Kind : uint8_t { kColumn, kRelationship } kind = Kind::kColumn;
  std::string name;
  int slot = -1;
  int column_position = -1;                    // kColumn: in the table
  const Relationship* relationship = nullptr;  // kRelationship: null until configured
};

class Mapper {
 public:
  const std::string& name() const { return name_; }
  uint64_t uid() const { return uid_; }  // never reused
  const schema::TablePtr& table() const { return table_; }
  // What the table is declared in.
  const std::shared_ptr<schema::MetaData>& metadata() const { return metadata_; }
  const expr::FromPtr& from() const { return from_; }
  Registry& registry() const { return *registry_; }
  bool is_configured() const { return configured_; }
  // Another class of this name was declared since: instances are detached and say so.
  bool is_replaced() const { return replaced_; }

  const std::vector<Attribute>& attributes() const { return attributes_; }
  int slot_count() const { return static_cast<int>(attributes_.size()); }
  const Attribute* find(std::string_view name) const;
  // Throws kInvalidRequestError ("User has no attribute 'nme'; did you mean 'name'?").
  const Attribute& attribute(std::string_view name) const;
  std::vector<std::string> attribute_names() const;

  // Column slots in table order, and the column of a slot (null for a relationship).
  const std::vector<int>& column_slots() const { return column_slots_; }
  const schema::Column* column(int slot) const { return slot_columns_[static_cast<size_t>(slot)]; }
  // Slot of a column of the table; -1 when it is not mapped.
  int slot_of(const schema::Column& column) const {
    return position_slots_[static_cast<size_t>(column.position)];
  }
  // The type of a column slot, foreign-key inference done.
  const types::TypePtr& type(int slot) const { return slot_types_[static_cast<size_t>(slot)]; }

  const std::vector<int>& primary_key() const { return primary_key_; }
  // One integer column is the key: identity maps use a plain integer.
  bool has_integer_key() const { return has_integer_key_; }

  const std::vector<std::unique_ptr<Relationship>>& relationships() const { return relationships_; }
  const Relationship* relationship(int slot) const {
    return slot_relationships_[static_cast<size_t>(slot)];
  }

  // `user.name` as an expression, made once.
  const expr::ElementPtr& element(int slot) const { return elements_[static_cast<size_t>(slot)]; }
  // All column slots as `user.name AS user_name`, in column_slots order: what a query of the class
  // selects.
  const std::vector<expr::ElementPtr>& labelled_columns() const { return labelled_; }

 private:
  friend class Registry;
  Mapper() = default;
  void index_table();

  std::string name_;
  uint64_t uid_ = 0;
  Registry* registry_ = nullptr;
  bool configured_ = false, replaced_ = false;
  schema::TablePtr table_;
  std::shared_ptr<schema::MetaData> metadata_;
  std::vector<schema::TablePtr>
      former_tables_;  // relationships point at columns of tables that were extended since
  expr::FromPtr from_;
  std::vector<Attribute> attributes_;
  std::unordered_map<std::string, int> by_name_;
  std::vector<int> column_slots_, position_slots_, primary_key_;
  std::vector<const schema::Column*> slot_columns_;
  std::vector<types::TypePtr> slot_types_;
  std::vector<const Relationship*> slot_relationships_;
  std::vector<expr::ElementPtr> elements_, labelled_;
  bool has_integer_key_ = false;
  std::vector<std::unique_ptr<Relationship>> relationships_;
  std::vector<std::unique_ptr<Relationship>>
      former_relationships_;  // declared anew since; collections point at them
  std::vector<std::shared_ptr<RelationshipDef>> pending_;  // declared, not configured
};
using MapperPtr = std::shared_ptr<const Mapper>;

}  // namespace moonbase::mapper
