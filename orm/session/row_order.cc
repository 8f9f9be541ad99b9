#include "orm/session/row_order.h"

#include <algorithm>
#include <map>

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
  if (a->mapper != b->mapper) return a->mapper->uid() < b->mapper->uid();
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

// Table and key, as text, to the position of a row.
using KeyIndex = std::map<std::pair<uint64_t, std::vector<std::string>>, int>;

// Orders the rows of one component among themselves.
class ComponentOrder {
 public:
  explicit ComponentOrder(FlushPlan& plan) : plan_(plan) {}

  // Parents first. A cycle is cut at a key that may be NULL: it is closed after the inserts.
  std::vector<int> inserts(const std::vector<int>& nodes) {
    std::vector<int> position(plan_.nodes.size(), -1);
    for (size_t i = 0; i < nodes.size(); ++i)
      position[static_cast<size_t>(nodes[i])] = static_cast<int>(i);
    for (;;) {
      std::vector<base::Edge> edges;
      for (size_t i = 0; i < nodes.size(); ++i)
        each_sync(nodes[i], [&](Sync& s) {
          if (s.parent == nullptr || s.cut || s.parent->flush_index == 0) return;
          const int parent = position[s.parent->flush_index - 1];
          if (parent >= 0) edges.push_back({parent, static_cast<int>(i)});
        });
      const base::Graph graph(static_cast<int>(nodes.size()), edges);
      const base::Layers layers = base::layered_sort(graph);
      if (layers.leftover.empty()) return flatten(layers, nodes);
      for (const std::vector<int>& component : base::components(graph)) {
        const bool self =
            component.size() == 1 && base::cycle_through(graph, component[0]).size() == 1;
        if (component.size() > 1 || self) cut(component, nodes, position);
      }
    }
  }

  // Children first, by what the database still holds.
  std::vector<int> deletes(const std::vector<int>& nodes) {
    KeyIndex by_key;
    for (size_t i = 0; i < nodes.size(); ++i) {
      const Instance& row = *instance(nodes[i]);
      targets_[row.mapper->table()->full_name()] = row.mapper;
      std::vector<std::string> key;
      for (const Value& v : state::committed_key(row)) key.push_back(v.repr());
      by_key[{row.mapper->table()->uid(), std::move(key)}] = static_cast<int>(i);
    }
    std::vector<Opening> opened;
    for (;;) {
      std::vector<base::Edge> edges;
      struct Link {
        int child, parent;
        const schema::ForeignKeyConstraint* key;
      };
      std::vector<Link> links;
      for (size_t i = 0; i < nodes.size(); ++i) {
        const Instance& row = *instance(nodes[i]);
        for (const schema::ForeignKeyConstraint& key : row.mapper->table()->foreign_keys()) {
          const int parent = referred(row, key, by_key);
          const bool is_open = std::any_of(opened.begin(), opened.end(), [&](const Opening& o) {
            return o.node == nodes[i] && o.key == &key;
          });
          if (parent < 0 || parent == static_cast<int>(i) || is_open) continue;
          edges.push_back({static_cast<int>(i), parent});
          links.push_back({static_cast<int>(i), parent, &key});
        }
      }
      const base::Graph graph(static_cast<int>(nodes.size()), edges);
      const base::Layers layers = base::layered_sort(graph);
      if (layers.leftover.empty()) {
        plan_.openings.insert(plan_.openings.end(), opened.begin(), opened.end());
        return flatten(layers, nodes);
      }
      for (const std::vector<int>& component : base::components(graph)) {
        if (component.size() < 2) continue;
        const auto inside = [&](int n) {
          return std::binary_search(component.begin(), component.end(), n);
        };
        auto link = std::find_if(links.begin(), links.end(), [&](const Link& l) {
          return inside(l.child) && inside(l.parent) &&
                 may_be_null(*instance(nodes[static_cast<size_t>(l.child)]), *l.key);
        });
        if (link == links.end()) fail(component, nodes, "delete");
        opened.push_back({nodes[static_cast<size_t>(link->child)], link->key});
      }
    }
  }

 private:
  Instance* instance(int node) const { return plan_.nodes[static_cast<size_t>(node)].instance; }

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
        if (std::find(plan_.closings.begin(), plan_.closings.end(), node) == plan_.closings.end())
          plan_.closings.push_back(node);
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

  static bool may_be_null(const Instance& row, const schema::ForeignKeyConstraint& key) {
    return std::all_of(key.columns.begin(), key.columns.end(), [&](const std::string& name) {
      const schema::Column& c = row.mapper->table()->column(name);
      return c.nullable && !c.primary_key;
    });
  }

  // Which of the rows this row's foreign key names; -1 for none.
  int referred(const Instance& row, const schema::ForeignKeyConstraint& key,
               const KeyIndex& by_key) const {
    auto found = targets_.find(key.target_table());
    if (found == targets_.end()) return -1;
    const mapper::Mapper& target = *found->second;
    std::vector<std::string> wanted;
    for (int slot : target.primary_key()) {
      const schema::Column& column = *target.column(slot);
      for (size_t i = 0; i < key.columns.size(); ++i)
        if (key.target_column(i) == column.name) {
          const int local = row.mapper->slot_of(row.mapper->table()->column(key.columns[i]));
          if (local >= 0) wanted.push_back(row.committed(local).repr());
        }
    }
    auto it = by_key.find({target.table()->uid(), wanted});
    return it == by_key.end() ? -1 : it->second;
  }

  FlushPlan& plan_;
  std::map<std::string, const mapper::Mapper*>
      targets_;  // table -> the class of rows being deleted
};

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
        deletes[component].push_back(static_cast<int>(n));
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
    const std::vector<int> ordered = inserts[c].empty() ? inserts[c] : inside.inserts(inserts[c]);
    plan.saves.insert(plan.saves.end(), ordered.begin(), ordered.end());
    plan.saves.insert(plan.saves.end(), updates[c].begin(), updates[c].end());
  }
  for (size_t c = components.size(); c-- > 0;) {
    std::stable_sort(deletes[c].begin(), deletes[c].end(), key_order);
    const std::vector<int> ordered =
        components[c].is_cyclic && deletes[c].size() > 1 ? inside.deletes(deletes[c]) : deletes[c];
    plan.deletes.insert(plan.deletes.end(), ordered.begin(), ordered.end());
  }
}

}  // namespace moonbase::session
