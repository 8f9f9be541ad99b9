// A database in memory, mapped classes and a session over them, and a log that hears every
// statement. Declare models through `models`, then `open()`.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "orm/engine/ddl.h"
#include "orm/session/session.h"
#include "orm/state/link.h"
#include "tests/support/model_builders.h"

namespace moonbase::test {

// Statements as "INSERT INTO t (a) VALUES (?) [1]", with " x3" behind one that ran three times.
class StatementLog : public base::LogSink {
 public:
  void statement(const base::StatementRecord& record) override {
    if (muted) return;
    std::string line = one_line(record.statement);
    for (size_t i = 0; i < record.params.size(); ++i)
      line += (i == 0 ? " [" : ", ") + record.params[i].repr();
    if (!record.params.empty()) line += "]";
    if (record.executions > 1) line += " x" + std::to_string(record.executions);
    if (!record.error.empty()) line += " !";
    lines.push_back(std::move(line));
  }
  void warning(std::string_view, std::string_view message) override {
    warnings.emplace_back(message);
  }
  // What was heard since the last call; `control`: BEGIN and the like too.
  std::vector<std::string> take(bool control = false) {
    std::vector<std::string> result;
    for (std::string& line : lines) {
      const bool is_control = line.starts_with("BEGIN") || line.starts_with("COMMIT") ||
                              line.starts_with("ROLLBACK") || line.starts_with("SAVEPOINT") ||
                              line.starts_with("RELEASE");
      if (control || !is_control) result.push_back(std::move(line));
    }
    lines.clear();
    return result;
  }
  std::vector<std::string> lines, warnings;
  bool muted = false;
};

using Lines = std::vector<std::string>;
using Instances = std::vector<state::Instance*>;

class Orm {
 public:
  Models models;
  engine::EnginePtr engine;
  StatementLog log;
  state::InstanceHeap heap;
  std::unique_ptr<session::Session> session;

  explicit Orm(engine::EnginePtr given = nullptr)
      : engine(given ? std::move(given) : engine::create_engine(engine::parse_url("sqlite://"))) {
    engine->add_sink(&log);
    keeper_ = engine->connect();
    models.registry.set_on_grown([this](const mapper::Mapper& m) { heap.grow(m); });
  }
  ~Orm() {
    session.reset();
    keeper_.reset();
    engine->remove_sink(&log);
  }
  Orm(const Orm&) = delete;

  // Makes the tables and a session.
  void open(session::SessionOptions options = {}) {
    models.registry.configure();
    engine::create_tables(*engine, *models.metadata);
    session = make_session(options);
    log.take();
  }
  std::unique_ptr<session::Session> make_session(session::SessionOptions options = {}) {
    auto made = std::make_unique<session::Session>(
        heap, models.registry, [this](const schema::Table*) { return engine; }, options);
    made->set_warning_sink(&log);
    return made;
  }

  const mapper::Mapper& model(const std::string& name) const { return models[name]; }
  using Values = std::initializer_list<std::pair<const char*, base::Value>>;
  // Transient, and pinned: a test holds it.
  state::Instance& make(const std::string& model_name, Values values = {}) {
    state::Instance& i = heap.create(model(model_name));
    ++i.pins;
    for (const auto& [name, value] : values) set(i, name, value);
    return i;
  }
  state::Instance& add(const std::string& model_name, Values values = {}) {
    state::Instance& i = make(model_name, values);
    session->add(i);
    return i;
  }
  static int slot(const state::Instance& i, const std::string& name) {
    return i.mapper->attribute(name).slot;
  }
  static void set(state::Instance& i, const std::string& name, base::Value value) {
    const int s = slot(i, name);
    i.write(s, i.mapper->type(s)->cast(std::move(value)));
  }
  // As messages show it: 'susan', 3, NULL; "-" for what was never set, "?" for what is not loaded.
  static std::string shown(const base::Value& v) {
    if (v.tag() == base::Tag::kNeverSet) return "-";
    if (v.tag() == base::Tag::kNotLoaded) return "?";
    return v.repr();
  }
  static std::string get(state::Instance& i, const std::string& name) {
    return shown(i.read(slot(i, name)));
  }
  // Without loading.
  static std::string peek(const state::Instance& i, const std::string& name) {
    return shown(i.slot(slot(i, name)));
  }
  static int64_t id(state::Instance& i) { return i.read(i.mapper->primary_key()[0]).as_int(); }

  static const mapper::Relationship& relation(const state::Instance& i, const std::string& name) {
    return *i.mapper->attribute(name).relationship;
  }
  static state::Instance* ref(state::Instance& i, const std::string& name) {
    i.read(slot(i, name));
    return i.object(slot(i, name));
  }
  Instances list(state::Instance& i, const std::string& name) {
    const mapper::Relationship& r = relation(i, name);
    if (i.host == nullptr) return state::collection_of(i, r).items();
    session->load_relationship(i, r);
    return state::collection_of(i, r).items();
  }
  static void point(state::Instance& i, const std::string& name, state::Instance* target) {
    state::set_reference(i, relation(i, name), target);
  }
  static void append(state::Instance& i, const std::string& name, state::Instance& member) {
    state::append(i, relation(i, name), member);
  }
  static bool take_out(state::Instance& i, const std::string& name, state::Instance& member) {
    return state::remove(i, relation(i, name), member);
  }

  query::Query query(const std::string& model_name) const {
    query::Query q;
    q.entities.push_back(query::entity(model(model_name)));
    return q;
  }
  Instances all(const query::Query& q) { return query::load_all(*session, q); }
  expr::ElementPtr column(const std::string& model_name, const std::string& name) const {
    return model(model_name).element(model(model_name).attribute(name).slot);
  }
  expr::ElementPtr equals(const std::string& model_name, const std::string& name,
                          base::Value value) const {
    const expr::ElementPtr c = column(model_name, name);
    return expr::binary(expr::Op::kEq, c, expr::bind(std::move(value), c->type));
  }

  // Rows of a query as "1, 'susan', NULL"; unheard, on a connection of its own.
  Lines rows(const std::string& sql) { return rows(sql, *keeper_); }
  Lines rows(const std::string& sql, engine::Connection& connection) {
    log.muted = true;
    Lines result;
    {
      engine::Cursor cursor = connection.execute_sql(sql);
      while (cursor.next()) {
        std::string line;
        for (int c = 0; c < cursor.column_count(); ++c)
          line += (c == 0 ? "" : ", ") + cursor.raw(c).repr();
        result.push_back(std::move(line));
      }
    }
    log.muted = false;
    return result;
  }
  // Somebody else's write, in the same transaction (a database in memory has one).
  void execute(const std::string& sql) {
    log.muted = true;
    session->connection(nullptr).execute_sql(sql);
    log.muted = false;
  }
  // What was sent since the last look, without BEGIN and the like.
  Lines sent() { return log.take(); }

 private:
  std::unique_ptr<engine::Connection> keeper_;
};

}  // namespace moonbase::test
