// What the objects and rows of a random history should be, as plain data that knows nothing of a
// session: the independent witness. Objects are numbers, in the order they were made; 0 is nobody.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/session/random_model.h"

namespace moonbase::test {

struct Values {
  int64_t k1 = 0, k2 = 0;  // the number, the text's number, the pair, or the number under the owner
  int v = 0, u = 0;        // u: 0 for NULL
  int x = 0;               // own_value, of a class that inherits; 0 for NULL
  std::vector<int> refs;   // per reference of the class
};

struct Thing {
  int cls = 0;
  Values now, row;  // as the object has it, and the database
  bool has_row = false;
  bool is_going = false;   // with the next flush
  bool is_told = false;    // by session:delete, not by a cascade
  bool taken_out = false;  // of a list that deletes orphans, since the last flush
};

using Links = std::set<std::pair<int, int>>;

struct World {
  std::map<int, Thing> things;
  std::vector<Links> links;  // per pairing

  // Of a class and those below it; of all for -1.
  std::vector<int> staying(const RandomModel& model, int cls) const;
  bool is_staying(int number) const { return number != 0 && !things.at(number).is_going; }
  // Who refers to `target` by this reference.
  std::vector<int> members(const RandomModel& model, int reference, int target) const;
};

// One reference of one thing.
struct Leg {
  int reference;  // in the model
  size_t index;   // in the thing's refs
};
std::vector<Leg> legs_of(const RandomModel& model, int cls);

// The object's key as the database would show it.
Lines key_of(const RandomModel& model, const World& world, int number);
// All rows of the table of a class that has one of its own, in the order of `columns_of`.
Lines rows_of(const RandomModel& model, const World& world, int table);
std::string columns_of(const RandomModel& model, int table);
Lines link_rows(const RandomModel& model, const World& world, size_t pairing);

// Whether a new object is not wanted: it was taken out where it would be deleted as an orphan.
bool is_unwanted(const RandomModel& model, const World& world, int number);

// Who goes along, by delete cascades and as orphans; says whether that were any. A new object that
// goes has no row to delete: it is not written.
bool spread_departures(const RandomModel& model, World& world);

// The flush succeeded.
void finish_flush(const RandomModel& model, World& world);

}  // namespace moonbase::test
