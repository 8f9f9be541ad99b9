// Relationships that are loaded after the rows of their owners: by their keys in chunks (selectin),
// by the owners' query (subquery), or one by one (immediate). What these loads bring may be loaded
// on from: a queue, so that depth costs no stack. Only what is not loaded is filled. Lives as long
// as the run it belongs to.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "orm/query/executor.h"
#include "orm/query/query_plan.h"

namespace moonbase::query {

// Puts what was found into the relationship's slot, unless it is loaded already.
void fill_relationship(state::Instance& owner, const mapper::Relationship& r,
                       std::vector<state::Instance*> found);

class PostLoads {
 public:
  using NamedValues = std::vector<std::pair<std::string, base::Value>>;
  // How many keys one statement asks for.
  static constexpr size_t kChunk = 500;

  PostLoads(Executor& executor, bool populate_existing, NamedValues parameters)
      : executor_(executor),
        populate_existing_(populate_existing),
        parameters_(std::move(parameters)) {}

  // `owners` may repeat. `origin` is the query they came from.
  void add(const RelationshipPlan& load, const std::vector<state::Instance*>& owners,
           std::shared_ptr<const Query> origin);
  // What objects of a class below that of their query have beside.
  void add_class(const mapper::Mapper& mapper, const std::vector<state::Instance*>& objects);
  // Until nothing is left to be loaded. Throws what the statements throw.
  void run();

 private:
  struct Task {
    RelationshipPlan load;
    std::vector<state::Instance*> owners;
    std::shared_ptr<const Query> origin;
  };
  struct ClassTask {
    const mapper::Mapper& mapper;
    std::vector<state::Instance*> objects;
  };
  class Groups;

  void read_class(const ClassTask& task);
  void run(const Task& task);
  void load_referred(const Task& task, Groups& groups);
  void load_by_keys(const Task& task, Groups& groups);
  void load_by_query(const Task& task, Groups& groups);
  bool read(const Task& task, Query query, const std::vector<expr::ElementPtr>& keys,
            Groups& groups);

  Executor& executor_;
  bool populate_existing_;
  NamedValues parameters_;
  std::deque<ClassTask> class_tasks_;  // first: relationships may need what they bring
  std::deque<Task> tasks_;
};

}  // namespace moonbase::query
