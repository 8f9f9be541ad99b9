// A stand-in for a session: what queries need to load objects from a database in memory, and no
// more. It never flushes.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "orm/engine/ddl.h"
#include "orm/query/row_loader.h"
#include "orm/state/collection.h"
#include "tests/support/model_builders.h"

namespace moonbase::test {

using Instances = std::vector<state::Instance*>;
using Lines = std::vector<std::string>;

class QueryFixture : public query::Executor, public state::InstanceHost {
 public:
  Models models;
  int before_count = 0, loaded_count = 0;
  bool autoflushed = false;

  explicit QueryFixture(const std::string& script = "")
      : engine_(engine::create_engine(engine::parse_url("sqlite://"))),
        connection_(engine_->connect()) {
    if (!script.empty()) run(script);
  }

  // ---- query::Executor ----
  void before_execute(bool autoflush) override {
    ++before_count;
    autoflushed = autoflush;
  }
  engine::Connection& connection(const schema::Table*, query::Access) override {
    return *connection_;
  }
  state::IdentityMap& identity() override { return identity_; }
  state::InstanceHeap& heap() override { return heap_; }
  state::InstanceHost& host() override { return *this; }
  void on_loaded(state::Instance&) override { ++loaded_count; }

  // ---- state::InstanceHost ----
  void load_slot(state::Instance&, int) override {}
  void on_modified(state::Instance&) override {}
  void on_linked(state::Instance&, const mapper::Relationship&, state::Instance&) override {}
  state::Instance* find_referred(const mapper::Relationship&, const state::Instance&) override {
    return nullptr;
  }

  void create_tables() { engine::create_tables(*connection_, *models.metadata); }
  void run(const std::string& script) { connection_->execute_script(script); }

  query::Query of(const std::string& model) const {
    query::Query q;
    q.entities.push_back(query::entity(models[model]));
    return q;
  }
  expr::ElementPtr column(const std::string& model, const std::string& name) const {
    return models[model].element(models[model].attribute(name).slot);
  }
  expr::ElementPtr equals(const std::string& model, const std::string& name, base::Value v) const {
    const expr::ElementPtr c = column(model, name);
    return expr::binary(expr::Op::kEq, c, expr::bind(std::move(v), c->type));
  }
  // The SQL on one line.
  std::string sql(const expr::Statement& s) const {
    return one_line(compile::compile(s, engine_->traits())->sql);
  }
  std::string sql(const query::Query& q) const { return sql(*query::build_select(q)); }
  std::string sql(const expr::ElementPtr& e) const {
    return one_line(compile::compile_element(e, engine_->traits()));
  }

 private:
  engine::EnginePtr engine_;
  std::unique_ptr<engine::Connection> connection_;
  state::InstanceHeap heap_;
  state::IdentityMap identity_;
};

}  // namespace moonbase::test
