#include "orm/session/row_order.h"

#include <algorithm>
#include <map>
#include <set>

#include "orm/base/error.h"
#include "orm/base/graph.h"
#include "orm/base/text.h"
#include "orm/state/identity.h"

namespace moonbase::session {

using base::Error;
using base::ErrorKind;
using base::Value;
using state::Instance;

namespace {

bool key_less(const Value& a, const Value& b) {
  if (a.tag() != b.tag()) return a.tag() < b.tag();
  switch (a.tag()) {
    case base::Tag::kDouble:
      return a.as_double() < b.as_double();
    case base::Tag::kText:
    case base::Tag::kBlob:
    case base::Tag::kDecimal:
    case base::Tag::kUuid:
    case base::Tag::kJson:
      return a.as_bytes() < b.as_bytes();
    default:
      return a.as_int() < b.as_int();
  }
}

bool by_committed_key(const Instance* a, const Instance* b) {
  const uint64_t tree = a->mapper->root_uid(), other = b->mapper->root_uid();
  if (tree != other) return tree < other;
  for (int slot : a->mapper->primary_key()) {
    const Value& x = a->committed(slot);
    const Value& y = b->committed(slot);
    if (key_less(x, y)) return true;
    if (key_less(y, x)) return false;
  }
  return false;
}

[[noreturn]] void cannot_cut(const std::vector<const Instance*>& rows, const char* verb) {
  std::vector<std::string> names;
  for (const Instance* i : rows) names.push_back(state::describe(*i));
  throw Error(
      ErrorKind::kCircularDependencyError,
      std::string("these rows refer to each other in a circle, and no foreign key among them "
                  "may be NULL: ") +
          base::join(names, ", "))
      .with_hint(std::string("make one of the keys nullable, or ") + verb +
                 " them in two steps with a flush in between");
}

const schema::ForeignKeyConstraint* key_of(const mapper::Relationship& r, const Instance& row) {
  for (const mapper::OwnKey& own : row.mapper->foreign_keys())
    if (std::any_of(r.pairs.begin(), r.pairs.end(), [&](const mapper::SyncPair& p) {
          return std::find(own.slots.begin(), own.slots.end(), p.destination_slot) !=
                 own.slots.end();
        }))
      return own.key;
  return nullptr;
}

// Table and key, as text, to the position of a row.
using KeyIndex = std::map<std::pair<uint64_t, std::vector<std::string>>, int>;

// Orders the rows of one component among themselves.
class ComponentOrder {
 public:
  explicit ComponentOrder(FlushPlan& plan) : plan_(plan) {}

  // Rows to insert, and rows that get another key: parents first. A cycle is cut at a key that may
  // be NULL: it is closed after the inserts.
  std::vector<int> saves(const std::vector<int>& nodes) {
    std::vector<int> position(plan_.nodes.size(), -1);
    for (size_t i = 0; i < nodes.size(); ++i)
      position[static_cast<size_t>(nodes[i])] = static_cast<int>(i);
    std::vector<base::Edge> written = written_keys(nodes);
    for (;;) {
      std::vector<base::Edge> edges = written;
      for (size_t i = 0; i < nodes.size(); ++i)
        each_sync(nodes[i], [&](Sync& s) {
          if (s.parent == nullptr || s.cut || s.parent->flush_index == 0) return;
          const int parent = position[s.parent->flush_index - 1];
          if (parent < 0) return;
          // A row that is there may get its key and refer to it in one statement.
          if (parent == static_cast<int>(i) && node(nodes[i]).action == Action::kUpdate) return;
          edges.push_back({parent, static_cast<int>(i)});
        });
      const base::Graph graph(static_cast<int>(nodes.size()), edges);
      const base::Layers layers = base::layered_sort(graph);
      if (layers.leftover.empty()) return flatten(layers, nodes);
      if (!std::exchange(written, {}).empty()) continue;
      for (const std::vector<int>& component : base::components(graph)) {
        const auto next = graph.successors(component[0]);
        const bool is_self = std::find(next.begin(), next.end(), component[0]) != next.end();
        if (component.size() > 1 || is_self) cut(component, nodes, position);
      }
    }
  }

  // Children first, by what the database still holds.
  std::vector<int> deletes(const std::vector<int>& nodes) {
    KeyIndex by_key;
    for (size_t i = 0; i < nodes.size(); ++i)
      index(*instance(nodes[i]), static_cast<int>(i), state::committed_key(*instance(nodes[i])),
            by_key);
    std::set<std::pair<int, const schema::ForeignKeyConstraint*>> opened;
    for (;;) {
      std::vector<base::Edge> edges;
      struct Link {
        int child, parent;
        const schema::ForeignKeyConstraint* key;
      };
      std::vector<Link> links;
      for (size_t i = 0; i < nodes.size(); ++i) {
        const Instance& row = *instance(nodes[i]);
        for (const mapper::OwnKey& own : row.mapper->foreign_keys()) {
          const int parent = referred(row, own, &Instance::committed, by_key);
          if (parent < 0) continue;
          if (parent == static_cast<int>(i)) {
            if (refers_to_part_below(row, own) && may_be_null(row, *own.key))
              opened.emplace(nodes[i], own.key);
            continue;
          }
          if (is_written_by_itself(row, *own.key)) opened.emplace(nodes[i], own.key);
          if (opened.contains({nodes[i], own.key})) continue;
          edges.push_back({static_cast<int>(i), parent});
          links.push_back({static_cast<int>(i), parent, own.key});
        }
      }
      const base::Graph graph(static_cast<int>(nodes.size()), edges);
      const base::Layers layers = base::layered_sort(graph);
      if (layers.leftover.empty()) {
        for (int node : nodes)
          for (const mapper::OwnKey& own : instance(node)->mapper->foreign_keys())
            if (opened.contains({node, own.key})) plan_.openings.push_back({node, own.key});
        return flatten(layers, nodes);
      }
      const std::vector<std::vector<int>> circles = base::components(graph);
      std::vector<int> circle_of(nodes.size());
      for (size_t c = 0; c < circles.size(); ++c)
        for (int n : circles[c]) circle_of[static_cast<size_t>(n)] = static_cast<int>(c);
      std::vector<bool> is_open(circles.size());
      for (const Link& l : links) {
        const auto circle = static_cast<size_t>(circle_of[static_cast<size_t>(l.child)]);
        const int child = nodes[static_cast<size_t>(l.child)];
        if (circle_of[static_cast<size_t>(l.parent)] != circle_of[static_cast<size_t>(l.child)] ||
            is_open[circle] || !may_be_null(*instance(child), *l.key))
          continue;
        opened.emplace(child, l.key);
        is_open[circle] = true;
      }
      for (size_t c = 0; c < circles.size(); ++c)
        if (circles[c].size() > 1 && !is_open[c]) fail(circles[c], nodes, "delete");
    }
  }

 private:
  using Read = const Value& (Instance::*)(int slot) const;

  // Of new rows whose foreign keys were written as values, by nobody's relationship.
  std::vector<base::Edge> written_keys(const std::vector<int>& nodes) {
    std::vector<std::pair<int, const mapper::OwnKey*>> written;
    for (size_t i = 0; i < nodes.size(); ++i) {
      if (has_copied_key_alone(nodes[i])) continue;
      const Instance& row = *instance(nodes[i]);
      for (const mapper::OwnKey& own : row.mapper->foreign_keys())
        if (!is_synced(nodes[i], own) && are_given(row, own.slots))
          written.emplace_back(static_cast<int>(i), &own);
    }
    std::vector<base::Edge> edges;
    if (written.empty()) return edges;
    KeyIndex by_key;
    for (size_t i = 0; i < nodes.size(); ++i) {
      const Instance& row = *instance(nodes[i]);
      if (node(nodes[i]).action == Action::kInsert && are_given(row, row.mapper->primary_key()))
        index(row, static_cast<int>(i), state::current_key(row), by_key);
    }
    for (const auto& [i, own] : written) {
      const int parent =
          referred(*instance(nodes[static_cast<size_t>(i)]), *own, &Instance::slot, by_key);
      if (parent >= 0 && parent != i) edges.push_back({parent, i});
    }
    return edges;
  }

  // Most rows of a tree: without a look at the object, which may be far away.
  bool has_copied_key_alone(int n) const {
    const int first = node(n).first_sync;
    if (first < 0 || plan_.syncs[static_cast<size_t>(first)].next >= 0) return false;
    const mapper::Relationship& r = *plan_.syncs[static_cast<size_t>(first)].relationship;
    const mapper::Mapper& child =
        r.direction == mapper::Direction::kManyToOne ? *r.owner : *r.target;
    return child.hierarchy() == nullptr && child.foreign_keys().size() == 1;
  }

  static bool are_given(const Instance& row, const std::vector<int>& slots) {
    return std::all_of(slots.begin(), slots.end(), [&](int slot) {
      if (slot < 0 || slot >= row.slot_count) return false;
      const Value& v = row.slot(slot);
      return !v.is_absent() && !v.is_null() && v.tag() != base::Tag::kExpression;
    });
  }

  bool is_synced(int node, const mapper::OwnKey& own) {
    bool found = false;
    each_sync(node, [&](const Sync& s) {
      for (const mapper::SyncPair& p : s.relationship->pairs)
        found |=
            std::find(own.slots.begin(), own.slots.end(), p.destination_slot) != own.slots.end();
    });
    return found;
  }

  void index(const Instance& row, int position, const std::vector<Value>& values,
             KeyIndex& by_key) {
    std::vector<std::string> key;
    for (const Value& v : values) key.push_back(v.repr());
    for (const mapper::TablePart& part : row.mapper->parts()) {
      targets_[part.table->full_name()] = row.mapper;
      by_key[{part.table->uid(), key}] = position;
    }
  }

  const Node& node(int n) const { return plan_.nodes[static_cast<size_t>(n)]; }
  Instance* instance(int n) const { return node(n).instance; }

  template <class F>
  void each_sync(int node, F&& f) {
    for (int s = plan_.nodes[static_cast<size_t>(node)].first_sync; s >= 0;
         s = plan_.syncs[static_cast<size_t>(s)].next)
      f(plan_.syncs[static_cast<size_t>(s)]);
  }

  static std::vector<int> flatten(const base::Layers& layers, const std::vector<int>& nodes) {
    std::vector<int> order;
    for (const std::vector<int>& layer : layers.layers)
      for (int n : layer) order.push_back(nodes[static_cast<size_t>(n)]);
    return order;
  }

  void cut(const std::vector<int>& component, const std::vector<int>& nodes,
           const std::vector<int>& position) {
    for (int n : component) {
      const int node = nodes[static_cast<size_t>(n)];
      bool done = false;
      each_sync(node, [&](Sync& s) {
        if (done || s.cut || s.parent == nullptr || s.parent->flush_index == 0) return;
        const int parent = position[s.parent->flush_index - 1];
        if (parent < 0 || !std::binary_search(component.begin(), component.end(), parent)) return;
        for (const mapper::SyncPair& p : s.relationship->pairs)
          if (!p.destination->nullable || p.destination->primary_key) return;
        s.cut = true;
        done = true;
      });
      if (done) return;
    }
    fail(component, nodes, "add");
  }

  [[noreturn]] void fail(const std::vector<int>& component, const std::vector<int>& nodes,
                         const char* verb) const {
    std::vector<const Instance*> rows;
    for (int n : component) rows.push_back(instance(nodes[static_cast<size_t>(n)]));
    cannot_cut(rows, verb);
  }

  // The row refers to itself from one of its tables to another, where it is deleted before.
  static bool refers_to_part_below(const Instance& row, const mapper::OwnKey& own) {
    bool is_below = false;
    for (const mapper::TablePart& part : row.mapper->parts()) {
      if (is_below && part.table->full_name() == own.key->target_table()) return true;
      is_below = is_below || part.table.get() == own.table;
    }
    return false;
  }

  static bool is_written_by_itself(const Instance& row, const schema::ForeignKeyConstraint& key) {
    for (const auto& r : row.mapper->relationships())
      if (r->direction == mapper::Direction::kManyToOne && has_post_update(*r) &&
          key_of(*r, row) == &key)
        return true;
    return false;
  }

  // Which of the rows this row's foreign key names; -1 for none.
  int referred(const Instance& row, const mapper::OwnKey& own, Read read,
               const KeyIndex& by_key) const {
    const schema::ForeignKeyConstraint& key = *own.key;
    auto found = targets_.find(key.target_table());
    if (found == targets_.end()) return -1;
    const mapper::Mapper& target = *found->second;
    const mapper::TablePart& part = *target.part_in(key.target_table());
    std::vector<std::string> wanted;
    for (int slot : target.primary_key()) {
      const schema::Column& column = *part.column(slot);
      for (size_t i = 0; i < key.columns.size(); ++i)
        if (key.target_column(i) == column.name && own.slots[i] >= 0)
          wanted.push_back((row.*read)(own.slots[i]).repr());
    }
    auto it = by_key.find({part.table->uid(), wanted});
    return it == by_key.end() ? -1 : it->second;
  }

  FlushPlan& plan_;
  std::map<std::string, const mapper::Mapper*> targets_;  // table -> a class of the rows in hand
};

}  // namespace

bool has_post_update(const mapper::Relationship& r) {
  return r.post_update || (r.reverse != nullptr && r.reverse->post_update);
}

bool may_be_null(const Instance& row, const schema::ForeignKeyConstraint& key) {
  for (const mapper::OwnKey& own : row.mapper->foreign_keys())
    if (own.key == &key)
      return std::all_of(key.columns.begin(), key.columns.end(), [&](const std::string& name) {
        const schema::Column& c = own.table->column(name);
        return c.nullable && !c.primary_key;
      });
  return false;
}

namespace {

// An UPDATE inside a component that depends on itself need not wait for the INSERTs: no foreign key
// of the row changes.
bool waits_for_inserts(const Node& n) {
  if (n.first_sync >= 0) return true;
  const Instance& i = *n.instance;
  if (i.history == nullptr) return false;
  for (const mapper::OwnKey& own : i.mapper->foreign_keys())
    for (int slot : own.slots)
      if (slot >= 0 && i.history->find(slot) != nullptr) return true;
  return false;
}

// Rows that refer to it are written after its UPDATE.
bool changes_key(const FlushPlan& plan, const Node& n) {
  const Instance& i = *n.instance;
  for (int s = n.first_sync; s >= 0; s = plan.syncs[static_cast<size_t>(s)].next)
    for (const mapper::SyncPair& p : plan.syncs[static_cast<size_t>(s)].relationship->pairs)
      if (p.destination->primary_key || p.destination->unique) return true;
  if (i.history == nullptr) return false;
  return std::any_of(i.history->changes.begin(), i.history->changes.end(), [&](const auto& c) {
    const schema::Column* column = i.mapper->column(c.slot);
    return column != nullptr && (column->primary_key || column->unique);
  });
}

// Keys that are written by an UPDATE of their own, in the order of the rows.
void close_cuts(FlushPlan& plan) {
  if (std::none_of(plan.syncs.begin(), plan.syncs.end(), [](const Sync& s) { return s.cut; }))
    return;
  for (int n : plan.saves)
    for (int s = plan.nodes[static_cast<size_t>(n)].first_sync; s >= 0;
         s = plan.syncs[static_cast<size_t>(s)].next)
      if (plan.syncs[static_cast<size_t>(s)].cut) {
        plan.closings.push_back(n);
        break;
      }
}

}  // namespace

void order_rows(mapper::Registry& registry, FlushPlan& plan) {
  const std::vector<mapper::Component>& components = registry.flush_order();
  std::vector<std::vector<int>> updates(components.size()), inserts(components.size()),
      deletes(components.size());
  for (size_t n = 0; n < plan.nodes.size(); ++n) {
    const auto component = static_cast<size_t>(plan.nodes[n].component);
    switch (plan.nodes[n].action) {
      case Action::kInsert:
        inserts[component].push_back(static_cast<int>(n));
        break;
      case Action::kUpdate:
        updates[component].push_back(static_cast<int>(n));
        break;
      case Action::kDelete:
        if (plan.nodes[n].switches_with < 0) deletes[component].push_back(static_cast<int>(n));
        break;
    }
  }
  const auto key_order = [&](int a, int b) {
    return by_committed_key(plan.nodes[static_cast<size_t>(a)].instance,
                            plan.nodes[static_cast<size_t>(b)].instance);
  };
  const auto add_order = [&](int a, int b) {
    return plan.nodes[static_cast<size_t>(a)].instance->order <
           plan.nodes[static_cast<size_t>(b)].instance->order;
  };
  ComponentOrder inside(plan);
  for (size_t c = 0; c < components.size(); ++c) {
    std::stable_sort(updates[c].begin(), updates[c].end(), key_order);
    std::stable_sort(inserts[c].begin(), inserts[c].end(), add_order);
    if (!components[c].is_cyclic) {
      // A value that an UPDATE gives up may be taken by an INSERT.
      plan.saves.insert(plan.saves.end(), updates[c].begin(), updates[c].end());
      plan.saves.insert(plan.saves.end(), inserts[c].begin(), inserts[c].end());
      continue;
    }
    // Rows that are updated may refer to rows that are inserted.
    const auto waiting = std::stable_partition(updates[c].begin(), updates[c].end(), [&](int n) {
      return !waits_for_inserts(plan.nodes[static_cast<size_t>(n)]);
    });
    const auto others = std::stable_partition(waiting, updates[c].end(), [&](int n) {
      return changes_key(plan, plan.nodes[static_cast<size_t>(n)]);
    });
    std::vector<int> ordered = std::move(inserts[c]);
    ordered.insert(ordered.end(), waiting, others);
    if (!ordered.empty()) ordered = inside.saves(ordered);
    plan.saves.insert(plan.saves.end(), updates[c].begin(), waiting);
    plan.saves.insert(plan.saves.end(), ordered.begin(), ordered.end());
    plan.saves.insert(plan.saves.end(), others, updates[c].end());
  }
  close_cuts(plan);
  for (size_t c = components.size(); c-- > 0;) {
    std::stable_sort(deletes[c].begin(), deletes[c].end(), key_order);
    const bool may_depend = std::any_of(deletes[c].begin(), deletes[c].end(), [&](int n) {
      return deletes[c].size() > 1 ||
             plan.nodes[static_cast<size_t>(n)].instance->mapper->parts().size() > 1;
    });
    const std::vector<int> ordered =
        components[c].is_cyclic && may_depend ? inside.deletes(deletes[c]) : deletes[c];
    plan.deletes.insert(plan.deletes.end(), ordered.begin(), ordered.end());
  }
}

}  // namespace moonbase::session
