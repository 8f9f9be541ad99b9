#include "orm/base/graph.h"

#include <algorithm>
#include <cassert>
#include <cstddef>

namespace moonbase::base {
namespace {

size_t at(int node) { return static_cast<size_t>(node); }

// Tarjan's algorithm with its own stack of (node, next successor).
class ComponentFinder {
 public:
  explicit ComponentFinder(const Graph& graph)
      : graph_(graph), index_(at(graph.node_count()), kUnvisited), low_(at(graph.node_count())) {}

  std::vector<std::vector<int>> run() {
    // From the largest node down: components are found last-first, so after reversal ties go to the
    // smaller node.
    for (int node = graph_.node_count() - 1; node >= 0; --node) {
      if (index_[at(node)] == kUnvisited) visit(node);
    }
    std::reverse(found_.begin(), found_.end());
    return std::move(found_);
  }

 private:
  static constexpr int kUnvisited = -1;
  static constexpr int kDone = -2;
  struct Frame {
    int node;
    size_t next;  // of its successors, from the back
  };

  void enter(int node) {
    index_[at(node)] = low_[at(node)] = counter_++;
    open_.push_back(node);
    frames_.push_back({node, graph_.successors(node).size()});
  }

  void visit(int root) {
    enter(root);
    while (!frames_.empty()) {
      Frame& frame = frames_.back();
      const int node = frame.node;
      if (frame.next == 0) {
        frames_.pop_back();
        if (low_[at(node)] == index_[at(node)]) close(node);
        if (!frames_.empty()) lower(frames_.back().node, low_[at(node)]);
        continue;
      }
      const int target = graph_.successors(node)[--frame.next];
      if (index_[at(target)] == kUnvisited) {
        enter(target);
      } else if (index_[at(target)] != kDone) {
        lower(node, index_[at(target)]);
      }
    }
  }

  void lower(int node, int value) { low_[at(node)] = std::min(low_[at(node)], value); }

  // `node` is the first seen of its component, which lies on top of the open nodes. Its own `low`
  // is out of the way of its parent afterwards: it is not smaller than the parent's index.
  void close(int node) {
    std::vector<int> component;
    int member;
    do {
      member = open_.back();
      open_.pop_back();
      index_[at(member)] = kDone;
      component.push_back(member);
    } while (member != node);
    std::sort(component.begin(), component.end());
    found_.push_back(std::move(component));
  }

  const Graph& graph_;
  int counter_ = 0;
  std::vector<int> index_, low_;
  std::vector<int> open_;
  std::vector<Frame> frames_;
  std::vector<std::vector<int>> found_;
};

}  // namespace

Graph::Graph(int node_count, std::span<const Edge> edges)
    : first_(at(node_count) + 1, 0), targets_(edges.size()) {
  for (const Edge& e : edges) {
    assert(e.from >= 0 && e.from < node_count && e.to >= 0 && e.to < node_count);
    ++first_[at(e.from) + 1];
  }
  for (size_t i = 1; i < first_.size(); ++i) first_[i] += first_[i - 1];
  std::vector<int> next(first_.begin(), first_.end() - 1);
  for (const Edge& e : edges) targets_[at(next[at(e.from)]++)] = e.to;
}

std::span<const int> Graph::successors(int node) const {
  const size_t begin = at(first_[at(node)]), end = at(first_[at(node) + 1]);
  return {targets_.data() + begin, end - begin};
}

std::vector<std::vector<int>> components(const Graph& graph) {
  return ComponentFinder(graph).run();
}

Layers layered_sort(const Graph& graph) {
  const int n = graph.node_count();
  std::vector<int> waiting_for(at(n), 0);
  for (int node = 0; node < n; ++node) {
    for (int target : graph.successors(node)) ++waiting_for[at(target)];
  }
  Layers result;
  std::vector<int> layer;
  for (int node = 0; node < n; ++node) {
    if (waiting_for[at(node)] == 0) layer.push_back(node);
  }
  while (!layer.empty()) {
    std::vector<int> next;
    for (int node : layer) {
      for (int target : graph.successors(node)) {
        if (--waiting_for[at(target)] == 0) next.push_back(target);
      }
    }
    std::sort(next.begin(), next.end());
    result.layers.push_back(std::move(layer));
    layer = std::move(next);
  }
  for (int node = 0; node < n; ++node) {
    if (waiting_for[at(node)] > 0) result.leftover.push_back(node);
  }
  return result;
}

std::vector<int> cycle_through(const Graph& graph, int node) {
  constexpr int kUnseen = -1;
  std::vector<int> reached_from(at(graph.node_count()), kUnseen);
  std::vector<int> queue = {node};
  for (size_t head = 0; head < queue.size(); ++head) {
    const int current = queue[head];
    for (int target : graph.successors(current)) {
      if (target == node) {
        std::vector<int> cycle;
        for (int step = current; step != node; step = reached_from[at(step)]) cycle.push_back(step);
        cycle.push_back(node);
        std::reverse(cycle.begin(), cycle.end());
        return cycle;
      }
      if (reached_from[at(target)] == kUnseen) {
        reached_from[at(target)] = current;
        queue.push_back(target);
      }
    }
  }
  return {};
}

}  // namespace moonbase::base
