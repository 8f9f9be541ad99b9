#include "orm/mapper/written_join.h"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

#include "orm/base/error.h"
#include "orm/base/text.h"
#include "orm/mapper/key_path.h"

namespace moonbase::mapper {

using base::Error;
using base::ErrorKind;
using expr::Element;
using expr::ElementPtr;
using expr::Kind;
using schema::Column;

namespace {

bool is_foreign(const Element& e) { return (e.flags & expr::kForeign) != 0; }
bool is_remote(const Element& e) { return (e.flags & expr::kRemote) != 0; }

bool compares_columns(const Element& e) {
  return e.kind == Kind::kBinary && e.args[0]->kind == Kind::kColumn &&
         e.args[1]->kind == Kind::kColumn && e.args[0]->column != nullptr &&
         e.args[1]->column != nullptr;
}

// The parts of a condition that hold all at once.
std::vector<ElementPtr> conjuncts(const ElementPtr& e) {
  if (e->kind == Kind::kGrouping) return conjuncts(e->args[0]);
  if (e->kind != Kind::kClauses || e->op != expr::Op::kAnd) return {e};
  std::vector<ElementPtr> all;
  for (const ElementPtr& arg : e->args)
    for (ElementPtr& part : conjuncts(arg)) all.push_back(std::move(part));
  return all;
}

class WrittenJoin {
 public:
  explicit WrittenJoin(Relationship& r)
      : r_(r), tables_(tables_of(r)), is_tree_(r.owner->table() == r.target->table()) {}

  void read() {
    conditions_ = {r_.def->primaryjoin, r_.def->secondaryjoin};
    if (r_.secondary) complete_halves();
    mark_foreign();
    mark_remote();
    if (r_.secondary) {
      r_.direction = Direction::kManyToMany;
      r_.pairs = secondary_pairs(conditions_[0], *r_.owner, "primaryjoin");
      r_.secondary_pairs = secondary_pairs(conditions_[1], *r_.target, "secondaryjoin");
    } else {
      find_direction();
      find_pairs();
    }
    if (is_said_by_pairs(conditions_[0], r_.pairs) &&
        (!r_.secondary || is_said_by_pairs(conditions_[1], r_.secondary_pairs)))
      return;
    keep_conditions();
  }

 private:
  enum Place : size_t { kOwner, kTarget, kSecondary, kElsewhere };

  [[noreturn]] void refuse(const std::string& what, std::string hint) const {
    throw Error(ErrorKind::kArgumentError, "relationship " + r_.full_name() + ": " + what)
        .with_hint(std::move(hint));
  }

  // Whose row a column belongs to; the owner's where owner and target are one table.
  Place place_of(const Element& e) const {
    if (e.kind != Kind::kColumn || e.column == nullptr || e.from == nullptr ||
        e.from->kind != expr::FromKind::kTable)
      return kElsewhere;
    for (size_t i = 0; i < tables_.size(); ++i) {
      const schema::Table* table = table_at(i, e.from->table->full_name());
      if (table != nullptr && table->find_column(e.column->key) != nullptr)
        return static_cast<Place>(i);
    }
    return kElsewhere;
  }

  // The table of this name in a place, where a class may have several; null for none.
  const schema::Table* table_at(size_t place, const std::string& name) const {
    const NamedTable& t = tables_[place];
    if (t.table->full_name() == name) return t.table;
    const TablePart* part = t.mapper != nullptr ? t.mapper->part_in(name) : nullptr;
    return part != nullptr ? part->table.get() : nullptr;
  }

  // The column in the table as it is now: it may have been extended since.
  const Column& current(const Element& e) const {
    const Place place = place_of(e);
    if (place == kElsewhere) return *e.column;
    return *table_at(place, e.from->table->full_name())->find_column(e.column->key);
  }

  template <class F>
  void each_column(F&& f) const {
    for (const ElementPtr& condition : conditions_)
      if (condition)
        expr::visit(condition, [&](const Element& e) {
          if (e.kind == Kind::kColumn && e.column != nullptr) f(e);
        });
  }
  template <class F>
  bool any_column(F&& f) const {
    bool found = false;
    each_column([&](const Element& e) { found = found || f(e); });
    return found;
  }
  void transform(const std::function<ElementPtr(const ElementPtr&)>& map) {
    for (ElementPtr& condition : conditions_)
      if (condition) condition = expr::transform(condition, map);
  }

  // ---- the half that was not written ----

  void complete_halves() {
    for (const bool to_target : {false, true}) {
      ElementPtr& half = conditions_[to_target ? 1 : 0];
      if (half) continue;
      std::vector<const Column*> used;
      each_column([&](const Element& e) {
        if (place_of(e) == kSecondary) used.push_back(&current(e));
      });
      const KeyPath path = secondary_path(r_, to_target, used);
      const mapper::Mapper& mapper = to_target ? *r_.target : *r_.owner;
      const expr::FromPtr side = mapper.part_in(path.remote[0]->table->full_name())->from;
      const expr::FromPtr between = expr::table(r_.secondary);
      std::vector<ElementPtr> parts;
      for (size_t i = 0; i < path.local.size(); ++i)
        parts.push_back(expr::binary(expr::Op::kEq, expr::column(side, *path.remote[i]),
                                     expr::column(between, *path.local[i])));
      half = expr::and_(std::move(parts));
    }
  }

  // ---- which columns are foreign, which are the other row's ----

  bool refers_to(const Element& holder, const Element& referred) const {
    const Place from = place_of(holder), to = place_of(referred);
    if (from == kElsewhere || to == kElsewhere) return false;
    const Column &local = current(holder), &remote = current(referred);
    for (const KeyPath& path :
         key_paths(*r_.owner->metadata(), *table_at(from, holder.from->table->full_name()),
                   *table_at(to, referred.from->table->full_name())))
      for (size_t i = 0; i < path.local.size(); ++i)
        if (path.local[i]->name == local.name && path.remote[i]->name == remote.name) return true;
    return false;
  }

  // Of two columns that are compared: the one that holds the key. Null when neither does.
  const Element* foreign_one(const Element& left, const Element& right) const {
    const bool first = place_of(left) == kSecondary, second = place_of(right) == kSecondary;
    if (first != second) return first ? &left : &right;
    if (refers_to(left, right)) return &left;
    return refers_to(right, left) ? &right : nullptr;
  }

  // A comparison with one of its two columns marked.
  static ElementPtr with_marked_side(const ElementPtr& e, const Element* side,
                                     expr::ElementFlags flag) {
    if (side == nullptr) return nullptr;
    return expr::transform(e, [&](const ElementPtr& x) -> ElementPtr {
      return x.get() == side ? expr::mark_columns(x, flag) : nullptr;
    });
  }

  void mark_foreign() {
    if (any_column(is_foreign)) return;
    const std::vector<std::string>& wanted = r_.def->foreign_keys;
    if (wanted.empty()) {
      transform([this](const ElementPtr& e) -> ElementPtr {
        if (!compares_columns(*e)) return nullptr;
        return with_marked_side(e, foreign_one(*e->args[0], *e->args[1]), expr::kForeign);
      });
      return;
    }
    mark_named(wanted, expr::kForeign);
    if (!any_column(is_foreign))
      refuse("foreign_keys names " + base::join(wanted, ", ") + ", and its join has no such column",
             "name the column of the join that refers to the other row");
  }

  void mark_named(const std::vector<std::string>& names, expr::ElementFlags flag) {
    transform([&](const ElementPtr& e) -> ElementPtr {
      const Place place = place_of(*e);
      if (place == kElsewhere) return nullptr;
      const Column& column = current(*e);
      const bool is_named =
          tables_[place].is_named(column, names) ||
          (is_tree_ && place == kOwner && tables_[kTarget].is_named(column, names));
      return is_named ? expr::mark_columns(e, flag) : nullptr;
    });
  }

  void mark_remote() {
    if (!any_column(is_remote)) choose_remote();
    const auto is_strange = [this](const Element& e) {
      return is_remote(e) && !is_tree_ && place_of(e) == kOwner;
    };
    if (any_column(is_strange))
      refuse(
          "a column of its own table '" + r_.owner->table()->full_name() + "' is said to be remote",
          "remote() and remote_side are for the other row of a table that is joined to itself");
  }

  void choose_remote() {
    const std::vector<std::string>& remote = r_.def->remote_side;
    if (r_.secondary) {
      transform([this](const ElementPtr& e) -> ElementPtr {
        return place_of(*e) == kSecondary ? expr::mark_columns(e, expr::kRemote) : nullptr;
      });
    } else if (!remote.empty()) {
      mark_named(remote, expr::kRemote);
      if (!any_column(is_remote))
        refuse(
            "remote_side names " + base::join(remote, ", ") + ", and its join has no such column",
            "name the column of the join that belongs to the other row");
    } else if (is_tree_) {
      // Without a word about it the relationship is to the children.
      transform([](const ElementPtr& e) -> ElementPtr {
        if (!compares_columns(*e)) return nullptr;
        const size_t side = is_foreign(*e->args[0]) ? 0 : 1;
        if (!is_foreign(*e->args[side])) return nullptr;
        return with_marked_side(e, e->args[side].get(), expr::kRemote);
      });
    } else {
      transform([this](const ElementPtr& e) -> ElementPtr {
        return place_of(*e) == kTarget ? expr::mark_columns(e, expr::kRemote) : nullptr;
      });
    }
  }

  // ---- what follows ----

  bool is_on_target(const Element& e) const {
    return is_tree_ ? is_remote(e) : place_of(e) == kTarget;
  }

  void find_direction() {
    std::vector<const Column*> in_target, in_owner;
    each_column([&](const Element& e) {
      if (!is_foreign(e)) return;
      if (is_on_target(e))
        in_target.push_back(&current(e));
      else if (place_of(e) == kOwner)
        in_owner.push_back(&current(e));
    });
    if (!in_target.empty() && !in_owner.empty()) drop_shared_columns(in_target, in_owner);
    if (!in_target.empty() && !in_owner.empty())
      refuse("its foreign columns are on both sides, " + in_target[0]->full_name() + " and " +
                 in_owner[0]->full_name() + ": it cannot tell which of the two refers to the other",
             "say which column refers to the other row with foreign_keys or db.foreign(…)");
    if (in_target.empty() && in_owner.empty())
      refuse("its primaryjoin compares no foreign key column with a column of the other row",
             "mark the column that refers to the other row with db.foreign(…), name it in "
             "foreign_keys, or give it a db.ForeignKey");
    r_.direction = in_target.empty() ? Direction::kManyToOne : Direction::kOneToMany;
  }

  // Columns of a table joined to itself that are on both sides say nothing of the direction.
  void drop_shared_columns(std::vector<const Column*>& in_target,
                           std::vector<const Column*>& in_owner) const {
    std::vector<const Column*> local, remote;
    each_column([&](const Element& e) { (is_remote(e) ? remote : local).push_back(&current(e)); });
    const auto is_shared = [&](const Column* c) {
      return std::find(local.begin(), local.end(), c) != local.end() &&
             std::find(remote.begin(), remote.end(), c) != remote.end();
    };
    std::erase_if(in_target, is_shared);
    std::erase_if(in_owner, is_shared);
  }

  template <class F>
  void each_equality(const ElementPtr& condition, F&& f) const {
    expr::visit(condition, [&](const Element& e) {
      if (e.op == expr::Op::kEq && compares_columns(e)) f(*e.args[0], *e.args[1]);
    });
  }

  void find_pairs() {
    const bool to_many = r_.direction == Direction::kOneToMany;
    const Mapper& referred = to_many ? *r_.owner : *r_.target;
    const Mapper& holder = to_many ? *r_.target : *r_.owner;
    each_equality(conditions_[0], [&](const Element& left, const Element& right) {
      if (is_on_target(left) == is_on_target(right)) return;
      const bool is_same = is_tree_ && left.column->name == right.column->name;
      if (!is_same && is_foreign(left) == is_foreign(right)) return;
      const bool left_holds = is_same ? is_on_target(left) == to_many : is_foreign(left);
      const Element& held = left_holds ? left : right;
      const Element& source = left_holds ? right : left;
      if (is_on_target(held) != to_many || place_of(source) == kElsewhere) return;
      const Column &from = current(source), &to = current(held);
      r_.pairs.push_back({referred.slot_of(from), holder.slot_of(to), &from, &to});
    });
    if (r_.pairs.empty() && !r_.viewonly)
      refuse(
          "its primaryjoin has no plain equality between a foreign key column and a column of "
          "the other row, so there is nothing to write",
          "say viewonly = true for a relationship that is only read");
  }

  std::vector<SyncPair> secondary_pairs(const ElementPtr& condition, const Mapper& side,
                                        const char* option) const {
    std::vector<SyncPair> pairs;
    each_equality(condition, [&](const Element& left, const Element& right) {
      const bool first = place_of(left) == kSecondary;
      if (first == (place_of(right) == kSecondary)) return;
      const Element& held = first ? left : right;
      const Element& source = first ? right : left;
      if (!is_foreign(held) || place_of(source) == kElsewhere ||
          side.part_in(source.from->table->full_name()) == nullptr)
        return;
      const Column& from = current(source);
      pairs.push_back({side.slot_of(from), -1, &from, &current(held)});
    });
    if (pairs.empty() && !r_.viewonly)
      refuse(std::string("its ") + option + " has no plain equality between a column of '" +
                 r_.secondary->full_name() + "' and one of '" + side.table()->full_name() + "'",
             "say viewonly = true for a relationship that is only read");
    return pairs;
  }

  bool is_said_by_pairs(const ElementPtr& condition, const std::vector<SyncPair>& pairs) const {
    const std::vector<ElementPtr> parts = conjuncts(condition);
    return parts.size() == pairs.size() &&
           std::all_of(parts.begin(), parts.end(), [](const ElementPtr& e) {
             return e->op == expr::Op::kEq && compares_columns(*e);
           });
  }

  // ---- the condition with its sides told apart ----

  ElementPtr with_sides(const ElementPtr& condition, bool of_target) const {
    const ElementPtr flat = expr::transform(condition, [&](const ElementPtr& e) -> ElementPtr {
      const Place place = place_of(*e);
      if (place == kElsewhere) return nullptr;
      if (place == kSecondary) return expr::column(expr::table(r_.secondary), current(*e));
      const bool far = is_tree_ ? (r_.secondary ? of_target : is_remote(*e)) : place == kTarget;
      return expr::column(far ? r_.far : r_.near, current(*e));
    });
    // What is left of the two tables is in subqueries that refer to the enclosing row.
    ElementPtr made = flat;
    for (const TablePart& part : r_.owner->parts())
      made = expr::replace_from(made, *part.from, r_.near);
    if (is_tree_) return made;
    for (const TablePart& part : r_.target->parts())
      made = expr::replace_from(made, *part.from, r_.far);
    return made;
  }

  void keep_conditions() {
    r_.near = expr::alias(expr::table(r_.owner->table()), "", expr::new_identity());
    r_.far = expr::alias(expr::table(r_.target->table()), "", expr::new_identity());
    r_.primaryjoin = with_sides(conditions_[0], false);
    if (conditions_[1]) r_.secondaryjoin = with_sides(conditions_[1], true);
  }

  Relationship& r_;
  const std::vector<NamedTable> tables_;  // by Place
  const bool is_tree_;                    // a table joined to itself
  std::array<ElementPtr, 2> conditions_;  // primaryjoin, secondaryjoin
};

}  // namespace

void read_written_join(Relationship& r) { WrittenJoin(r).read(); }

void find_near_slots(Relationship& r) {
  r.near_slots.clear();
  if (r.is_plain_join()) {
    for (const SyncPair& p : r.pairs)
      r.near_slots.push_back(r.direction == Direction::kManyToOne ? p.destination_slot
                                                                  : p.source_slot);
    return;
  }
  expr::replace_columns(r.primaryjoin, *r.near, [&](const Element& e) -> ElementPtr {
    const int slot = r.owner->slot_of(*e.column);
    if (slot >= 0 &&
        std::find(r.near_slots.begin(), r.near_slots.end(), slot) == r.near_slots.end())
      r.near_slots.push_back(slot);
    return expr::column(e.from, *e.column);
  });
}

}  // namespace moonbase::mapper
