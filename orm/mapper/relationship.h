// A relationship between two mapped classes: what was declared (RelationshipDef) and what
// configuration made of it (Relationship: target, direction, which columns are kept in step, the
// other side). Owned by its Mapper; frozen once configured. Not synchronised.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "orm/expr/node.h"

namespace moonbase::mapper {

class Mapper;

enum class Direction : uint8_t { kOneToMany, kManyToOne, kManyToMany };
enum class Lazy : uint8_t { kSelect, kDynamic };

// The word a user writes ("select", "dynamic", "true"); throws kArgumentError naming the nearest
// one.
Lazy parse_lazy(std::string_view word);
std::string_view lazy_name(Lazy lazy);

enum Cascade : uint8_t {
  kCascadeSaveUpdate = 1,
  kCascadeMerge = 2,
  kCascadeRefreshExpire = 4,
  kCascadeExpunge = 8,
  kCascadeDelete = 16,
  kCascadeDeleteOrphan = 32,
};
// "all, delete-orphan" -> flags; throws kArgumentError naming the nearest word.
uint8_t parse_cascade(std::string_view words);

struct RelationshipDef {
  std::string name;
  std::string target;   // class name; resolved when mappers are configured
  std::string backref;  // name of the attribute to make on the other side
  std::shared_ptr<const RelationshipDef> backref_options;
  std::string back_populates;
  std::string lazy = "select";
  std::string cascade = "save-update, merge";
  std::optional<bool> uselist;
  std::vector<std::string> foreign_keys;  // "Class.column", "table.column" or "column"
  std::vector<std::string> remote_side;
  std::vector<std::string> order_by;  // "column", "Class.column", with " desc" behind it
  std::vector<expr::ElementPtr> order_by_elements;
  bool passive_deletes = false;
  bool viewonly = false;
  schema::TablePtr secondary;
  std::string secondary_name;  // a table named as text
  std::string doc;
};

// Columns that the relationship keeps equal: `source` on the referred side (a key), `destination`
// on the side that holds the foreign key. As slots of the two mappers.
struct SyncPair {
  int source_slot;
  int destination_slot;
  const schema::Column* source;
  const schema::Column* destination;
};

class Relationship {
 public:
  std::string name;
  int slot = -1;  // in the owner's instances
  const Mapper* owner = nullptr;
  const Mapper* target = nullptr;
  Direction direction = Direction::kOneToMany;
  bool uselist = true;
  Lazy lazy = Lazy::kSelect;
  uint8_t cascade = kCascadeSaveUpdate | kCascadeMerge;
  bool passive_deletes = false;
  bool viewonly = false;
  const Relationship* reverse = nullptr;  // the other side of a backref/back_populates pair
  // One-to-many: source in the owner, destination in the target. Many-to-one: source in the target,
  // destination in the owner. Many-to-many: owner key -> secondary column (destination_slot is -1).
  std::vector<SyncPair> pairs;
  std::vector<SyncPair> secondary_pairs;  // many-to-many: target key -> secondary column
  schema::TablePtr secondary;
  std::vector<expr::ElementPtr> order_by;  // of the target's columns
  bool use_get = false;  // many-to-one by the target's whole primary key, in key order: the
                         // identity map can answer
  std::shared_ptr<const RelationshipDef> def;

  bool is_collection() const { return uselist; }
  // "User.posts"
  std::string full_name() const;
};

}  // namespace moonbase::mapper
