// A mapped class: which slots its instances have and how they relate to a table. Made by
// Registry::declare, completed by Registry::configure (which adds the attributes that other
// classes' backrefs bring), then only ever extended: a slot number keeps its meaning for good.
// Shared: instances and queries keep the mapper they were made with alive through the registry. Not
// synchronised.
#pragma once

#include <cstdint>
#include <functional>
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

// Whether an attribute is read with its row, as it was declared.
struct Loading {
  bool deferred = false;   // at the first access instead
  bool raiseload = false;  // deferred, and reading it raises
  std::string group;       // deferred attributes of one group are read together
};

struct Attribute {
  // kExpression: an SQL expression that is read with the row and never written.
  enum class Kind : uint8_t { kColumn, kRelationship, kExpression } kind = Kind::kColumn;
  std::string name;
  int slot = -1;
  int column_position = -1;                    // kColumn: in the table
  const Relationship* relationship = nullptr;  // kRelationship: null until configured
  expr::ElementPtr expression;                 // kExpression: null until configured
  Loading loading = {};

  bool is_loaded_from_row() const { return kind != Kind::kRelationship; }
};

// An attribute that is an expression, as it was declared.
struct ExpressionDef {
  std::string name;
  // Makes the expression over the mapper's own table, when the classes it speaks of are there.
  std::function<expr::ElementPtr(const class Mapper&)> make;
  Loading loading = {};
};

// What one row of a class brings: the slots its columns fill, in the order they are selected, and
// what becomes of those that were left out. Immutable and shared: a class has one, a query that
// asks for other columns brings its own.
struct LoadList {
  std::vector<int> slots;
  std::vector<size_t> key_positions;  // of the primary key, in `slots`
  std::vector<int> left_out;          // to be read by themselves, at the first access
  std::vector<int> raising;           // left out, and reading them raises
};
using LoadListPtr = std::shared_ptr<const LoadList>;

// Gives a row that is about to be written its next version. Implemented by the bindings; may throw
// and may run arbitrary code.
class VersionGenerator {
 public:
  virtual ~VersionGenerator() = default;
  // `version`: the one that the row has; NULL for a new row.
  virtual base::Value next(const base::Value& version) const = 0;
};

// How a class's rows are written, as it was declared (`__mapper_args__`).
struct WriteOptions {
  std::string version_id_col;  // attribute or column; tells the states of a row apart
  std::shared_ptr<const VersionGenerator> version_generator = nullptr;  // null: they are counted
  bool has_server_version = false;  // the database makes the next one: it is read after a write
  bool eager_defaults = false;
  bool confirm_deleted_rows = true;
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
  // By name, or by another name of it (a synonym).
  const Attribute* find(std::string_view name) const;
  // Throws kInvalidRequestError ("User has no attribute 'nme'; did you mean 'name'?").
  const Attribute& attribute(std::string_view name) const;
  std::vector<std::string> attribute_names() const;
  // Another name and the attribute it stands for, in order of declaration.
  const std::vector<std::pair<std::string, std::string>>& synonyms() const { return synonyms_; }

  // Column slots in table order, and the column of a slot (null for any other attribute).
  const std::vector<int>& column_slots() const { return column_slots_; }
  const schema::Column* column(int slot) const { return slot_columns_[static_cast<size_t>(slot)]; }
  // Slot of a column of the table; -1 when it is not mapped.
  int slot_of(const schema::Column& column) const {
    return position_slots_[static_cast<size_t>(column.position)];
  }
  // The slots of attributes that are expressions, in order of declaration.
  const std::vector<int>& expression_slots() const { return expression_slots_; }
  // The type of a column or expression slot, foreign-key inference done.
  const types::TypePtr& type(int slot) const { return slot_types_[static_cast<size_t>(slot)]; }

  const std::vector<int>& primary_key() const { return primary_key_; }
  // One integer column is the key: identity maps use a plain integer.
  bool has_integer_key() const { return has_integer_key_; }

  // The slot that counts a row's updates; -1 when there is none.
  int version_slot() const { return version_slot_; }
  const VersionGenerator* version_generator() const {
    return write_options_.version_generator.get();
  }
  bool has_server_version() const { return write_options_.has_server_version; }
  // Values that the database makes are read with the INSERT or UPDATE, not at their first access.
  bool has_eager_defaults() const { return write_options_.eager_defaults; }
  // A DELETE that meets no row is worth a warning.
  bool confirms_deleted_rows() const { return write_options_.confirm_deleted_rows; }

  const std::vector<std::unique_ptr<Relationship>>& relationships() const { return relationships_; }
  const Relationship* relationship(int slot) const {
    return slot_relationships_[static_cast<size_t>(slot)];
  }

  // `user.name` as an expression, made once; of an attribute that is one, labelled by its name.
  const expr::ElementPtr& element(int slot) const { return elements_[static_cast<size_t>(slot)]; }
  // What a query of the class reads when it asks for nothing else: the columns in table order, then
  // the expressions, without those that are deferred.
  const LoadListPtr& load_list() const { return load_list_; }
  // The list of these slots and the primary key, in the order of load_list.
  LoadListPtr load_list_of(const std::vector<int>& slots) const;
  // load_list's slots as `user.name AS user_name`.
  const std::vector<expr::ElementPtr>& labelled_columns() const { return labelled_; }

 private:
  friend class Registry;
  Mapper() = default;
  void index_table();
  void index_load_list();
  // Throws kArgumentError for a version column that is not there, or is counted and holds no
  // integers.
  void set_write_options(WriteOptions options);

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
  std::vector<std::pair<std::string, std::string>> synonyms_;
  std::vector<int> column_slots_, position_slots_, expression_slots_, primary_key_;
  LoadListPtr load_list_;
  std::vector<const schema::Column*> slot_columns_;
  std::vector<types::TypePtr> slot_types_;
  std::vector<const Relationship*> slot_relationships_;
  std::vector<expr::ElementPtr> elements_, labelled_;
  bool has_integer_key_ = false;
  WriteOptions write_options_;
  int version_slot_ = -1;
  std::vector<std::unique_ptr<Relationship>> relationships_;
  std::vector<std::unique_ptr<Relationship>>
      former_relationships_;  // declared anew since; collections point at them
  // Declared, not configured.
  std::vector<std::shared_ptr<RelationshipDef>> pending_;
  std::vector<std::shared_ptr<const ExpressionDef>> pending_expressions_;
};
using MapperPtr = std::shared_ptr<const Mapper>;

}  // namespace moonbase::mapper
