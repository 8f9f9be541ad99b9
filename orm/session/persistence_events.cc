// Writing rows while somebody listens. As many rows of a class as can be written together are a
// batch: all hooks before, then the statements, then all hooks after.
#include "orm/session/persistence.h"
#include "orm/session/session.h"

namespace moonbase::session {

using state::Instance;

void Persistence::tell_rows(const FlushPlan& plan, const std::vector<int>& batch, bool is_after) {
  end_writer();
  for (int n : batch) {
    const Node& node = plan.nodes[static_cast<size_t>(n)];
    Instance& i = *node.instance;
    Event event = i.has_identity ? Event::kBeforeUpdate : Event::kBeforeInsert;
    if (node.action == Action::kDelete) event = Event::kBeforeDelete;
    if (is_after) event = static_cast<Event>(static_cast<int>(event) + 1);
    session_.tell_row(event, i, session_.connection(i.mapper->table().get()));
  }
}

void Persistence::save_telling(FlushPlan& plan) {
  for (size_t at = 0; at < plan.saves.size();) {
    std::vector<int> batch;
    const mapper::Mapper* m = nullptr;
    for (; at < plan.saves.size(); ++at) {
      const Node& node = plan.nodes[static_cast<size_t>(plan.saves[at])];
      if (m != nullptr && (node.instance->mapper != m || waits_for_key(plan, node))) break;
      m = node.instance->mapper;
      apply_syncs(plan, node, false);
      batch.push_back(plan.saves[at]);
    }
    tell_rows(plan, batch, false);
    save_all(plan, batch);
    tell_rows(plan, batch, true);
  }
}

void Persistence::remove_telling(FlushPlan& plan, const std::vector<int>& nodes) {
  for (size_t at = 0; at < nodes.size();) {
    std::vector<int> batch;
    const auto mapper_at = [&](size_t k) {
      return plan.nodes[static_cast<size_t>(nodes[k])].instance->mapper;
    };
    const mapper::Mapper* m = mapper_at(at);
    for (; at < nodes.size() && mapper_at(at) == m; ++at) batch.push_back(nodes[at]);
    tell_rows(plan, batch, false);
    remove_rows(plan, batch);
    tell_rows(plan, batch, true);
  }
}

}  // namespace moonbase::session
