// The flushes of a random history: what is done before so that the database can accept them, and
// what is compared after.
#include <algorithm>
#include <stdexcept>

#include "tests/session/random_history.h"

namespace moonbase::test {

using state::Instance;
using state::Lifecycle;

void RandomHistory::flush(Dice& dice) {
  orm_.sent();
  settle(dice);
  note("flush");
  orm_.session->flush();
  bool is_passive = false;
  for (const auto& [number, t] : world_.things) {
    if (!t.is_going || !t.has_row) continue;
    for (const RandomReference& r : model_.references)
      is_passive = is_passive || (model_.is_a(t.cls, r.to) && r.on_delete != OnDelete::kNothing);
  }
  for (const auto& [number, t] : world_.things) {
    if (!t.is_going || !t.has_row || at(number).lifecycle == Lifecycle::kDeleted) continue;
    if (!is_passive || at(number).lifecycle != Lifecycle::kPersistent)
      throw std::logic_error(name(number) + " should be deleted");
    orm_.session->expunge(at(number));  // the database has deleted it, and told nobody
  }
  if (is_passive) orm_.session->expire_all();
  database_acted_ = database_acted_ || is_passive;
  finish_flush(model_, world_);
  for (auto& [number, t] : world_.things)
    if (class_of(number).key == KeyKind::kNumbered) t.now.k1 = t.row.k1 = Orm::id(at(number));
  check(dice, 25);
}

// ---- what must be so before a flush ----

void RandomHistory::settle(Dice& dice) {
  for (bool again = true; again;) {
    again = spread_departures(model_, world_);
    again = settle_references(dice) || again;
  }
  settle_passive();
  settle_uniques();
  settle_keys();
  settle_links(dice);
  send_away(dice);
}

bool RandomHistory::settle_references(Dice& dice) {
  bool any = false;
  for (const int number : world_.staying(model_, -1))
    for (const Leg& leg : legs_of(model_, world_.things.at(number).cls))
      if (!world_.things.at(number).is_going) any = settle_reference(dice, number, leg) || any;
  return any;
}

// A reference that the flush could not write is mended, or the object goes, too.
bool RandomHistory::settle_reference(Dice& dice, int number, const Leg& leg) {
  const RandomReference& r = model_.references[static_cast<size_t>(leg.reference)];
  Thing& t = world_.things.at(number);
  const int target = t.now.refs[leg.index];
  const bool is_lost = target != 0 && world_.things.at(target).is_going;
  const bool never_was = is_lost && !world_.things.at(target).has_row;
  if (target == 0 ? r.nullable : !is_lost) return false;
  if (is_lost && r.nullable) {
    // The session lets go of those it knows from the other side.
    if (!never_was && !r.many.empty() && t.has_row && t.row.refs[leg.index] == target) return false;
    point(dice, number, leg, 0);
    return true;
  }
  const int other = dice.chance(60) ? pick_target(dice, r, leg.reference) : 0;
  if (other != 0) {
    point(dice, number, leg, other);
  } else {
    note(name(number) + " goes, too");
    t.is_going = t.is_told = true;
  }
  return true;
}

// A row that the database takes along with one owner, unseen, while it must refer to another one
// that goes and would have to let go of it first: it is deleted by name.
void RandomHistory::settle_passive() {
  const auto goes = [&](int n) { return n != 0 && world_.things.at(n).is_going; };
  for (auto& [number, t] : world_.things) {
    if (!t.is_going || t.is_told || !t.has_row) continue;
    bool is_unseen = false, must_refer = false;
    for (const Leg& leg : legs_of(model_, t.cls)) {
      const RandomReference& r = model_.references[static_cast<size_t>(leg.reference)];
      const int now = t.now.refs[leg.index], before = t.row.refs[leg.index];
      is_unseen = is_unseen || (r.on_delete == OnDelete::kCascade && goes(before));
      must_refer = must_refer || (!r.nullable && !r.deletes() && (goes(now) || goes(before)));
    }
    t.is_told = is_unseen && must_refer;
  }
}

// Whether a row may get a unique value: nobody who stays has it, and who had it leaves the table
// before.
bool RandomHistory::may_take(int number, int u) const {
  const Thing& taker = world_.things.at(number);
  for (const auto& [other, t] : world_.things) {
    if (other == number || model_.root(t.cls) != model_.root(taker.cls)) continue;
    if (!t.is_going && t.now.u == u) return false;
    if (!t.has_row || t.row.u != u) continue;
    if (!t.is_going && (taker.has_row || model_.is_circular(t.cls))) return false;
    if (!t.is_going) continue;
    // Its row may stay for a new object under its key.
    for (const auto& [successor, n] : world_.things)
      if (model_.root(n.cls) == model_.root(t.cls) && !n.has_row && n.now.k1 == t.row.k1 &&
          n.now.k2 == t.row.k2)
        return false;
    for (const auto& [referrer, m] : world_.things)
      for (const Leg& leg : legs_of(model_, m.cls))
        if (m.has_row && m.row.refs[leg.index] == other &&
            model_.is_a(t.cls, model_.references[static_cast<size_t>(leg.reference)].to) &&
            referrer != other)
          return false;
  }
  return true;
}

void RandomHistory::settle_uniques() {
  for (const int number : world_.staying(model_, -1)) {
    const Thing& t = world_.things.at(number);
    const bool is_new = !t.has_row || t.row.u != t.now.u;
    if (t.now.u != 0 && is_new && !may_take(number, t.now.u)) set_unique(number, 0);
  }
}

// Where the session hands a new key on, that of a row whose rows leave may not change.
void RandomHistory::settle_keys() {
  const auto keep = [&](int number) {
    Thing& t = world_.things.at(number);
    if (!t.has_row || t.now.k1 == t.row.k1) return;
    note(name(number) + " keeps its key");
    t.now.k1 = t.row.k1;
    set_key(number);
  };
  for (auto& [number, t] : world_.things)
    for (const Leg& leg : legs_of(model_, t.cls)) {
      const RandomReference& r = model_.references[static_cast<size_t>(leg.reference)];
      const int target = t.has_row ? t.row.refs[leg.index] : 0;
      if (r.passive_updates || target == 0) continue;
      if (t.is_going || t.now.refs[leg.index] != target) keep(target);
    }
}

void RandomHistory::settle_links(Dice& dice) {
  for (size_t p = 0; p < world_.links.size(); ++p)
    for (const auto& [left, right] : Links(world_.links[p])) {
      const Thing &l = world_.things.at(left), &r = world_.things.at(right);
      if (!l.is_going && !r.is_going) continue;
      const bool is_known =
          l.has_row && r.has_row && (l.is_going || !model_.pairings[p].back.empty());
      if (!is_known || dice.chance(50)) flip_link(dice, p, left, right);
    }
}

void RandomHistory::send_away(Dice& dice) {
  const auto never_was = [&](int n) {
    return n != 0 && world_.things.at(n).is_going && !world_.things.at(n).has_row;
  };
  for (const auto& [number, t] : world_.things)
    for (const Leg& leg : legs_of(model_, t.cls))
      if (t.is_going && (never_was(number) || never_was(t.now.refs[leg.index])))
        point(dice, number, leg, 0);
  for (auto it = world_.things.begin(); it != world_.things.end();) {
    const auto& [number, t] = *it;
    if (t.is_going && t.has_row && t.is_told) {
      note("delete " + name(number));
      orm_.session->remove(at(number));
    }
    if (!t.is_going || t.has_row) {
      ++it;
      continue;
    }
    if (!is_unwanted(model_, world_, number) || dice.chance(50)) {
      note("expunge " + name(number));
      orm_.session->expunge(at(number));
    }
    it = world_.things.erase(it);
  }
}

// ---- comparing ----

void RandomHistory::check(Dice& dice, int percent) {
  check_rows();
  check_strangers();
  if (!orm_.session->dirty().empty()) throw std::logic_error("something is dirty after a flush");
  for (const auto& [number, t] : world_.things)
    if (dice.chance(percent)) check_object(number);
}

void RandomHistory::check_rows() {
  for (size_t c = 0; c < model_.classes.size(); ++c) {
    if (!model_.classes[c].has_own_table) continue;
    compare(model_.classes[c].name,
            rows("SELECT " + columns_of(model_, static_cast<int>(c)) + " FROM " +
                 model_.classes[c].table),
            rows_of(model_, world_, static_cast<int>(c)));
  }
  for (size_t p = 0; p < model_.pairings.size(); ++p)
    compare(model_.pairings[p].table, rows("SELECT * FROM " + model_.pairings[p].table),
            link_rows(model_, world_, p));
}

void RandomHistory::check_object(int number) {
  const Thing& t = world_.things.at(number);
  Instance& i = at(number);
  if (i.lifecycle != Lifecycle::kPersistent) throw std::logic_error(name(number) + " has no row");
  const std::vector<std::string> columns = model_.key_columns(t.cls);
  const Lines key = key_of(model_, world_, number);
  for (size_t k = 0; k < key.size(); ++k)
    if (Orm::get(i, columns[k]) != key[k])
      throw std::logic_error("the key of " + name(number) + " is " + Orm::get(i, columns[k]) +
                             ", not " + key[k]);
  if (Orm::get(i, "v") != std::to_string(t.now.v))
    throw std::logic_error(name(number) + ".v is " + Orm::get(i, "v"));
  if (class_of(number).has_unique &&
      Orm::get(i, "u") != (t.now.u == 0 ? "NULL" : std::to_string(t.now.u)))
    throw std::logic_error(name(number) + ".u is " + Orm::get(i, "u"));
  if (class_of(number).base >= 0 &&
      Orm::get(i, model_.own_value(t.cls)) != (t.now.x == 0 ? "NULL" : std::to_string(t.now.x)))
    throw std::logic_error(name(number) + ".x is " + Orm::get(i, model_.own_value(t.cls)));
  for (const Leg& leg : legs_of(model_, t.cls)) check_reference(number, leg);
  check_lists(number);
}

void RandomHistory::check_reference(int number, const Leg& leg) {
  const RandomReference& r = model_.references[static_cast<size_t>(leg.reference)];
  const int target = world_.things.at(number).now.refs[leg.index];
  const Lines key = target == 0 ? Lines(r.columns.size(), "NULL") : key_of(model_, world_, target);
  for (size_t k = 0; k < key.size(); ++k)
    if (const std::string found = Orm::get(at(number), r.columns[k]); found != key[k])
      throw std::logic_error(name(number) + "." + r.columns[k] + " is " + found + ", not " +
                             key[k]);
  if (r.one.empty() || !may_read(number, r.one)) return;
  const Instance* found = Orm::ref(at(number), r.one);
  if (found != (target == 0 ? nullptr : &at(target)))
    throw std::logic_error(name(number) + "." + r.one + " is " +
                           (found == nullptr ? "nil" : state::describe(*found)) + ", not " +
                           name(target));
}

// The key under which a member of a dict stands, and should stand; of another collection, nothing.
std::string RandomHistory::key_in(int number, const std::string& attribute,
                                  const Instance& member) {
  const mapper::Relationship& r = Orm::relation(at(number), attribute);
  if (r.shape() != mapper::Shape::kDict) return "";
  const base::Value* key = state::collection_of(at(number), r).keys().key_of(member);
  return key == nullptr ? " under no key" : " under " + key->repr();
}

std::string RandomHistory::tag_in(int number, const std::string& attribute, int member) {
  const bool is_dict = Orm::relation(at(number), attribute).shape() == mapper::Shape::kDict;
  return is_dict ? " under " + std::to_string(member) : "";
}

// A deleted member stays in a loaded list, or alone, until it expires.
void RandomHistory::check_lists(int number) {
  const int cls = world_.things.at(number).cls;
  const auto expect = [&](const std::string& attribute, const std::vector<int>& members) {
    if (!may_read(number, attribute)) return;
    Lines expected, found;
    for (const int m : members)
      expected.push_back(state::describe(at(m)) + tag_in(number, attribute, m));
    for (const Instance* m : orm_.list(at(number), attribute))
      if (is_there(*m)) found.push_back(state::describe(*m) + key_in(number, attribute, *m));
    compare(name(number) + "." + attribute, std::move(found), std::move(expected));
  };
  for (size_t n = 0; n < model_.references.size(); ++n) {
    const RandomReference& r = model_.references[n];
    if (!model_.is_a(cls, r.to) || r.many.empty()) continue;
    const std::vector<int> members = world_.members(model_, static_cast<int>(n), number);
    if (r.uselist) {
      expect(r.many, members);
      continue;
    }
    if (!may_read(number, r.many)) continue;
    const Instance* found = Orm::ref(at(number), r.many);
    if (found != nullptr && !is_there(*found)) found = nullptr;
    if (found != (members.empty() ? nullptr : &at(members[0])))
      throw std::logic_error(name(number) + "." + r.many + " is not " +
                             name(members.empty() ? 0 : members[0]));
  }
  for (size_t p = 0; p < model_.pairings.size(); ++p) {
    std::vector<int> rights, lefts;
    for (const auto& [left, right] : world_.links[p]) {
      if (left == number) rights.push_back(right);
      if (right == number) lefts.push_back(left);
    }
    if (model_.is_a(cls, model_.pairings[p].left)) expect(model_.pairings[p].list, rights);
    if (model_.is_a(cls, model_.pairings[p].right) && !model_.pairings[p].back.empty())
      expect(model_.pairings[p].back, lefts);
  }
}

// Nothing else is in the session.
void RandomHistory::check_strangers() {
  for (const auto& [number, i] : instances_)
    if (!world_.things.contains(number) && is_there(*i))
      throw std::logic_error("number " + std::to_string(number) + ", " + state::describe(*i) +
                             ", should not be in the session");
}

// In the session's transaction: nobody else sees what was flushed.
Lines RandomHistory::rows(const std::string& sql) {
  return orm_.rows(sql, orm_.session->connection(nullptr));
}

void RandomHistory::compare(const std::string& what, Lines found, Lines expected) const {
  std::sort(found.begin(), found.end());
  std::sort(expected.begin(), expected.end());
  if (found == expected) return;
  std::string text = what + " has";
  for (const std::string& line : found) text += " (" + line + ")";
  text += " and should have";
  for (const std::string& line : expected) text += " (" + line + ")";
  throw std::logic_error(text);
}

}  // namespace moonbase::test
