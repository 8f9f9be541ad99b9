// What running a query needs from the session that runs it. Abstract, so that this layer never sees
// a session.
#pragma once

#include <cstdint>
#include <string>

#include "orm/engine/connection.h"
#include "orm/query/options.h"
#include "orm/state/identity.h"
#include "orm/state/instance_heap.h"

namespace moonbase::query {

class PlanCache;

// What a connection is wanted for.
enum class Access : uint8_t { kRead, kWrite };

class Executor {
 public:
  virtual ~Executor() = default;
  // Called before every statement a query sends: flushes pending changes where autoflush is on, and
  // refuses to go on after a failed flush.
  virtual void before_execute(bool autoflush) = 0;
  // The connection to use for a table (null: the default database), inside the session's
  // transaction.
  virtual engine::Connection& connection(const schema::Table* table, Access access) = 0;
  // Where plans of queries are kept; null: nowhere.
  virtual PlanCache* plans() { return nullptr; }
  virtual state::IdentityMap& identity() = 0;
  virtual state::InstanceHeap& heap() = 0;
  // What loaded instances belong to.
  virtual state::InstanceHost& host() = 0;
  // An instance was loaded from a row for the first time.
  virtual void on_loaded(state::Instance& instance) = 0;
  // Values of a known one were read again, or for the first time.
  virtual void on_refreshed(state::Instance&) {}
  // It came with options that its relationships are to be loaded with.
  virtual void remember_options(state::Instance&, const OptionListPtr&) {}
  // Loads a relationship of one object now, whatever it is declared as: `options` go with the far
  // objects, `condition` says which of them; `trail` is that of the owner, its class the last.
  virtual void load_now(state::Instance& owner, const mapper::Relationship& r, const OptionListPtr&,
                        const expr::ElementPtr&, const Trail&) {
    host().load_slot(owner, r.slot);
  }
  // Something that is no error, and that the program should hear of.
  virtual void warn(const std::string&) {}
};

}  // namespace moonbase::query
