// A relationship between two mapped classes: what was declared (RelationshipDef) and what
// configuration made of it (Relationship: target, direction, which columns are kept in step, the
// other side). Owned by its Mapper; frozen once configured. Not synchronised.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "orm/expr/node.h"

namespace moonbase::state {
struct Instance;
}

namespace moonbase::mapper {

class Mapper;

enum class Direction : uint8_t { kOneToMany, kManyToOne, kManyToMany };
// When the far side of a relationship is loaded.
enum class Lazy : uint8_t {
  kSelect,      // at the first access
  kJoined,      // with the owner's row, by an outer join
  kSelectin,    // after the owners' rows, by keys
  kSubquery,    // after the owners' rows, by their query
  kImmediate,   // after the owners' rows, one by one
  kDynamic,     // never: the attribute is a query
  kWriteOnly,   // never: the attribute adds, removes and gives a SELECT
  kRaise,       // never: reading it raises
  kRaiseOnSql,  // never by SQL: reading it raises unless the identity map has the object
  kNoload,      // never: it reads as empty
};

// The word a user writes ("select", "joined", "true", …); throws kArgumentError naming the nearest
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

// How a to-many relationship's objects are kept: in order, each once, or each under a key.
enum class Shape : uint8_t { kList, kSet, kDict };
std::string_view shape_name(Shape shape);

// What was declared as a relationship's collection_class.
struct CollectionClass {
  const Shape shape;
  explicit CollectionClass(Shape s) : shape(s) {}
  CollectionClass(const CollectionClass&) = delete;
  virtual ~CollectionClass() = default;
  // kDict: the key a member stands under; absent when the member has none yet. May load. Throws
  // what a program's key function raises.
  virtual base::Value key_of(state::Instance& member) const = 0;
};

struct RelationshipDef {
  std::string name;
  std::string target;   // class name; resolved when mappers are configured
  std::string backref;  // name of the attribute to make on the other side
  std::shared_ptr<const RelationshipDef> backref_options;
  std::string back_populates;
  std::string lazy = "select";
  std::string cascade;  // empty: "save-update, merge"; of one that is viewonly, "merge"
  std::optional<bool> uselist;
  // How the tables are joined. Names are "Class.column", "table.column" or "column".
  std::vector<std::string> foreign_keys, remote_side;
  expr::ElementPtr primaryjoin, secondaryjoin;  // over the tables; null: by the foreign keys
  // Fills in what was given as functions and texts, in a copy of the declaration; called when the
  // classes it speaks of should be there, and again after it failed.
  std::function<void(const Mapper& owner, RelationshipDef& copy)> complete;
  std::vector<std::string> order_by;  // "column", "Class.column", with " desc" behind it
  std::vector<expr::ElementPtr> order_by_elements;
  bool passive_deletes = false;
  bool passive_deletes_all = false;  // passive_deletes = 'all'
  bool passive_updates = true;
  bool innerjoin = false;  // an eager join is an inner one
  int join_depth = 0;      // of a class that leads to itself: so many steps are loaded eagerly
  bool post_update = false;
  bool single_parent = false;
  bool viewonly = false;
  std::optional<bool> sync_backref;  // true is refused beside viewonly
  bool active_history = false;
  std::vector<std::string> overlaps;  // relationships that may write the same columns
  schema::TablePtr secondary;
  std::string secondary_name;                               // a table named as text
  std::shared_ptr<const CollectionClass> collection_class;  // null: a list
  std::string doc;
  std::shared_ptr<const void> info;  // the program's own
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
  bool passive_deletes_all = false;  // a deleted owner leaves even loaded members' keys alone
  bool passive_updates = true;       // a changed key reaches the foreign keys by ON UPDATE CASCADE
  bool post_update = false;          // the foreign key is written by an UPDATE of its own
  bool single_parent = false;        // a target belongs to one owner
  bool viewonly = false;
  bool active_history = false;            // a reference is read before it is replaced
  const Relationship* reverse = nullptr;  // the other side of a backref/back_populates pair
  // One-to-many: source in the owner, destination in the target. Many-to-one: source in the target,
  // destination in the owner. Many-to-many: owner key -> secondary column (destination_slot is -1).
  std::vector<SyncPair> pairs;
  std::vector<SyncPair> secondary_pairs;  // many-to-many: target key -> secondary column
  schema::TablePtr secondary;
  // The condition as it was declared, where it says more than the pairs do (else null). In it,
  // columns of the owner's row are those of `near`, columns of the target's row those of `far`:
  // aliases that stand for whatever FROM or values a statement has (query::relationship_condition).
  expr::ElementPtr primaryjoin, secondaryjoin;
  expr::FromPtr near, far;
  std::vector<int> near_slots;             // the owner's columns that the condition names
  std::vector<expr::ElementPtr> order_by;  // of the target's columns
  bool use_get = false;  // many-to-one by the target's whole primary key, in key order: the
                         // identity map can answer
  std::shared_ptr<const RelationshipDef> def;       // completed
  std::shared_ptr<const RelationshipDef> declared;  // as it was declared, by itself

  // The attribute is a query, or gives one: its members are never in memory as a whole.
  bool is_never_loaded() const { return lazy == Lazy::kDynamic || lazy == Lazy::kWriteOnly; }
  // The pairs are all there is to the condition.
  bool is_plain_join() const { return primaryjoin == nullptr; }
  bool is_collection() const { return uselist; }
  Shape shape() const {
    return def && def->collection_class ? def->collection_class->shape : Shape::kList;
  }
  bool deletes_orphans() const { return (cascade & kCascadeDeleteOrphan) != 0; }
  // "User.posts"
  std::string full_name() const;
};

}  // namespace moonbase::mapper
