#include "orm/session/value_reuse.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "orm/base/text.h"
#include "orm/session/row_order.h"

namespace moonbase::session {

using base::Tag;
using base::Value;
using state::Instance;

namespace {

using Columns = std::vector<const schema::Column*>;

// The sets of columns whose values a table holds once.
std::vector<Columns> unique_keys(const schema::Table& table) {
  std::vector<Columns> keys;
  const auto add = [&](const auto& names) {
    Columns columns;
    for (const auto& name : names) columns.push_back(&table.column(name));
    if (!columns.empty() && std::find(keys.begin(), keys.end(), columns) == keys.end())
      keys.push_back(std::move(columns));
  };
  keys.push_back(table.primary_key());
  for (const schema::UniqueConstraint& u : table.uniques()) add(u.columns);
  for (const schema::Index& index : table.indexes()) {
    std::vector<std::string> names;
    for (const schema::IndexPart& part : index.parts)
      if (!part.column.empty()) names.push_back(part.column);
    if (index.unique && !index.where && names.size() == index.parts.size()) add(names);
  }
  return keys;
}

class Reuse {
 public:
  Reuse(FlushPlan& plan, const PlanReads& reads) : plan_(plan), reads_(reads) {}

  void run() {
    std::map<uint64_t, TableRows> by_table;
    for (int n : plan_.deletes)
      for (const mapper::TablePart& part : instance(n).mapper->parts()) {
        TableRows& rows = by_table[part.table->uid()];
        rows.table = part.table.get();
        rows.holders.push_back(n);
      }
    if (by_table.empty()) return;
    for (int n : plan_.saves)
      for (const mapper::TablePart& part : instance(n).mapper->parts())
        if (const auto it = by_table.find(part.table->uid()); it != by_table.end())
          it->second.takers.push_back(n);
    for (auto& [uid, rows] : by_table)
      if (!rows.takers.empty()) find_takers(rows);
    if (!plan_.takeovers.empty()) move_early();
  }

 private:
  using Values = std::vector<std::string>;

  const Node& node(int n) const { return plan_.nodes[static_cast<size_t>(n)]; }
  const Instance& instance(int n) const { return *node(n).instance; }

  // The nodes that have a row in a table, or will have: what goes, and what is written.
  struct TableRows {
    const schema::Table* table = nullptr;
    std::vector<int> holders, takers;
  };

  void find_takers(const TableRows& rows) {
    for (const Columns& columns : unique_keys(*rows.table)) {
      std::vector<std::pair<int, Values>> taken;
      Values values;
      for (int n : rows.takers)
        if (takes(n, columns, values)) taken.emplace_back(n, values);
      if (taken.empty()) continue;
      std::map<Values, int> held;
      for (int n : rows.holders)
        if (holds(n, columns, values)) held[values] = n;
      std::vector<std::string> names;
      for (const schema::Column* c : columns) names.push_back(c->name);
      for (const auto& [n, what] : taken)
        if (const auto it = held.find(what); it != held.end())
          add_takeover({n, it->second, base::join(names, ", "), ""});
    }
  }

  // The key of a class that inherits is in several tables.
  void add_takeover(Takeover t) {
    const auto is_same = [&t](const Takeover& other) {
      return other.taker == t.taker && other.holder == t.holder && other.columns == t.columns;
    };
    if (std::ranges::none_of(plan_.takeovers, is_same)) plan_.takeovers.push_back(std::move(t));
  }

  // The values a row is about to get; false when it does not get new ones, or NULL.
  bool takes(int n, const Columns& columns, Values& values) const {
    const Instance& i = instance(n);
    values.clear();
    bool is_new = node(n).action == Action::kInsert && node(n).switches_with < 0;
    for (const schema::Column* c : columns) {
      const int slot = i.mapper->slot_of(*c);
      if (slot < 0) return false;
      const Value* v = &i.slot(slot);
      for (int s = node(n).first_sync; s >= 0; s = plan_.syncs[static_cast<size_t>(s)].next) {
        const Sync& sync = plan_.syncs[static_cast<size_t>(s)];
        for (const mapper::SyncPair& p : sync.relationship->pairs) {
          if (p.destination_slot != slot) continue;
          if (sync.parent == nullptr) return false;
          v = &sync.parent->slot(p.source_slot);
          is_new = true;
        }
      }
      is_new =
          is_new || !i.has_identity || (i.history != nullptr && i.history->find(slot) != nullptr);
      if (v->is_absent() || v->is_null() || v->tag() == Tag::kExpression) return false;
      values.push_back(v->repr());
    }
    return is_new;
  }

  bool holds(int n, const Columns& columns, Values& values) const {
    Instance& i = *node(n).instance;
    values.clear();
    for (const schema::Column* c : columns) {
      const int slot = i.mapper->slot_of(*c);
      if (slot < 0) return false;
      if (i.committed(slot).tag() == Tag::kNotLoaded && !reads_.slot(i, slot)) return false;
      const Value& v = i.committed(slot);
      if (v.is_absent() || v.is_null()) return false;
      values.push_back(v.repr());
    }
    return true;
  }

  // ---- what must go along ----

  // A row of the plan that refers to another one, by what the database holds.
  struct Referrer {
    int node;
    const mapper::OwnKey* own;
  };

  void index_referrers() {
    std::unordered_map<std::string, const schema::Table*> targets;
    for (int n : plan_.deletes)
      for (const mapper::TablePart& part : instance(n).mapper->parts())
        targets[part.table->full_name()] = part.table.get();
    for (size_t n = 0; n < plan_.nodes.size(); ++n) {
      Instance& i = *plan_.nodes[n].instance;
      if (!i.has_identity) continue;
      for (const mapper::OwnKey& own : i.mapper->foreign_keys()) {
        const auto target = targets.find(own.key->target_table());
        if (target == targets.end()) continue;
        const Values values = referred(i, own, *target->second);
        if (!values.empty())
          referrers_[{target->second->uid(), values}].push_back({static_cast<int>(n), &own});
      }
    }
  }

  // The primary key of the row that a foreign key names, in the order of that table's key; empty
  // for none.
  Values referred(Instance& i, const mapper::OwnKey& own, const schema::Table& target) const {
    const schema::ForeignKeyConstraint& key = *own.key;
    Values values;
    for (const schema::Column* part : target.primary_key())
      for (size_t k = 0; k < key.columns.size(); ++k) {
        if (key.target_column(k) != part->name && key.target_column(k) != part->key) continue;
        const int slot = own.slots[k];
        if (slot < 0) return {};
        if (i.committed(slot).tag() == Tag::kNotLoaded && !reads_.slot(i, slot)) return {};
        if (i.committed(slot).is_absent() || i.committed(slot).is_null()) return {};
        values.push_back(i.committed(slot).repr());
      }
    return values.size() == target.primary_key().size() ? values : Values();
  }

  const std::vector<Referrer>& referrers_of(int n) {
    static const std::vector<Referrer> kNone;
    Values key;
    for (const Value& v : state::committed_key(instance(n))) key.push_back(v.repr());
    const std::vector<mapper::TablePart>& parts = instance(n).mapper->parts();
    if (parts.size() == 1) {
      const auto it = referrers_.find({parts[0].table->uid(), key});
      return it == referrers_.end() ? kNone : it->second;
    }
    found_.clear();
    for (const mapper::TablePart& part : parts)
      if (const auto it = referrers_.find({part.table->uid(), key}); it != referrers_.end())
        found_.insert(found_.end(), it->second.begin(), it->second.end());
    return found_;
  }

  // Whether the flush gives this foreign key another value, or NULL.
  bool lets_go(const Referrer& referrer) const {
    const Instance& i = instance(referrer.node);
    for (int slot : referrer.own->slots) {
      if (i.history != nullptr && i.history->find(slot) != nullptr) return true;
      for (int s = node(referrer.node).first_sync; s >= 0;
           s = plan_.syncs[static_cast<size_t>(s)].next)
        for (const mapper::SyncPair& p : plan_.syncs[static_cast<size_t>(s)].relationship->pairs)
          if (p.destination_slot == slot) return true;
    }
    return false;
  }

  // All that must be deleted, or let go of its foreign key, before `holder` can be deleted. False,
  // and why, when something that stays is in the way.
  bool gather(int holder, std::set<int>& going, std::vector<Opening>& openings, std::string& why) {
    std::vector<int> along{holder};
    going.insert(holder);
    for (size_t k = 0; k < along.size(); ++k) {
      const int n = along[k];
      for (const Referrer& r : referrers_of(n)) {
        if (r.node == n) continue;
        const bool is_deleted =
            node(r.node).action == Action::kDelete && node(r.node).switches_with < 0;
        if (is_deleted) {
          if (going.insert(r.node).second) along.push_back(r.node);
          continue;
        }
        if (!lets_go(r) || !may_be_null(instance(r.node), *r.own->key)) {
          why = state::describe(instance(r.node)) + " still refers to " +
                state::describe(instance(n));
          for (int one : along) going.erase(one);
          return false;
        }
        openings.push_back({r.node, r.own->key});
      }
    }
    return true;
  }

  void move_early() {
    index_referrers();
    std::set<int> early;
    std::vector<Opening> openings;
    for (Takeover& t : plan_.takeovers) {
      std::vector<Opening> more;
      if (early.contains(t.holder)) continue;
      if (gather(t.holder, early, more, t.why_not))
        openings.insert(openings.end(), more.begin(), more.end());
    }
    take(early, openings);
  }

  // Moves the chosen deletes, in the order they had, and the keys that are opened for them.
  void take(const std::set<int>& early, const std::vector<Opening>& openings) {
    std::set<std::pair<int, const schema::ForeignKeyConstraint*>> known;
    for (const Opening& o : openings)
      if (known.emplace(o.node, o.key).second) plan_.early_openings.push_back(o);
    const auto is_early = [&](int n) { return early.contains(n); };
    for (const Opening& o : plan_.openings)
      if (is_early(o.node)) plan_.early_openings.push_back(o);
    std::erase_if(plan_.openings, [&](const Opening& o) { return is_early(o.node); });
    std::copy_if(plan_.deletes.begin(), plan_.deletes.end(),
                 std::back_inserter(plan_.early_deletes), is_early);
    std::erase_if(plan_.deletes, is_early);
  }

  FlushPlan& plan_;
  const PlanReads& reads_;
  std::map<std::pair<uint64_t, Values>, std::vector<Referrer>> referrers_;
  std::vector<Referrer> found_;  // of a row that is in several tables
};

}  // namespace

void reuse_values(FlushPlan& plan, const PlanReads& reads) {
  if (plan.deletes.empty() || plan.saves.empty()) return;
  Reuse(plan, reads).run();
}

}  // namespace moonbase::session
