// Who listens to the statements of a Lua state's engines: the echo on standard error, the recorder
// behind db.get_recorded_queries(), and the counters of the shell. One for each state
// (`statement_log`); an engine has a sink only while somebody listens, so that statements nobody
// hears of cost nothing. The state's thread only.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bindings/context.h"
#include "orm/base/log.h"
#include "orm/engine/engine.h"

namespace moonbase::bindings {

struct LogCounts {
  size_t statements = 0;  // without BEGIN, COMMIT and their like
  double seconds = 0;     // at the database, those included
};

struct RecordedQuery {
  std::string statement;
  std::vector<base::Value> parameters;
  double start_time, end_time;  // base::clock_seconds()
  std::string location;         // "app.lua:12"; empty when no Lua code asked for it
  std::optional<bool> cached;   // of a statement made of a tree: whether its SQL was in the cache
  std::string bind_key;         // of its database; empty for the default one
};

class StatementLog {
 public:
  // The oldest of more than these are forgotten.
  static constexpr size_t kMaxRecorded = 10'000;

  explicit StatementLog(Context& context);
  StatementLog(const StatementLog&) = delete;
  StatementLog& operator=(const StatementLog&) = delete;
  ~StatementLog();

  // Where the program is that runs now, "app.lua:12"; empty outside Lua code.
  std::string place() const;
  // Takes the engine under its care; its `echo` option counts from now on. Once is enough.
  void watch(const engine::EnginePtr& engine);
  // An engine's own echo; the engine must be watched.
  bool echo(const engine::Engine& engine) const;
  void set_echo(const engine::Engine& engine, bool on);
  // The echo of all engines, beside their own.
  void set_echo(bool on);
  void set_recording(bool on);
  void set_counting(bool on);
  bool is_echoing() const { return echo_; }
  bool is_recording() const { return recording_; }

  const std::deque<RecordedQuery>& recorded() const { return recorded_; }
  void clear_recorded() { recorded_.clear(); }
  // Since the last `mark`.
  const LogCounts& counts() const { return counts_; }
  void mark() {
    counts_ = {};
    lines_.clear();
    hidden_lines_ = 0;
  }
  // While it counts: what the echo would have shown since the last `mark`, the first kMaxLines.
  static constexpr size_t kMaxLines = 500;
  const std::vector<std::string>& lines() const { return lines_; }
  size_t hidden_lines() const { return hidden_lines_; }

  // Where echoed lines go (with their line end), instead of standard error, and whether in colour.
  using Write = std::function<void(std::string_view line)>;
  void set_writer(Write write, bool colour);

 private:
  class Sink;
  Sink* find(const engine::Engine& engine) const;
  void refresh();
  void heard(const base::StatementRecord& record, bool echo, std::string_view name);
  void heard_of_pool(std::string_view line, std::string_view name);

  Context& context_;
  bool echo_ = false, recording_ = false, counting_ = false;
  std::vector<std::unique_ptr<Sink>> sinks_;  // one for each watched engine
  std::deque<RecordedQuery> recorded_;
  LogCounts counts_;
  std::vector<std::string> lines_;
  size_t hidden_lines_ = 0;
  Write write_;
  bool colour_;
};

StatementLog& statement_log(lua_State* L);

// One line for one statement, as the echo shows it: "  0.31 ms  SELECT 1 [2, 'x']\n". `name` is the
// engine's; empty: its bind key.
std::string echo_line(const base::StatementRecord& record, bool colour, std::string_view name = {});

// Functions of the module: get_recorded_queries, clear_recorded_queries, record_queries.
void open_statement_log(lua_State* L, int module);

}  // namespace moonbase::bindings
