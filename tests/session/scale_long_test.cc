// Time and memory of the unit of work against the number of objects. Times are printed and never
// judged: processor time, the best of some runs. Runs with `scripts/test --long`.
#include <algorithm>
#include <ctime>
#include <fstream>

#include <catch2/catch.hpp>

#include "tests/support/orm_fixture.h"

using namespace moonbase;
using state::Instance;
using test::integer;
using test::Orm;
using test::text;

namespace {

double cpu_seconds() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

double resident_megabytes() {
  std::ifstream file("/proc/self/statm");
  double pages = 0, resident = 0;
  file >> pages >> resident;
  return resident * 4096 / 1e6;
}

template <class F>
double best_of(int runs, F&& f) {
  double best = 1e9;
  for (int n = 0; n < runs; ++n) best = std::min(best, f());
  return best;
}

// A tree, with the index that a foreign key needs: else the database looks at every row for every
// delete.
void open_tree(Orm& o) {
  o.models.declare_tree();
  o.open();
  o.execute("CREATE INDEX by_parent ON node (parent_id)");
  o.session->commit();
  o.log.muted = true;
}

// Makes a tree of `n` nodes, three children each, flushes it, changes and deletes it; the seconds
// that the three flushes took.
double flush_tree(int n) {
  Orm o;
  open_tree(o);
  std::vector<Instance*> nodes;
  for (int k = 0; k < n; ++k) {
    Instance& i = o.make("Node", {{"name", text("n")}});
    if (k > 0) Orm::append(*nodes[static_cast<size_t>((k - 1) / 3)], "children", i);
    nodes.push_back(&i);
  }
  o.session->add(*nodes[0]);
  double seconds = -cpu_seconds();
  o.session->flush();
  seconds += cpu_seconds();
  for (Instance* i : nodes) Orm::set(*i, "name", text("m"));
  seconds -= cpu_seconds();
  o.session->flush();
  seconds += cpu_seconds();
  for (Instance* i : nodes) o.session->remove(*i);
  seconds -= cpu_seconds();
  o.session->flush();
  seconds += cpu_seconds();
  CHECK(o.rows("SELECT count(*) FROM node") == test::Lines{"0"});
  return seconds;
}

double commit_one_by_one(int commits, int live) {
  Orm o;
  o.models.declare_microblog();
  o.open();
  o.log.muted = true;
  for (int k = 0; k < live; ++k) o.add("User", {{"username", text("u")}});
  o.session->commit();
  const double begin = cpu_seconds();
  for (int k = 0; k < commits; ++k) {
    o.add("User", {{"username", text("v")}});
    o.session->commit();
  }
  const double seconds = cpu_seconds() - begin;
  CHECK(o.rows("SELECT count(*) FROM user WHERE username = 'v'") ==
        test::Lines{std::to_string(commits)});
  return seconds;
}

}  // namespace

TEST_CASE("a flush takes time in proportion to its objects", "[.long]") {
  const double small = best_of(5, [] { return flush_tree(20000); }) / 20000;
  const double large = best_of(3, [] { return flush_tree(200000); }) / 200000;
  WARN("per node: " << small * 1e6 << " µs of 20,000, " << large * 1e6 << " µs of 200,000");
}

TEST_CASE("many circles in one flush are opened and closed in proportion, too", "[.long]") {
  const auto pairs = [](int n) {
    Orm o;
    open_tree(o);
    std::vector<Instance*> nodes;
    for (int k = 0; k < n; ++k) nodes.push_back(&o.add("Node", {{"name", text("n")}}));
    for (int k = 0; k < n; ++k)
      Orm::point(*nodes[static_cast<size_t>(k)], "parent", nodes[static_cast<size_t>(k ^ 1)]);
    const double begin = cpu_seconds();
    o.session->flush();
    for (Instance* i : nodes) o.session->remove(*i);
    o.session->flush();
    const double seconds = cpu_seconds() - begin;
    CHECK(o.rows("SELECT count(*) FROM node") == test::Lines{"0"});
    return seconds / n;
  };
  const double small = best_of(5, [&] { return pairs(5000); });
  const double large = best_of(3, [&] { return pairs(50000); });
  WARN("per node: " << small * 1e6 << " µs of 5,000, " << large * 1e6 << " µs of 50,000");
}

TEST_CASE("a commit costs the same however many objects are live", "[.long]") {
  const double alone = best_of(5, [] { return commit_one_by_one(10000, 0); });
  const double among = best_of(5, [] { return commit_one_by_one(10000, 100000); });
  WARN("10,000 commits: " << alone << " s alone, " << among << " s among 100,000");
}

TEST_CASE("a million linked objects that come and go leave no memory behind", "[.long]") {
  Orm o;
  o.models.declare_microblog();
  o.open();
  o.execute("CREATE INDEX by_user ON post (user_id)");
  o.session->commit();
  o.log.muted = true;
  double settled = 0;
  for (int transaction = 0; transaction < 100; ++transaction) {
    std::vector<Instance*> made;
    for (int u = 0; u < 1000; ++u) {
      Instance& user = o.add("User", {{"username", text("u")}});
      made.push_back(&user);
      for (int p = 0; p < 9; ++p) {
        Instance& post = o.make("Post", {{"body", text("p")}});
        Orm::append(user, "posts", post);
        made.push_back(&post);
      }
    }
    o.session->flush();
    for (size_t k = made.size(); k-- > 0;) o.session->remove(*made[k]);
    o.session->commit();
    for (Instance* i : made) --i->pins;
    if (transaction == 20) settled = resident_megabytes();
  }
  const double after = resident_megabytes();
  WARN("resident: " << settled << " MB after 20 transactions, " << after << " MB after 100");
  CHECK(after <= settled * 1.05 + 1);
}
