// Random histories of a session: a model and a list of operations made from a seed, carried out on
// a session and on a World beside it. After every flush the database equals the World and the
// objects, after every rollback the objects equal the database again. A history that fails is cut
// down to the operations that it takes.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tests/session/random_world.h"

namespace moonbase::test {

enum class Operation : uint8_t {
  kAdd,
  kAddToList,  // an object that comes in by the save-update cascade
  kSetValue,
  kSetUnique,
  kSetKey,
  kPoint,
  kFlipLink,
  kDelete,
  kLoad,
  kQuery,
  kExpire,
  kRefresh,
  kMerge,
  kExpunge,
  kFlush,
  kCommit,
  kBeginNested,
  kCommitNested,
  kRollback,
  kSweep,
};
// What it is done to follows from the seed and from what there is: any part of a list of steps is a
// history, too.
struct Step {
  Operation operation;
  uint32_t seed;
};

class RandomHistory {
 public:
  // `engine`: of an empty database; null for one in memory.
  RandomHistory(const RandomModel& model, engine::EnginePtr engine);

  // Throws base::Error or std::logic_error, which says what differs.
  void run(const std::vector<Step>& steps);
  const Lines& trace() const { return trace_; }
  // The statements since the last flush began.
  Lines sent() { return orm_.sent(); }

 private:
  void take(const Step& step, Dice& dice);
  void note(const std::string& line) { trace_.push_back(line); }
  state::Instance& at(int number) { return *instances_.at(number); }
  const RandomClass& class_of(int number) const {
    return model_.classes[static_cast<size_t>(world_.things.at(number).cls)];
  }
  std::string name(int number) const;
  static bool is_there(const state::Instance& i) {
    return i.host != nullptr && i.lifecycle != state::Lifecycle::kDeleted;
  }
  int pick(Dice& dice, int cls = -1) const;
  int pick_stored(Dice& dice) const;
  int pick_target(Dice& dice, const RandomReference& r, int reference) const;

  // ---- operations (random_history.cc) ----
  int make(Dice& dice, int cls);
  void set_key(int number);
  void choose_key(Dice& dice, Thing& thing);
  void add_to_list(Dice& dice);
  void set_own_value(Dice& dice, int number);
  void set_unique(int number, int u);
  void change_key(Dice& dice);
  void point_somewhere(Dice& dice);
  bool has_left(int reference, int owner) const;
  void point(Dice& dice, int number, const Leg& leg, int target);
  void steal(const RandomReference& r, const Leg& leg, int number, int target);
  void flip_link(Dice& dice, size_t pairing, int left, int right);
  void flip_some_link(Dice& dice);
  void load_something(Dice& dice);
  bool may_read(int number, const std::string& attribute);
  void query(Dice& dice);
  void merge(Dice& dice);
  void expunge(Dice& dice);
  void rollback();
  void forget_fetched();

  // ---- what makes a flush legal, and flushing (random_flush.cc) ----
  void flush(Dice& dice);
  void settle(Dice& dice);
  bool settle_references(Dice& dice);
  bool settle_reference(Dice& dice, int number, const Leg& leg);
  void settle_passive();
  void settle_uniques();
  void settle_keys();
  void settle_links(Dice& dice);
  void send_away(Dice& dice);
  bool may_take(int number, int u) const;

  // ---- comparing (random_flush.cc) ----
  void check(Dice& dice, int percent);
  void check_rows();
  void check_object(int number);
  void check_reference(int number, const Leg& leg);
  void check_lists(int number);
  std::string key_in(int number, const std::string& attribute, const state::Instance& member);
  std::string tag_in(int number, const std::string& attribute, int member);
  void check_strangers();
  void compare(const std::string& what, Lines found, Lines expected) const;
  Lines rows(const std::string& sql);

  const RandomModel& model_;
  Orm orm_;
  World world_;
  std::vector<World> saved_;  // at the last commit, then at each savepoint
  std::map<int, state::Instance*> instances_;
  Lines trace_;
  int last_ = 0, last_key_ = 0;
  bool database_acted_ = false;  // since the last rollback
  std::set<int> fetched_;        // loaded in this transaction in place of the object that was added
};

// Gives each history an engine, and with it an empty database.
using MakeEngine = std::function<engine::EnginePtr()>;

// The first histories that failed, each with its seed, its model and the least steps that fail.
std::string run_histories(
    uint32_t first, uint32_t count, const MakeEngine& make_engine = [] { return nullptr; });
// The same on a PostgreSQL server, where the rows of a flush are written many at a time.
std::string run_histories_on_server(uint32_t first, uint32_t count);

}  // namespace moonbase::test
