#include "tests/session/random_history.h"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>

#include "tests/support/postgresql.h"

namespace moonbase::test {

using state::Instance;
using state::Lifecycle;

RandomHistory::RandomHistory(const RandomModel& model, engine::EnginePtr engine)
    : model_(model), orm_(std::move(engine)) {
  declare_model(orm_.models, model);
  orm_.open();
  world_.links.resize(model.pairings.size());
  saved_.push_back(world_);
}

std::string RandomHistory::name(int number) const {
  return number == 0 ? "nil" : class_of(number).name + std::to_string(number);
}

int RandomHistory::pick(Dice& dice, int cls) const {
  const std::vector<int> found = world_.staying(model_, cls);
  return found.empty() ? 0 : found[static_cast<size_t>(dice.below(static_cast<int>(found.size())))];
}

int RandomHistory::pick_stored(Dice& dice) const {
  const int number = pick(dice);
  return number != 0 && world_.things.at(number).has_row ? number : 0;
}

// A target that may be referred to; of a one-to-one relationship, one that nobody has.
int RandomHistory::pick_target(Dice& dice, const RandomReference& r, int reference) const {
  std::vector<int> found = world_.staying(model_, r.to);
  if (r.owns_target || (!r.uselist && !r.many.empty()))
    std::erase_if(found, [&](int n) { return !world_.members(model_, reference, n).empty(); });
  return found.empty() ? 0 : found[static_cast<size_t>(dice.below(static_cast<int>(found.size())))];
}

void RandomHistory::run(const std::vector<Step>& steps) {
  const session::Session::NoAutoflush guard(*orm_.session);
  for (const Step& step : steps) {
    Dice dice(step.seed);
    take(step, dice);
  }
  Dice dice(1);
  note("at the end:");
  flush(dice);
}

void RandomHistory::take(const Step& step, Dice& dice) {
  session::Session& s = *orm_.session;
  switch (step.operation) {
    case Operation::kAdd: {
      const int number = make(dice, dice.below(static_cast<int>(model_.classes.size())));
      note("add " + name(number));
      s.add(at(number));
      break;
    }
    case Operation::kAddToList:
      return add_to_list(dice);
    case Operation::kSetValue:
      if (const int number = pick(dice)) {
        if (class_of(number).base >= 0 && dice.chance(40)) return set_own_value(dice, number);
        const int v = world_.things.at(number).now.v = dice.below(10);
        note(name(number) + ".v = " + std::to_string(v));
        Orm::set(at(number), "v", integer(v));
      }
      break;
    case Operation::kSetUnique:
      if (const int number = pick(dice); number != 0 && class_of(number).has_unique)
        set_unique(number, dice.below(6));
      break;
    case Operation::kSetKey:
      return change_key(dice);
    case Operation::kPoint:
      return point_somewhere(dice);
    case Operation::kFlipLink:
      return flip_some_link(dice);
    case Operation::kDelete:
      if (const int number = pick(dice)) {
        note("delete " + name(number) + " with the next flush");
        world_.things.at(number).is_going = world_.things.at(number).is_told = true;
      }
      break;
    case Operation::kLoad:
      return load_something(dice);
    case Operation::kQuery:
      return query(dice);
    case Operation::kExpire:
      flush(dice);
      if (const int number = pick_stored(dice)) {
        note("a change of " + name(number) + " is dropped by expire");
        Orm::set(at(number), "v", integer(99));
        dice.chance(70) ? s.expire(at(number)) : s.expire_all();
      }
      break;
    case Operation::kRefresh:
      flush(dice);
      if (const int number = pick_stored(dice)) {
        note("refresh " + name(number));
        s.refresh(at(number));
        check_object(number);
      }
      break;
    case Operation::kMerge:
      return merge(dice);
    case Operation::kExpunge:
      return expunge(dice);
    case Operation::kFlush:
      return flush(dice);
    case Operation::kCommit:
      flush(dice);
      note("commit");
      s.commit();
      saved_.assign(1, world_);
      fetched_.clear();
      return check(dice, 30);
    case Operation::kBeginNested:
      flush(dice);
      note("begin_nested");
      s.begin_nested();
      saved_.push_back(world_);
      break;
    case Operation::kCommitNested:
      if (saved_.size() == 1) break;
      flush(dice);
      note("release the savepoint");
      s.commit_nested();
      saved_.pop_back();
      return check(dice, 30);
    case Operation::kRollback:
      rollback();
      break;
    case Operation::kSweep:
      orm_.heap.sweep();
      break;
  }
}

// ---- new objects ----

// A new key, or that of an object that goes: its row is taken over.
void RandomHistory::choose_key(Dice& dice, Thing& thing) {
  thing.now.k1 = ++last_key_;
  thing.now.k2 = dice.below(3);
  const KeyKind kind = model_.classes[static_cast<size_t>(thing.cls)].key;
  if (kind != KeyKind::kNatural && kind != KeyKind::kPair) return;
  // The database would let go of those that refer to a row, but the row is never deleted.
  for (const RandomReference& r : model_.references)
    if (model_.is_a(thing.cls, r.to) && r.on_delete != OnDelete::kNothing) return;
  const auto has_key = [&](const auto& entry, const Values& key) {
    const Thing& t = entry.second;
    return model_.root(t.cls) == model_.root(thing.cls) && !t.is_going &&
           ((t.now.k1 == key.k1 && t.now.k2 == key.k2) ||
            (t.has_row && t.row.k1 == key.k1 && t.row.k2 == key.k2));
  };
  for (const auto& [number, t] : world_.things) {
    if (t.cls != thing.cls || !t.is_going || !t.has_row || !dice.chance(50)) continue;
    if (t.now.k1 != t.row.k1 || t.now.k2 != t.row.k2) continue;
    if (std::any_of(world_.things.begin(), world_.things.end(),
                    [&](const auto& entry) { return has_key(entry, t.row); }))
      continue;
    thing.now.k1 = t.row.k1;
    thing.now.k2 = t.row.k2;
    return;
  }
}

int RandomHistory::make(Dice& dice, int cls) {
  const RandomClass& c = model_.classes[static_cast<size_t>(cls)];
  Thing thing;
  thing.cls = cls;
  thing.now.refs.resize(legs_of(model_, cls).size());
  choose_key(dice, thing);
  instances_[++last_] = &orm_.make(c.name, {{"v", integer(0)}});
  world_.things[last_] = std::move(thing);
  if (model_.at(model_.root(cls)).has_tag) Orm::set(at(last_), "tag", integer(last_));
  set_key(last_);
  return last_;
}

void RandomHistory::set_key(int number) {
  const Values& now = world_.things.at(number).now;
  switch (class_of(number).key) {
    case KeyKind::kNumbered:
      break;
    case KeyKind::kNatural:
      Orm::set(at(number), "code", text("k" + std::to_string(now.k1)));
      break;
    case KeyKind::kPair:
      Orm::set(at(number), "k1", integer(now.k1));
      Orm::set(at(number), "k2", integer(now.k2));
      break;
    case KeyKind::kOwned:
      Orm::set(at(number), "n", integer(now.k1));
      break;
  }
}

void RandomHistory::add_to_list(Dice& dice) {
  const int reference = dice.below(static_cast<int>(model_.references.size()));
  const RandomReference& r = model_.references[static_cast<size_t>(reference)];
  const int owner = pick_target(dice, r, reference);
  if (owner == 0 || r.many.empty()) return;
  std::vector<int> classes;
  for (size_t c = 0; c < model_.classes.size(); ++c)
    if (model_.is_a(static_cast<int>(c), r.from)) classes.push_back(static_cast<int>(c));
  const int number =
      make(dice, classes[static_cast<size_t>(dice.below(static_cast<int>(classes.size())))]);
  for (const Leg& leg : legs_of(model_, r.from))
    if (leg.reference == reference) world_.things.at(number).now.refs[leg.index] = owner;
  note(name(owner) + "." + r.many + " gains the new " + name(number));
  if (r.uselist)
    Orm::append(at(owner), r.many, at(number));
  else
    Orm::point(at(owner), r.many, &at(number));
  if (at(number).host != orm_.session.get())
    throw std::logic_error(name(number) + " did not come into the session with its owner");
}

// ---- changes ----

void RandomHistory::set_own_value(Dice& dice, int number) {
  Thing& t = world_.things.at(number);
  t.now.x = 1 + dice.below(9);
  note(name(number) + "." + model_.own_value(t.cls) + " = " + std::to_string(t.now.x));
  Orm::set(at(number), model_.own_value(t.cls), integer(t.now.x));
}

void RandomHistory::set_unique(int number, int u) {
  note(name(number) + ".u = " + (u == 0 ? "nil" : std::to_string(u)));
  world_.things.at(number).now.u = u;
  Orm::set(at(number), "u", u == 0 ? base::Value() : integer(u));
}

void RandomHistory::change_key(Dice& dice) {
  const int number = pick(dice);
  if (number == 0 || class_of(number).key == KeyKind::kNumbered) return;
  const int cls = world_.things.at(number).cls;
  // PostgreSQL refuses a key that ON UPDATE CASCADE brings back to its own row.
  const auto copies_key = [&](const RandomReference& r) {
    return r.is_owner && model_.root(r.to) == model_.root(cls);
  };
  if (model_.is_circular(cls) &&
      (model_.is_family(cls) || std::ranges::any_of(model_.references, copies_key)))
    return;
  world_.things.at(number).now.k1 = ++last_key_;
  note("the key of " + name(number) + " becomes " + std::to_string(last_key_));
  set_key(number);
}

void RandomHistory::point_somewhere(Dice& dice) {
  const int number = pick(dice);
  if (number == 0) return;
  const std::vector<Leg> legs = legs_of(model_, world_.things.at(number).cls);
  if (legs.empty()) return;
  const Leg& leg = legs[static_cast<size_t>(dice.below(static_cast<int>(legs.size())))];
  const RandomReference& r = model_.references[static_cast<size_t>(leg.reference)];
  const int target = dice.chance(75) ? pick(dice, r.to) : 0;
  if (target != 0 && r.owns_target && !world_.members(model_, leg.reference, target).empty())
    return;
  if (target != 0 || r.nullable) point(dice, number, leg, target);
}

// The former partner of a one-to-one target is alone.
void RandomHistory::steal(const RandomReference& r, const Leg& leg, int number, int target) {
  if (r.uselist || r.many.empty() || target == 0) return;
  for (const int other : world_.members(model_, leg.reference, target)) {
    if (other == number) continue;
    Thing& t = world_.things.at(other);
    t.now.refs[leg.index] = 0;
    t.taken_out = t.taken_out || r.deletes_orphans();
  }
}

// Whether a list that is loaded now has a member that leaves with the next flush.
bool RandomHistory::has_left(int reference, int owner) const {
  for (const auto& [number, t] : world_.things)
    for (const Leg& leg : legs_of(model_, t.cls))
      if (leg.reference == reference && t.has_row && t.row.refs[leg.index] == owner &&
          t.now.refs[leg.index] != owner)
        return true;
  return false;
}

void RandomHistory::point(Dice& dice, int number, const Leg& leg, int target) {
  const RandomReference& r = model_.references[static_cast<size_t>(leg.reference)];
  Thing& thing = world_.things.at(number);
  int& now = thing.now.refs[leg.index];
  if (now == target) return;
  // Whoever has an object loaded learns that it leaves if it knows itself where it was.
  // (One that is loaded eagerly may be before the flush.)
  if (now != 0 && !r.one.empty() && (r.many_side.lazy != "select" || !at(now).is_expired()))
    Orm::get(at(number), r.columns[0]);
  bool by_owner = r.one.empty() || (!r.many.empty() && dice.chance(50));
  // It may not have heard that another one took its place.
  if (!by_owner && target != 0 && at(number).object(Orm::slot(at(number), r.one)) == &at(target))
    by_owner = true;
  if (!r.many.empty() && r.uselist && target != 0 && dice.chance(20) &&
      !has_left(leg.reference, target) && may_read(target, r.many)) {
    note("read " + name(target) + "." + r.many);
    // Loaded while a reference was not written yet, it may have the object already.
    const Instances members = orm_.list(at(target), r.many);
    if (std::find(members.begin(), members.end(), &at(number)) != members.end()) by_owner = false;
  }
  note(name(number) + " moves from " + name(now) + " to " + name(target) + " by " +
       (by_owner ? r.many : r.one));
  if (!by_owner) {
    Orm::point(at(number), r.one, target == 0 ? nullptr : &at(target));
  } else {
    const bool leaves_first = now != 0 && (target == 0 || r.one.empty());
    if (leaves_first && r.uselist) Orm::take_out(at(now), r.many, at(number));
    if (leaves_first && !r.uselist) Orm::point(at(now), r.many, nullptr);
    if (target != 0 && r.uselist) Orm::append(at(target), r.many, at(number));
    if (target != 0 && !r.uselist) Orm::point(at(target), r.many, &at(number));
  }
  steal(r, leg, number, target);
  thing.taken_out = thing.taken_out || (now != 0 && r.deletes_orphans());
  if (now != 0 && r.owns_target) world_.things.at(now).taken_out = true;
  now = target;
}

void RandomHistory::flip_link(Dice& dice, size_t pairing, int left, int right) {
  const RandomPairing& p = model_.pairings[pairing];
  const bool by_left = p.back.empty() || dice.chance(50);
  const std::string& list = by_left ? p.list : p.back;
  Instance &owner = at(by_left ? left : right), &member = at(by_left ? right : left);
  const bool is_new = world_.links[pairing].insert({left, right}).second;
  note(name(left) + " and " + name(right) + (is_new ? " are linked by " : " are parted by ") +
       list);
  if (is_new) {
    Orm::append(owner, list, member);
  } else {
    world_.links[pairing].erase({left, right});
    Orm::take_out(owner, list, member);
  }
}

void RandomHistory::flip_some_link(Dice& dice) {
  if (model_.pairings.empty()) return;
  const auto pairing = static_cast<size_t>(dice.below(static_cast<int>(model_.pairings.size())));
  const int left = pick(dice, model_.pairings[pairing].left),
            right = pick(dice, model_.pairings[pairing].right);
  if (left != 0 && right != 0) flip_link(dice, pairing, left, right);
}

// ---- the rest ----

void RandomHistory::load_something(Dice& dice) {
  const int number = pick(dice);
  if (number == 0) return;
  Instance& i = at(number);
  const auto& attributes = i.mapper->attributes();
  const mapper::Attribute& a =
      attributes[static_cast<size_t>(dice.below(static_cast<int>(attributes.size())))];
  for (size_t n = 0; n < model_.references.size(); ++n)
    if (model_.references[n].many == a.name && has_left(static_cast<int>(n), number)) return;
  if (!may_read(number, a.name)) return;
  note("read " + name(number) + "." + a.name);
  a.relationship != nullptr&& a.relationship->uselist ? (void)orm_.list(i, a.name)
                                                      : (void)i.read(a.slot);
}

// Whether a relationship can be read that may be one that raises unless it is loaded.
bool RandomHistory::may_read(int number, const std::string& attribute) {
  Instance& i = at(number);
  const mapper::Relationship* r = i.mapper->attribute(attribute).relationship;
  if (r == nullptr || (r->lazy != mapper::Lazy::kRaise && r->lazy != mapper::Lazy::kRaiseOnSql))
    return true;
  if (i.is_expired()) return false;
  const state::Collection* members = i.collection(r->slot);
  return r->uselist ? members != nullptr && members->is_loaded()
                    : i.slot(r->slot).tag() != base::Tag::kNotLoaded;
}

// All objects of a class, with what it brings along.
void RandomHistory::query(Dice& dice) {
  flush(dice);
  const int cls = dice.below(static_cast<int>(model_.classes.size()));
  const std::string& of = model_.classes[static_cast<size_t>(cls)].name;
  if (dice.chance(60)) {
    note("expire all");
    orm_.session->expire_all();
  }
  note("query all of " + of);
  Lines found, expected;
  for (const Instance* i : orm_.all(orm_.query(of))) found.push_back(state::describe(*i));
  for (const int number : world_.staying(model_, cls))
    expected.push_back(state::describe(at(number)));
  compare("the query", std::move(found), std::move(expected));
  check(dice, 50);
}

void RandomHistory::merge(Dice& dice) {
  flush(dice);
  const int number = pick_stored(dice);
  if (number == 0) return;
  const int v = world_.things.at(number).now.v = dice.below(10);
  note("merge a copy of " + name(number) + " with v = " + std::to_string(v));
  Instance& copy = orm_.make(class_of(number).name, {{"v", integer(v)}});
  for (const int slot : copy.mapper->primary_key()) copy.write(slot, at(number).read(slot));
  if (&orm_.session->merge(copy) != &at(number))
    throw std::logic_error("merge gave another object than " + name(number));
}

// Out of the session, with what the cascade takes along, and in again.
void RandomHistory::expunge(Dice& dice) {
  flush(dice);
  const int number = pick_stored(dice);
  if (number == 0) return;
  note("expunge " + name(number) + " and add it again");
  orm_.session->expunge(at(number));
  if (at(number).lifecycle != Lifecycle::kDetached)
    throw std::logic_error(name(number) + " was expunged and is not detached");
  orm_.session->add(at(number));
}

void RandomHistory::rollback() {
  note(saved_.size() > 1 ? "roll back to the savepoint" : "rollback");
  orm_.session->rollback();
  // What the database did by ON DELETE it takes back, and nobody tells the session.
  if (std::exchange(database_acted_, false)) orm_.session->expire_all();
  world_ = saved_.back();
  forget_fetched();
  if (saved_.size() > 1) saved_.pop_back();
  // A row that the database deleted, not the session, is another object now.
  for (const auto& [number, t] : world_.things) {
    Instance*& i = instances_.at(number);
    if (i->lifecycle != Lifecycle::kDetached) continue;
    std::vector<base::Value> key;
    for (const std::string& part : key_of(model_, world_, number))
      key.push_back(part[0] == '\'' ? text(part.substr(1, part.size() - 2))
                                    : integer(std::stoll(part)));
    i = orm_.session->get(*i->mapper, std::move(key));
    if (i == nullptr) throw std::logic_error(name(number) + " did not come back");
    ++i->pins;
    fetched_.insert(number);
  }
  Dice dice(0);
  check(dice, 100);
}

// What was loaded, not added, in what is undone: the session keeps the object, and says that its
// row is gone.
void RandomHistory::forget_fetched() {
  for (const int number : fetched_) {
    Instance& i = at(number);
    if (world_.things.contains(number) || !is_there(i)) continue;
    orm_.session->expire(i);
    try {
      Orm::get(i, "v");
    } catch (const base::Error& e) {
      if (e.kind() != base::ErrorKind::kObjectDeletedError) throw;
      orm_.session->expunge(i);
      continue;
    }
    throw std::logic_error("number " + std::to_string(number) + " should have no row");
  }
}

// ---- histories from seeds ----

namespace {

std::vector<Step> make_steps(uint32_t seed) {
  using enum Operation;
  static constexpr std::pair<Operation, int> kWeights[] = {
      {kAdd, 22},   {kAddToList, 8},   {kSetValue, 6},     {kSetUnique, 6}, {kSetKey, 4},
      {kPoint, 22}, {kFlipLink, 8},    {kDelete, 9},       {kLoad, 6},      {kQuery, 3},
      {kExpire, 2}, {kRefresh, 1},     {kMerge, 2},        {kExpunge, 1},   {kFlush, 6},
      {kCommit, 4}, {kBeginNested, 3}, {kCommitNested, 2}, {kRollback, 4},  {kSweep, 1}};
  int total = 0;
  for (const auto& [operation, weight] : kWeights) total += weight;
  std::mt19937 random(seed);
  std::vector<Step> steps(20 + random() % 60);
  for (Step& step : steps) {
    int n = static_cast<int>(random() % static_cast<uint32_t>(total));
    for (const auto& [operation, weight] : kWeights) {
      step.operation = operation;
      if ((n -= weight) < 0) break;
    }
    step.seed = static_cast<uint32_t>(random());
  }
  return steps;
}

struct Outcome {
  std::string why;  // empty: all is well
  Lines trace;
};

Outcome run_steps(const RandomModel& model, const std::vector<Step>& steps,
                  const MakeEngine& make_engine) {
  std::optional<RandomHistory> history;
  std::string why;
  try {
    history.emplace(model, make_engine());
    history->run(steps);
    return {};
  } catch (const base::Error& e) {
    why = e.paragraph();
  } catch (const std::logic_error& e) {
    why = e.what();
  }
  if (!history) return {why, {}};
  Lines trace = history->trace();
  for (const std::string& statement : history->sent()) trace.push_back("  " + statement);
  return {why, trace};
}

// Leaves out whatever the failure does not need: halves first, single steps at the end.
std::vector<Step> shrink(const RandomModel& model, std::vector<Step> steps,
                         const MakeEngine& make_engine) {
  for (size_t length = steps.size() / 2; length > 0; length /= 2)
    for (size_t begin = 0; begin < steps.size();) {
      std::vector<Step> fewer = steps;
      const auto first = fewer.begin() + static_cast<std::ptrdiff_t>(begin);
      fewer.erase(first,
                  first + static_cast<std::ptrdiff_t>(std::min(length, fewer.size() - begin)));
      if (run_steps(model, fewer, make_engine).why.empty())
        begin += length;
      else
        steps = std::move(fewer);
    }
  return steps;
}

}  // namespace

std::string run_histories(uint32_t first, uint32_t count, const MakeEngine& make_engine) {
  std::string failures;
  int failed = 0;
  for (uint32_t seed = first; seed < first + count && failed < 3; ++seed) {
    const RandomModel model = make_random_model(seed);
    INFO("seed " << seed << "\n" << model.text());  // said of one that crashes
    const std::vector<Step> steps = make_steps(seed);
    if (run_steps(model, steps, make_engine).why.empty()) continue;
    ++failed;
    const Outcome least = run_steps(model, shrink(model, steps, make_engine), make_engine);
    failures += "\nseed " + std::to_string(seed) + ": " + least.why + "\n" + model.text();
    for (const std::string& line : least.trace) failures += "    " + line + "\n";
  }
  return failures;
}

std::string run_histories_on_server(uint32_t first, uint32_t count) {
  const PostgresqlDatabase database;
  const auto cleaner = database.connect();
  return run_histories(first, count, [&] {
    cleaner->execute_script("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
    return engine::create_engine(engine::parse_url(database.url()));
  });
}

}  // namespace moonbase::test
