// The order in which classes are written: what is referred to comes first.
#include <unordered_map>

#include "orm/base/graph.h"
#include "orm/mapper/registry.h"

namespace moonbase::mapper {

namespace {

// The classes of a tree are written together, so that their rows keep the order in which they were
// added.
class Trees {
 public:
  explicit Trees(const std::vector<MapperPtr>& mappers) {
    for (const MapperPtr& m : mappers) {
      const auto [there, is_new] =
          numbers_.try_emplace(m->root_uid(), static_cast<int>(trees_.size()));
      if (is_new) trees_.emplace_back();
      trees_[static_cast<size_t>(there->second)].push_back(m.get());
      for (const TablePart& part : m->parts())
        by_table_[part.table->full_name()].push_back(there->second);
    }
  }

  const std::vector<std::vector<const Mapper*>>& all() const { return trees_; }

  // What refers to what: along the foreign keys of the tables, whether a relationship follows them
  // or not, and along relationships, which may keep columns in step that are no foreign keys.
  std::vector<base::Edge> edges() const {
    std::vector<base::Edge> edges;
    for (const auto& tree : trees_)
      for (const Mapper* m : tree) {
        const int own = number(*m);
        for (const OwnKey& key : m->foreign_keys())
          if (auto it = by_table_.find(key.key->target_table()); it != by_table_.end())
            for (int referred : it->second) edges.push_back({referred, own});
        for (const auto& r : m->relationships()) {
          if (r->viewonly || r->secondary || r->pairs.empty()) continue;
          const int other = number(*r->target);
          edges.push_back(r->direction == Direction::kOneToMany ? base::Edge{own, other}
                                                                : base::Edge{other, own});
        }
      }
    return edges;
  }

 private:
  int number(const Mapper& m) const { return numbers_.at(m.root_uid()); }

  std::vector<std::vector<const Mapper*>> trees_;
  std::unordered_map<uint64_t, int> numbers_;
  std::unordered_map<std::string, std::vector<int>> by_table_;
};

}  // namespace

const std::vector<Component>& Registry::flush_order() {
  configure_what_can_be();
  if (!order_stale_) return flush_order_;
  const Trees trees(all_);
  const base::Graph graph(static_cast<int>(trees.all().size()), trees.edges());
  flush_order_.clear();
  flush_position_.clear();
  for (const std::vector<int>& nodes : base::components(graph)) {
    Component component;
    for (int node : nodes) {
      for (const Mapper* m : trees.all()[static_cast<size_t>(node)]) {
        component.mappers.push_back(m);
        flush_position_[m->uid()] = static_cast<int>(flush_order_.size());
      }
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
