// Classes made at random, as plain data: how rows are keyed, who refers to whom and with which
// options. Made so that every graph of their objects can be written: what must not be NULL leads to
// an earlier class only. Declared into a test's registry by declare_model.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "tests/support/orm_fixture.h"

namespace moonbase::test {

enum class KeyKind : uint8_t {
  kNumbered,  // the database counts
  kNatural,   // a text that a program gives and changes
  kPair,      // two integers that a program gives and changes
  kOwned,     // the owner's key and a number
};

// What the foreign key says of a deleted target, with passive_deletes on the relationship.
enum class OnDelete : uint8_t { kNothing, kCascade, kSetNull };

// How one side of a relationship is loaded, and what its members are in.
struct RandomSide {
  std::string lazy = "select";
  mapper::Shape shape = mapper::Shape::kList;  // kDict: by the member's `tag`

  bool raises() const { return lazy == "raise" || lazy == "raise_on_sql"; }
};

// A foreign key with the relationships over it: many-to-one on `from`, the other way on `to`.
struct RandomReference {
  int from, to;
  std::string one, many;  // attributes; at most one of them is empty
  bool uselist = true;    // of `many`
  bool nullable = true;
  bool is_owner = false;  // part of the key of `from`
  std::string cascade;    // of `many`
  OnDelete on_delete = OnDelete::kNothing;
  bool owns_target = false;  // `one` deletes orphans: the target goes with the only one who has it
  bool post_update = false;
  bool passive_updates = true;
  bool uses_backref = true;  // else back_populates
  RandomSide one_side, many_side;
  std::vector<std::string> columns;

  bool has(const char* word) const { return cascade.find(word) != std::string::npos; }
  bool deletes() const { return has("all"); }
  bool deletes_orphans() const { return has("delete-orphan"); }
};

// A class that inherits has the key, the unique value, the version and the tag of its root, and a
// value of its own.
struct RandomClass {
  std::string name, table;
  int base = -1;              // the class it inherits from; -1: none
  bool has_own_table = true;  // else it is in the table of its base
  bool is_base = false;       // others inherit from it
  std::string read_below;     // "inline", "selectin": how queries of its bases read it
  bool reads_all = false;     // with_polymorphic = '*'
  KeyKind key = KeyKind::kNumbered;
  bool has_unique = false, has_version = false;
  bool has_tag = false;         // it is a member of dicts
  std::vector<int> references;  // from this class; an owned class's owner comes first
};

// Many-to-many.
struct RandomPairing {
  std::string table;
  int left, right;
  std::string list, back;  // attributes of left and right; `back` may be empty
  RandomSide list_side{}, back_side{};
};

struct RandomModel {
  std::vector<RandomClass> classes;
  std::vector<RandomReference> references;
  std::vector<RandomPairing> pairings;

  const RandomClass& at(int cls) const { return classes[static_cast<size_t>(cls)]; }
  // The class and those it inherits from, its root first.
  std::vector<int> lineage(int cls) const;
  int root(int cls) const { return lineage(cls).front(); }
  bool is_a(int cls, int base) const;
  bool is_family(int cls) const { return at(cls).base >= 0 || at(cls).is_base; }
  // The class whose table has the columns of this one.
  int table_of(int cls) const;
  // Of an owned class: the reference that is part of its key.
  const RandomReference& owner_reference(int cls) const {
    return references[static_cast<size_t>(at(root(cls)).references[0])];
  }
  // The attribute that a class has beside those of its base.
  std::string own_value(int cls) const { return "x_" + at(cls).table; }
  // Whether rows of the class may refer to each other, be it over others.
  bool is_circular(int cls) const;
  std::vector<std::string> key_columns(int cls) const;
  // The references whose targets are of the class and go as orphans.
  std::vector<int> owners_of(int cls) const;
  // Whether nobody refers to rows of the class.
  bool is_leaf(int cls) const;
  // For the report of a failure.
  std::string text() const;
};

RandomModel make_random_model(uint32_t seed);
void declare_model(Models& models, const RandomModel& model);

// Numbers that come out of a seed; a list of its own, so that leaving out one operation of a
// history does not change the others.
class Dice {
 public:
  explicit Dice(uint32_t seed) : random_(seed) {}
  int below(int n) { return static_cast<int>(random_() % static_cast<uint32_t>(n)); }
  bool chance(int percent) { return below(100) < percent; }

 private:
  std::minstd_rand random_;
};

}  // namespace moonbase::test
