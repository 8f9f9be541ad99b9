// The order in which tables can be created, and which foreign keys have to wait where there is no
// such order.
#include <algorithm>
#include <map>
#include <tuple>

#include "orm/base/graph.h"
#include "orm/schema/table.h"

namespace moonbase::schema {

namespace {

// All foreign keys from one table to another one, which they make wait: they stay or are deferred
// together.
struct Link {
  base::Edge edge;  // referred table -> referring table
  std::vector<size_t> keys;
  bool has_unnamed_key = false;
};

std::vector<base::Edge> edges_of(const std::vector<Link>& links) {
  std::vector<base::Edge> edges;
  for (const Link& link : links) edges.push_back(link.edge);
  return edges;
}

// The component each node belongs to.
std::vector<int> component_of(int node_count, const std::vector<Link>& links) {
  std::vector<int> result(static_cast<size_t>(node_count));
  int number = 0;
  for (const std::vector<int>& nodes : base::components(base::Graph(node_count, edges_of(links)))) {
    for (int node : nodes) result[static_cast<size_t>(node)] = number;
    ++number;
  }
  return result;
}

// The places in `links` of those that lie on a cycle.
std::vector<size_t> cyclic(int node_count, const std::vector<Link>& links) {
  std::vector<int> component = component_of(node_count, links);
  std::vector<size_t> result;
  for (size_t i = 0; i < links.size(); ++i) {
    const base::Edge& e = links[i].edge;
    if (component[static_cast<size_t>(e.from)] == component[static_cast<size_t>(e.to)]) {
      result.push_back(i);
    }
  }
  return result;
}

std::vector<Link> without(std::vector<Link> links, size_t i) {
  links.erase(links.begin() + static_cast<std::ptrdiff_t>(i));
  return links;
}

// Takes links out until no cycle is left and returns what was taken. Each time the one goes that
// leaves the fewest links on cycles; among equals one whose keys have names (only those can be
// dropped by ALTER), then the one of the fewest keys. What turns out to be harmless in the end
// comes back, so nothing is taken in vain.
std::vector<Link> break_cycles(int node_count, std::vector<Link>& links) {
  std::vector<Link> taken;
  for (;;) {
    std::vector<size_t> candidates = cyclic(node_count, links);
    if (candidates.empty()) break;
    auto cost = [&](size_t i) {
      return std::tuple(cyclic(node_count, without(links, i)).size(), links[i].has_unnamed_key,
                        links[i].keys.size(), i);
    };
    auto best = cost(candidates.front());
    for (size_t i : candidates) best = std::min(best, cost(i));
    size_t chosen = std::get<3>(best);
    taken.push_back(links[chosen]);
    links.erase(links.begin() + static_cast<std::ptrdiff_t>(chosen));
  }
  std::erase_if(taken, [&](const Link& link) {
    links.push_back(link);
    if (cyclic(node_count, links).empty()) return true;
    links.pop_back();
    return false;
  });
  return taken;
}

}  // namespace

MetaData::Sorted MetaData::sorted(const std::vector<TablePtr>* only) const {
  std::vector<TablePtr> nodes = only ? *only : tables_;
  auto by_name = [](const TablePtr& a, const TablePtr& b) {
    return a->full_name() < b->full_name();
  };
  std::sort(nodes.begin(), nodes.end(), by_name);
  std::map<std::string_view, int> node_of;
  for (size_t i = 0; i < nodes.size(); ++i) node_of[nodes[i]->full_name()] = static_cast<int>(i);
  int node_count = static_cast<int>(nodes.size());

  std::vector<std::pair<TablePtr, const ForeignKeyConstraint*>> keys;
  std::vector<bool> deferred;
  std::map<std::pair<int, int>, Link> link_of;
  for (int to = 0; to < node_count; ++to) {
    const TablePtr& table = nodes[static_cast<size_t>(to)];
    for (const ForeignKeyConstraint& fk : table->foreign_keys()) {
      for (size_t i = 0; i < fk.columns.size(); ++i) resolve(*table, fk, i);
      keys.emplace_back(table, &fk);
      deferred.push_back(fk.use_alter);
      auto from = node_of.find(referred_table(fk)->full_name());
      if (fk.use_alter || from == node_of.end() || from->second == to) continue;
      Link& link = link_of[{to, from->second}];
      link.edge = {from->second, to};
      link.keys.push_back(keys.size() - 1);
      link.has_unnamed_key |= fk.name.empty() && !convention_.contains("fk");
    }
  }
  std::vector<Link> links;
  for (auto& [ends, link] : link_of) links.push_back(std::move(link));
  for (const Link& link : break_cycles(node_count, links)) {
    for (size_t key : link.keys) deferred[key] = true;
  }

  Sorted result;
  for (const auto& layer : base::layered_sort(base::Graph(node_count, edges_of(links))).layers) {
    for (int node : layer) result.tables.push_back(nodes[static_cast<size_t>(node)]);
  }
  for (size_t i = 0; i < keys.size(); ++i) {
    if (deferred[i]) result.deferred.push_back(keys[i]);
  }
  return result;
}

}  // namespace moonbase::schema
