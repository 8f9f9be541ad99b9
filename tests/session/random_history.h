// Random histories of a session, checked against the database after every flush: eight classes with
// a tree, two circles (one with a leg that must not be NULL) and a many-to-many; objects are made,
// linked from either side, moved, unlinked and deleted, flushed, committed, rolled back and put
// into savepoints. What should be there is kept beside it as plain data.
#pragma once

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/support/orm_fixture.h"

namespace moonbase::test {

class RandomHistory {
 public:
  explicit RandomHistory(uint32_t seed) : random_(seed) {
    declare();
    orm_.open();
  }

  // Throws std::logic_error that says what differs.
  void run() {
    for (int round = 0; round < 6; ++round) {
      {
        session::Session::NoAutoflush guard(*orm_.session);
        for (int n = 3 + below(23); n > 0; --n) step();
        settle();
      }
      orm_.session->flush();
      finish_flush();
      check();
      end_round();
      check();
    }
  }

 private:
  struct Reference {
    std::string name, target, backref;
    bool nullable;
  };
  // What an object should be. Referred objects by number, 0 for none.
  struct Shadow {
    std::string model;
    int value = 0;
    std::map<std::string, int> refs;
    std::set<int> tags;
    bool has_row = false, is_going = false;
  };
  using World = std::map<int, Shadow>;  // in the order they were made

  static const std::map<std::string, std::vector<Reference>>& references() {
    static const std::map<std::string, std::vector<Reference>> kReferences{
        {"Author", {}},
        {"Tag", {}},
        {"Book", {{"author", "Author", "written", true}, {"editor", "Author", "edited", false}}},
        {"Node", {{"parent", "Node", "children", true}}},
        {"X", {{"y", "Y", "xs", false}}},
        {"Y", {{"x", "X", "ys", true}}},
        {"P", {{"q", "Q", "ps", true}, {"boss", "P", "team", true}}},
        {"Q", {{"p", "P", "qs", true}, {"author", "Author", "questions", true}}}};
    return kReferences;
  }
  static std::string table_of(const std::string& model) {
    std::string table = model;
    for (char& c : table) c = static_cast<char>(std::tolower(c));
    return table;
  }

  void declare() {
    schema::TableDef link =
        schema::make_def("book_tag", {schema::make_key("book_id"), schema::make_key("tag_id")});
    link.foreign_keys = {schema::make_foreign_key({"book_id"}, {"book.id"}),
                         schema::make_foreign_key({"tag_id"}, {"tag.id"})};
    const schema::TablePtr book_tag = orm_.models.metadata->add(std::move(link));
    for (const auto& [model, refs] : references()) {
      schema::TableDef table =
          schema::make_def(table_of(model), {schema::make_key("id"), schema::make_column("v")});
      std::vector<RelationshipPtr> relationships;
      for (const Reference& r : refs) {
        add_reference(table, r.name + "_id", table_of(r.target) + ".id", r.nullable);
        relationships.push_back(relationship(r.name, r.target, [&](mapper::RelationshipDef& d) {
          d.backref = r.backref;
          d.foreign_keys = {model + "." + r.name + "_id"};
          if (r.target == model) d.remote_side = {"id"};
        }));
      }
      if (model == "Book")
        relationships.push_back(relationship("tags", "Tag", [&](mapper::RelationshipDef& d) {
          d.secondary = book_tag;
          d.backref = "books";
        }));
      orm_.models.declare(model, std::move(table), std::move(relationships));
    }
  }

  int below(int n) { return static_cast<int>(random_() % static_cast<uint32_t>(n)); }
  bool chance(int percent) { return below(100) < percent; }

  std::vector<int> those(const std::string& model) const {
    std::vector<int> found;
    for (const auto& [number, s] : world_)
      if (!s.is_going && (model.empty() || s.model == model)) found.push_back(number);
    return found;
  }
  int pick(const std::string& model) {
    const std::vector<int> found = those(model);
    return found.empty() ? 0 : found[static_cast<size_t>(below(static_cast<int>(found.size())))];
  }
  state::Instance& at(int number) { return *instances_.at(number); }

  void step() {
    const int kind = below(100);
    if (kind < 45) {
      auto model = references().begin();
      std::advance(model, below(static_cast<int>(references().size())));
      instances_[++last_] = &orm_.add(model->first, {{"v", integer(0)}});
      world_[last_].model = model->first;
    } else if (kind < 80) {
      if (const int number = pick("")) change(number);
    } else if (chance(50)) {
      if (const int number = pick("")) world_[number].is_going = true;
    }
  }

  void change(int number) {
    Shadow& s = world_[number];
    s.value = below(10);
    Orm::set(at(number), "v", integer(s.value));
    for (const Reference& r : references().at(s.model)) {
      const int target = pick(r.target);
      if (target != 0 && chance(70))
        point(number, r, target);
      else if (r.nullable && chance(30))
        point(number, r, 0);
    }
    if (s.model != "Book") return;
    for (int tag : those("Tag"))
      if (chance(40)) flip_tag(number, tag);
  }

  void point(int number, const Reference& r, int target) {
    int& now = world_[number].refs[r.name];
    const bool by_list = chance(50);
    if (chance(20) && target != 0) orm_.list(at(target), r.backref);  // loaded or not, all the same
    if (target != 0 && by_list && now != target)
      Orm::append(at(target), r.backref, at(number));
    else if (target == 0 && by_list && now != 0)
      Orm::take_out(at(now), r.backref, at(number));
    else
      Orm::point(at(number), r.name, target == 0 ? nullptr : &at(target));
    now = target;
  }

  void flip_tag(int book, int tag) {
    std::set<int>& tags = world_[book].tags;
    const bool by_tag = chance(50);
    const std::string list = by_tag ? "books" : "tags";
    state::Instance &owner = at(by_tag ? tag : book), &member = at(by_tag ? book : tag);
    if (tags.erase(tag) != 0) {
      Orm::take_out(owner, list, member);
    } else {
      Orm::append(owner, list, member);
      tags.insert(tag);
    }
  }

  // Makes what is about to be flushed legal: no required reference is missing or leads to a row
  // that goes. Some references to such rows are cleared here, the others are left to the session.
  void settle() {
    for (const int number : those(""))
      for (const Reference& r : references().at(world_[number].model))
        if (!r.nullable && world_[number].refs[r.name] == 0)
          if (const int target = pick(r.target)) point(number, r, target);
    for (bool again = true; again;) {
      again = false;
      for (auto& [number, s] : world_)
        for (const Reference& r : references().at(s.model))
          if (const int target = s.refs[r.name];
              !s.is_going && !r.nullable && (target == 0 || world_[target].is_going))
            s.is_going = again = true;
    }
    for (auto& [number, s] : world_) {
      for (const Reference& r : references().at(s.model)) {
        int& target = s.refs[r.name];
        const bool never_was = target != 0 && world_[target].is_going && !world_[target].has_row;
        if (target != 0 && world_[target].is_going && (never_was || s.is_going == false))
          if (never_was || chance(50)) point(number, r, 0);
        if (target != 0 && world_[target].is_going && !s.is_going) target = 0;
      }
      for (const int tag : std::set<int>(s.tags)) {
        const Shadow& t = world_[tag];
        if (!s.is_going && !t.is_going) continue;
        if ((s.is_going && !s.has_row) || (t.is_going && !t.has_row) || chance(50))
          flip_tag(number, tag);
        else
          s.tags.erase(tag);
      }
    }
    for (auto it = world_.begin(); it != world_.end();) {
      if (!it->second.is_going) {
        ++it;
      } else if (it->second.has_row) {
        orm_.session->remove(at(it->first));
        ++it;
      } else {
        for (const Reference& r : references().at(it->second.model)) point(it->first, r, 0);
        orm_.session->expunge(at(it->first));
        it = world_.erase(it);
      }
    }
  }

  void finish_flush() {
    std::erase_if(world_, [](const auto& entry) { return entry.second.is_going; });
    for (auto& [number, s] : world_) s.has_row = true;
  }

  void end_round() {
    switch (below(6)) {
      case 0:
      case 1:
        orm_.session->commit();
        saved_.assign(1, world_);
        break;
      case 2:
        orm_.session->begin_nested();
        saved_.push_back(world_);
        break;
      case 3:
        orm_.session->rollback();
        world_ = saved_.back();
        if (saved_.size() > 1) saved_.pop_back();
        break;
      case 4:
        if (orm_.session->nested_depth() > 0) {
          orm_.session->commit_nested();
          saved_.pop_back();
        }
        break;
      default:
        break;
    }
    if (chance(20)) orm_.heap.sweep();
  }

  // The database and the objects against what should be there.
  void check() {
    std::map<std::string, Lines> expected;
    Lines pairs;
    for (const auto& [number, s] : world_) {
      std::string line = std::to_string(Orm::id(at(number))) + ", " + std::to_string(s.value);
      for (const Reference& r : references().at(s.model)) {
        const auto ref = s.refs.find(r.name);
        const int target = ref == s.refs.end() ? 0 : ref->second;
        line += target == 0 ? ", NULL" : ", " + std::to_string(Orm::id(at(target)));
        state::Instance* const found = Orm::ref(at(number), r.name);
        if (found != (target == 0 ? nullptr : &at(target)))
          throw std::logic_error(s.model + "." + r.name + " of " + state::describe(at(number)) +
                                 " is " + (found == nullptr ? "nothing" : state::describe(*found)));
      }
      expected[s.model].push_back(std::move(line));
      for (const int tag : s.tags)
        pairs.push_back(std::to_string(Orm::id(at(number))) + ", " +
                        std::to_string(Orm::id(at(tag))));
    }
    for (const auto& [model, refs] : references())
      compare(model, "SELECT * FROM " + table_of(model), expected[model]);
    compare("book_tag", "SELECT * FROM book_tag", pairs);
    compare("foreign_key_check", "PRAGMA foreign_key_check", {});
    check_lists();
    if (!orm_.session->dirty().empty()) throw std::logic_error("something is dirty after a flush");
  }

  // Lists as far as they are not stale: a deleted member stays in a loaded list until it expires.
  void check_lists() {
    std::map<std::pair<int, std::string>, std::set<state::Instance*>> expected;
    for (const auto& [number, s] : world_) {
      for (const Reference& r : references().at(s.model))
        if (const auto ref = s.refs.find(r.name); ref != s.refs.end() && ref->second != 0)
          expected[{ref->second, r.backref}].insert(&at(number));
      for (const int tag : s.tags) {
        expected[{number, "tags"}].insert(&at(tag));
        expected[{tag, "books"}].insert(&at(number));
      }
    }
    for (const auto& [number, s] : world_)
      for (const auto& r : at(number).mapper->relationships()) {
        if (!r->uselist || !chance(30)) continue;
        std::set<state::Instance*> found;
        for (state::Instance* member : orm_.list(at(number), r->name))
          if (member->lifecycle != state::Lifecycle::kDeleted && !found.insert(member).second)
            throw std::logic_error("a member twice in " + r->full_name());
        if (found != expected[{number, r->name}])
          throw std::logic_error(r->full_name() + " of " + state::describe(at(number)) + " has " +
                                 std::to_string(found.size()) + " members, not " +
                                 std::to_string(expected[{number, r->name}].size()));
      }
  }

  void compare(const std::string& what, const std::string& sql, Lines expected) {
    Lines found = orm_.rows(sql);
    std::sort(found.begin(), found.end());
    std::sort(expected.begin(), expected.end());
    if (found == expected) return;
    std::string text = what + " has";
    for (const std::string& line : found) text += " (" + line + ")";
    text += " and should have";
    for (const std::string& line : expected) text += " (" + line + ")";
    throw std::logic_error(text);
  }

  Orm orm_;
  std::mt19937 random_;
  World world_;
  std::vector<World> saved_{World()};  // at the last commit, then at each savepoint
  std::map<int, state::Instance*> instances_;
  int last_ = 0;
};

// The seeds that failed, with what went wrong.
inline std::string run_histories(uint32_t first, uint32_t count) {
  std::string failures;
  int failed = 0;
  for (uint32_t seed = first; seed < first + count && failed < 5; ++seed) {
    std::string why;
    try {
      RandomHistory(seed).run();
    } catch (const base::Error& e) {
      why = e.paragraph();
    } catch (const std::logic_error& e) {
      why = e.what();
    }
    if (why.empty()) continue;
    ++failed;
    failures += "seed " + std::to_string(seed) + ": " + why + "\n";
  }
  return failures;
}

}  // namespace moonbase::test
