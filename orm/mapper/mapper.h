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
  const class Mapper* owner = nullptr;         // the class that declared it: the mapper or a base
  int column_position = -1;                    // kColumn: in the owner's table
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
  int discriminator = -1;             // where in `slots` the column stands that says the class
  bool is_polymorphic = false;        // the whole class, and more of classes below it
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

// How a class stands to those it inherits from and those that inherit from it, as it was declared
// (`__mapper_args__`).
struct InheritanceOptions {
  std::string polymorphic_on;  // attribute or column of the root that says a row's class
  base::Value polymorphic_identity =
      base::Value::marker(base::Tag::kNeverSet);  // what it says of this one; a marker: nothing
  // Which classes below are read with every row of this one: these, or all. A class below says it
  // of itself with polymorphic_load = 'inline'; with 'selectin' it is read after the rows.
  std::vector<std::string> with_polymorphic{};
  bool with_all = false;
  bool load_inline = false, load_selectin = false;
};

// One table that rows of a class are in. A class has one, unless it inherits from another and
// has a table of its own beside.
struct TablePart {
  schema::TablePtr table;
  expr::FromPtr from;
  std::vector<int> column_slots;                      // in table order
  std::vector<int> position_slots;                    // by column position; -1: not mapped
  std::vector<const schema::Column*> slot_columns{};  // by slot; null: not in this table
  // The column of a slot in this table; null when it is in another.
  const schema::Column* column(int slot) const { return slot_columns[static_cast<size_t>(slot)]; }
};

// A foreign key of one of a class's tables, and the slots of its columns (-1: not mapped).
struct OwnKey {
  const schema::ForeignKeyConstraint* key;
  const schema::Table* table;
  std::vector<int> slots;
};

class Mapper;

// What the classes of one tree share. A slot number is given out once in a tree, so that an
// attribute stands in the same slot of every class that has it.
struct Hierarchy {
  const Mapper* root = nullptr;
  int slot_count = 0;
  std::vector<const Mapper*> classes{};  // that are not replaced; those inherited from first
  int discriminator = -1;                // slot of the column that says a row's class; -1: none
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

  // Those of the classes it inherits from come first. Not to be indexed by slot.
  const std::vector<Attribute>& attributes() const { return attributes_; }
  const Attribute& attribute_at(int slot) const {
    return attributes_[static_cast<size_t>(slot_positions_[static_cast<size_t>(slot)])];
  }
  // One more than the highest slot. Slots of other classes of the tree may be among them.
  int slot_count() const { return slot_count_; }
  bool has_slot(int slot) const {
    return slot < slot_count_ && slot_positions_[static_cast<size_t>(slot)] >= 0;
  }
  // By name, or by another name of it (a synonym).
  const Attribute* find(std::string_view name) const;
  // Throws kInvalidRequestError ("User has no attribute 'nme'; did you mean 'name'?").
  const Attribute& attribute(std::string_view name) const;
  std::vector<std::string> attribute_names() const;
  // Another name and the attribute it stands for, in order of declaration.
  const std::vector<std::pair<std::string, std::string>>& synonyms() const { return synonyms_; }

  // ---- inheritance ----
  // The class it inherits from; null for most.
  const Mapper* base() const { return base_; }
  // The class at the top: objects of a whole tree are known by its key.
  const Mapper& root() const { return hierarchy_ ? *hierarchy_->root : *this; }
  uint64_t root_uid() const { return root_uid_; }
  // Null for a class that inherits from none and is inherited by none.
  const Hierarchy* hierarchy() const { return hierarchy_.get(); }
  // This class, or one that inherits from `other`.
  bool is_a(const Mapper& other) const {
    return this == &other || (base_ != nullptr && base_->is_a(other));
  }
  // It and those that inherit from it, in order of declaration.
  std::vector<const Mapper*> self_and_descendants() const;
  // It inherits, and its rows are in the table of its base.
  bool is_single() const { return base_ != nullptr && base_->table_ == table_; }
  // What the discriminator says of rows of this class and those below, where only that tells them
  // from others of the same table; absent for every other class.
  std::optional<std::vector<base::Value>> class_identities() const;
  // The slot that says a row's class; -1 when nothing does.
  int discriminator() const { return hierarchy_ ? hierarchy_->discriminator : -1; }
  const base::Value& polymorphic_identity() const { return inheritance_.polymorphic_identity; }
  // The class of rows with this discriminator; null for none of the tree.
  const Mapper* find_identity(const base::Value& identity) const;
  // "'engineer' (Engineer), 'manager' (Manager)": for messages.
  std::string known_identities() const;
  // The tables its rows are in, those of its bases first.
  const std::vector<TablePart>& parts() const { return parts_; }
  // The foreign keys of these tables, without those that hold a row's own parts together. In the
  // order of the tables.
  const std::vector<OwnKey>& foreign_keys() const { return foreign_keys_; }
  // The part in a table of this name; null for none.
  const TablePart* part_in(std::string_view table) const;
  // Of several tables, the one that has all these columns; null for none.
  const TablePart* part_with(const LoadList& list) const;
  // Its tables joined, and the tables of these classes below it by outer joins: what rows of it
  // and of those are read from.
  expr::FromPtr from_with(const std::vector<const Mapper*>& below, uint64_t identity) const;
  // load_list, and what is read of these classes below it.
  LoadListPtr load_list_with(const std::vector<const Mapper*>& below) const;
  // The classes below that are read with every row of it.
  std::vector<const Mapper*> read_along() const;
  bool is_read_after_rows() const { return inheritance_.load_selectin; }

  // Column slots in table order, and the column of a slot (null for any other attribute).
  const std::vector<int>& column_slots() const { return column_slots_; }
  const schema::Column* column(int slot) const { return slot_columns_[static_cast<size_t>(slot)]; }
  // Slot of a column of the table; -1 when it is not mapped.
  int slot_of(const schema::Column& column) const {
    if (parts_.size() == 1) [[likely]]
      return parts_[0].position_slots[static_cast<size_t>(column.position)];
    return slot_in_parts(column);
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

  // Those of the classes it inherits from come first; their owner says whose they are.
  const std::vector<std::shared_ptr<Relationship>>& relationships() const { return relationships_; }
  const Relationship* relationship(int slot) const {
    return slot_relationships_[static_cast<size_t>(slot)];
  }

  // `user.name` as an expression, made once; of an attribute that is one, labelled by its name.
  const expr::ElementPtr& element(int slot) const { return elements_[static_cast<size_t>(slot)]; }
  // What a query of the class reads when it asks for nothing else: the columns in table order, then
  // the expressions, without those that are deferred.
  const LoadListPtr& load_list() const { return load_list_; }
  // The list of these slots and the primary key, in the order of load_list.
  // Without `with_class` the column that says a row's class is left out.
  LoadListPtr load_list_of(const std::vector<int>& slots, bool with_class = true) const;
  // load_list's slots as `user.name AS user_name`.
  const std::vector<expr::ElementPtr>& labelled_columns() const { return labelled_; }

 private:
  friend class Registry;
  Mapper() = default;
  void index_table();
  void check_types() const;
  void index_load_list();
  // Slots of classes below are read as they say, where a query of this class reads them.
  void index_below();
  void index_attribute(const Attribute& a);
  void index_parts();
  void finish_parts();
  bool repeats_base(const TablePart& part, const schema::ForeignKeyConstraint& key) const;
  // Takes over what the base has: attributes, relationships, other names.
  void inherit();
  int slot_in_parts(const schema::Column& column) const;
  expr::ElementPtr element_above(int slot) const;
  expr::ElementPtr join_to_part(size_t at) const;
  void label_load_list();
  // Throws kNoForeignKeysError, kAmbiguousForeignKeysError, kArgumentError.
  void join_to_base();
  int repeated_slot(int position) const;
  // Throws kArgumentError for a column that is not there, or an identity that is taken.
  void set_inheritance(InheritanceOptions options);
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
  const Mapper* base_ = nullptr;
  std::shared_ptr<Hierarchy> hierarchy_;
  uint64_t root_uid_ = 0;
  InheritanceOptions inheritance_;
  std::vector<TablePart> parts_;
  std::vector<OwnKey> foreign_keys_;
  expr::FromPtr row_from_;  // its own tables joined; from_ may read those below, too
  int own_part_ = 0;        // its own table's, in parts_
  uint64_t join_identity_ = 0, along_identity_ = 0;  // of row_from_ and from_, where they are joins
  // Joined: columns of its own table, by position, and the slots of the base whose values they
  // repeat.
  std::vector<std::pair<int, int>> repeated_;
  std::vector<Attribute> attributes_;
  int slot_count_ = 0;
  std::vector<int> slot_positions_;  // in attributes_; -1: a slot of another class of the tree
  std::unordered_map<std::string, int> by_name_;
  std::vector<std::pair<std::string, std::string>> synonyms_;
  std::vector<int> column_slots_, expression_slots_, primary_key_;
  LoadListPtr load_list_, row_list_;  // row_list_: of its own tables alone
  std::vector<const schema::Column*> slot_columns_;
  std::vector<types::TypePtr> slot_types_;
  std::vector<const Relationship*> slot_relationships_;
  std::vector<expr::ElementPtr> elements_, labelled_;
  bool has_integer_key_ = false;
  // A column has no type yet: its foreign key names a table that was not declared when asked.
  bool waits_for_types_ = false;
  WriteOptions write_options_;
  int version_slot_ = -1;
  std::vector<std::shared_ptr<Relationship>> relationships_;
  std::vector<std::shared_ptr<Relationship>>
      former_relationships_;  // declared anew since; collections point at them
  // Declared, not configured.
  std::vector<std::shared_ptr<RelationshipDef>> pending_;
  std::vector<std::shared_ptr<const ExpressionDef>> pending_expressions_;
};
using MapperPtr = std::shared_ptr<const Mapper>;

}  // namespace moonbase::mapper
