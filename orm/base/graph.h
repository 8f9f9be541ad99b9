// Order and cycles in a graph whose nodes are 0..n-1: tables by foreign key, rows by reference,
// mappers, revisions. A Graph is immutable after construction; the functions are pure and give the
// same answer for the same input on any machine: ties go to the smaller node. No recursion: a chain
// of a million nodes is fine.
#pragma once

#include <span>
#include <vector>

namespace moonbase::base {

struct Edge {
  int from;  // comes before
  int to;
};

class Graph {
 public:
  // Edges may repeat and may lead from a node to itself. Every end must be within 0..node_count-1.
  Graph(int node_count, std::span<const Edge> edges);

  int node_count() const { return static_cast<int>(first_.size()) - 1; }
  // In the order the edges were given.
  std::span<const int> successors(int node) const;

 private:
  std::vector<int> first_;  // node -> its first index in targets_; one entry more than nodes
  std::vector<int> targets_;
};

// Strongly connected components, each sorted, those that come first in the order of edges first.
std::vector<std::vector<int>> components(const Graph& graph);

struct Layers {
  // Nodes whose predecessors all stand in earlier layers; each layer sorted.
  std::vector<std::vector<int>> layers;
  // Nodes in a cycle or behind one, sorted. Empty for an acyclic graph.
  std::vector<int> leftover;
};
Layers layered_sort(const Graph& graph);

// The nodes of one shortest cycle through `node`, starting with it; empty when there is none.
std::vector<int> cycle_through(const Graph& graph, int node);

}  // namespace moonbase::base
