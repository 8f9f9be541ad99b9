// What printing a list of objects may do: read the expired ones again, together.
#include <map>
#include <vector>

#include "bindings/lua_instance.h"
#include "bindings/lua_session.h"
#include "bindings/stack.h"
#include "orm/query/row_loader.h"
#include "orm/state/identity.h"

namespace moonbase::bindings {

using state::Instance;

void refresh_expired(lua_State* L, int index) {
  index = lua_absindex(L, index);
  std::map<const mapper::Mapper*, std::vector<Instance*>> expired;
  std::vector<const mapper::Mapper*> order;
  for (lua_Integer k = 1, n = static_cast<lua_Integer>(lua_rawlen(L, index)); k <= n; ++k) {
    lua_rawgeti(L, index, k);
    Instance* i = test_instance(L, -1);
    lua_pop(L, 1);
    if (i == nullptr || i->host == nullptr || !i->is_expired() ||
        i->lifecycle != state::Lifecycle::kPersistent)
      continue;
    std::vector<Instance*>& list = expired[i->mapper];
    if (list.empty()) order.push_back(i->mapper);
    list.push_back(i);
  }
  for (const mapper::Mapper* m : order) {
    const std::vector<Instance*>& list = expired[m];
    auto* session = dynamic_cast<session::Session*>(list[0]->host);
    if (session == nullptr || !session->is_active() || list.size() < 2) continue;
    query::Query q;
    q.autoflush = false;
    q.entities.push_back(query::entity(*m));
    std::vector<expr::ElementPtr> keys;
    for (const Instance* i : list) {
      std::vector<expr::ElementPtr> parts;
      for (int slot : m->primary_key())
        parts.push_back(expr::bind(i->committed(slot), m->type(slot)));
      keys.push_back(parts.size() == 1 ? parts[0] : expr::tuple(std::move(parts)));
    }
    std::vector<expr::ElementPtr> columns;
    for (int slot : m->primary_key()) columns.push_back(m->element(slot));
    q.where.push_back(expr::in(columns.size() == 1 ? columns[0] : expr::tuple(std::move(columns)),
                               std::move(keys), false));
    query::load_all(*session, q);
  }
}

}  // namespace moonbase::bindings
