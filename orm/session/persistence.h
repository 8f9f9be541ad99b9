// Carries a flush plan out: keys are copied, defaults made, rows written with one prepared
// statement per shape, values the database made are read back or marked to be read. Owned by the
// session; keeps the compiled statements of shapes it has written.
#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include "orm/engine/connection.h"
#include "orm/session/flush_plan.h"

namespace moonbase::session {

class Session;

class Persistence {
 public:
  explicit Persistence(Session& session);
  ~Persistence();

  // Throws what the database threw, with the row named; the caller rolls back.
  void run(FlushPlan& plan);
  // Fills the client-side default of a column nobody set; false when it has none. SQL defaults are
  // returned as an expression instead.
  static bool make_default(const schema::Column& column, const types::Type& type, base::Value& out,
                           expr::ElementPtr& sql);
  // The INSERT of exactly these columns, compiled once.
  compile::CompiledPtr insert_statement(engine::Engine& engine, const mapper::Mapper& mapper,
                                        const std::vector<int>& slots);

 private:
  struct Shape;
  class Writer;
  void end_writer();
  void write(engine::Connection& connection, const mapper::Mapper& mapper, Action action);
  void apply_syncs(FlushPlan& plan, const Node& node, bool closing);
  void insert(FlushPlan& plan, Node& node);
  void update(FlushPlan& plan, Node& node);
  void remove(Node& node);
  void open(const FlushPlan& plan, const Opening& opening);
  void link(const LinkRow& row, bool unlink);
  void write_expressions(state::Instance& i, bool is_insert, const std::vector<int>& slots);
  compile::CompiledPtr statement(engine::Engine& engine, const mapper::Mapper& mapper,
                                 Action action, const std::vector<int>& slots);

  Session& session_;
  std::unordered_map<std::string, compile::CompiledPtr> statements_;
  std::unique_ptr<Writer> writer_;
  std::vector<int> slots_;
};

}  // namespace moonbase::session
