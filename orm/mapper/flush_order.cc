// The order in which classes are written: what is referred to comes first.
#include <unordered_map>

#include "orm/base/graph.h"
#include "orm/mapper/registry.h"

namespace moonbase::mapper {

namespace {

using Mappers = std::vector<const Mapper*>;

// Along the foreign keys of the tables, whether a relationship follows them or not.
void add_key_edges(const Mappers& mappers, std::vector<base::Edge>& edges) {
  std::unordered_map<std::string, std::vector<int>> by_table;
  for (size_t i = 0; i < mappers.size(); ++i)
    for (const TablePart& part : mappers[i]->parts())
      by_table[part.table->full_name()].push_back(static_cast<int>(i));
  for (size_t i = 0; i < mappers.size(); ++i)
    for (const OwnKey& own : mappers[i]->foreign_keys())
      if (auto it = by_table.find(own.key->target_table()); it != by_table.end())
        for (int referred : it->second) edges.push_back({referred, static_cast<int>(i)});
}

// A relationship may keep columns in step that are no foreign keys of the database.
void add_relationship_edges(const Mappers& mappers, std::vector<base::Edge>& edges) {
  std::unordered_map<const Mapper*, int> numbers;
  for (size_t i = 0; i < mappers.size(); ++i) numbers[mappers[i]] = static_cast<int>(i);
  for (const Mapper* m : mappers)
    for (const auto& r : m->relationships()) {
      if (r->viewonly || r->secondary || r->pairs.empty()) continue;
      const int own = numbers.at(m);
      for (const Mapper* target : r->target->self_and_descendants()) {
        const int other = numbers.at(target);
        edges.push_back(r->direction == Direction::kOneToMany ? base::Edge{own, other}
                                                              : base::Edge{other, own});
      }
    }
}

}  // namespace

const std::vector<Component>& Registry::flush_order() {
  configure_what_can_be();
  if (!order_stale_) return flush_order_;
  Mappers mappers;
  for (const MapperPtr& m : all_) mappers.push_back(m.get());
  std::vector<base::Edge> edges;
  add_key_edges(mappers, edges);
  add_relationship_edges(mappers, edges);
  const base::Graph graph(static_cast<int>(mappers.size()), edges);
  flush_order_.clear();
  flush_position_.clear();
  for (const std::vector<int>& nodes : base::components(graph)) {
    Component component;
    for (int node : nodes) {
      component.mappers.push_back(mappers[static_cast<size_t>(node)]);
      flush_position_[mappers[static_cast<size_t>(node)]->uid()] =
          static_cast<int>(flush_order_.size());
      for (int next : graph.successors(node))
        if (next == node || nodes.size() > 1) component.is_cyclic = true;
    }
    flush_order_.push_back(std::move(component));
  }
  order_stale_ = false;
  return flush_order_;
}

int Registry::flush_position(const Mapper& mapper) {
  flush_order();
  return flush_position_.at(mapper.uid());
}

}  // namespace moonbase::mapper
