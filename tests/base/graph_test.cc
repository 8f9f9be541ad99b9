#include "orm/base/graph.h"

#include <algorithm>
#include <random>

#include <catch2/catch.hpp>

using moonbase::base::components;
using moonbase::base::cycle_through;
using moonbase::base::Edge;
using moonbase::base::Graph;
using moonbase::base::layered_sort;
using moonbase::base::Layers;

using Nodes = std::vector<int>;
using Groups = std::vector<Nodes>;

namespace {

Graph graph_of(int nodes, std::vector<Edge> edges) { return Graph(nodes, edges); }

}  // namespace

TEST_CASE("layers: what comes before stands in an earlier layer, ties by number") {
  const Layers sorted = layered_sort(graph_of(6, {{5, 0}, {4, 0}, {0, 1}, {5, 1}, {1, 2}}));
  CHECK(sorted.layers == Groups{{3, 4, 5}, {0}, {1}, {2}});
  CHECK(sorted.leftover.empty());
}

TEST_CASE("repeated edges count once in effect") {
  CHECK(layered_sort(graph_of(2, {{1, 0}, {1, 0}})).layers == Groups{{1}, {0}});
}

TEST_CASE("a cycle and what depends on it are left over") {
  const Layers sorted = layered_sort(graph_of(6, {{0, 1}, {1, 2}, {2, 1}, {2, 3}, {0, 4}, {5, 5}}));
  CHECK(sorted.layers == Groups{{0}, {4}});
  CHECK(sorted.leftover == Nodes{1, 2, 3, 5});
}

TEST_CASE("an empty graph has nothing") {
  const Graph empty = graph_of(0, {});
  CHECK(layered_sort(empty).layers.empty());
  CHECK(components(empty).empty());
}

TEST_CASE("components come in the order of the edges") {
  CHECK(components(graph_of(6, {{5, 3}, {3, 4}, {4, 3}, {4, 0}, {0, 1}, {1, 0}})) ==
        Groups{{2}, {5}, {3, 4}, {0, 1}});
  CHECK(components(graph_of(3, {})) == Groups{{0}, {1}, {2}});
}

TEST_CASE("the shortest cycle through a node") {
  const Graph graph = graph_of(5, {{0, 1}, {1, 2}, {2, 0}, {1, 0}, {3, 3}, {2, 4}});
  CHECK(cycle_through(graph, 0) == Nodes{0, 1});
  CHECK(cycle_through(graph, 2) == Nodes{2, 0, 1});
  CHECK(cycle_through(graph, 3) == Nodes{3});
  CHECK(cycle_through(graph, 4).empty());
}

TEST_CASE("a chain of 300,000 nodes needs no deep stack") {
  constexpr int kNodes = 300'000;
  std::vector<Edge> chain;
  for (int i = kNodes - 1; i > 0; --i) chain.push_back({i, i - 1});
  const Graph graph(kNodes, chain);
  CHECK(layered_sort(graph).layers.size() == kNodes);
  CHECK(components(graph).size() == kNodes);
  chain.push_back({0, kNodes - 1});
  CHECK(components(Graph(kNodes, chain)).size() == 1);
}

TEST_CASE("random graphs: components are exactly the mutually reachable nodes, in order") {
  std::mt19937 random(11);
  for (int round = 0; round < 200; ++round) {
    constexpr int kNodes = 9;
    std::vector<Edge> edges;
    std::uniform_int_distribution<int> node(0, kNodes - 1), count(0, 16);
    for (int i = count(random); i > 0; --i) edges.push_back({node(random), node(random)});
    bool reaches[kNodes][kNodes] = {};
    for (const Edge& e : edges) reaches[e.from][e.to] = true;
    for (int k = 0; k < kNodes; ++k) {
      for (int i = 0; i < kNodes; ++i) {
        for (int j = 0; j < kNodes; ++j)
          reaches[i][j] = reaches[i][j] || (reaches[i][k] && reaches[k][j]);
      }
    }
    const Graph graph(kNodes, edges);
    std::vector<size_t> group(kNodes, SIZE_MAX);
    const Groups found = components(graph);
    for (size_t g = 0; g < found.size(); ++g) {
      for (int n : found[g]) group[static_cast<size_t>(n)] = g;
    }
    bool grouped = true, ordered = true;
    for (int i = 0; i < kNodes; ++i) {
      for (int j = 0; j < kNodes; ++j) {
        const size_t a = group[static_cast<size_t>(i)], b = group[static_cast<size_t>(j)];
        if (i != j) grouped = grouped && (a == b) == (reaches[i][j] && reaches[j][i]);
        if (reaches[i][j]) ordered = ordered && a <= b;
      }
    }
    CHECK(grouped);
    CHECK(ordered);
    for (int n : layered_sort(graph).leftover) {
      bool behind_cycle = false;
      for (int i = 0; i < kNodes; ++i)
        behind_cycle = behind_cycle || (reaches[i][i] && (i == n || reaches[i][n]));
      CHECK(behind_cycle);
    }
  }
}
