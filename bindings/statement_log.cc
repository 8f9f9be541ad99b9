#include "bindings/statement_log.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include <fmt/format.h>
#include <unistd.h>

#include "bindings/class_def.h"
#include "bindings/error_object.h"
#include "bindings/guard.h"
#include "bindings/stack.h"
#include "orm/base/text.h"

namespace moonbase::bindings {
namespace {

// Of one value, and of all values of a statement, in the echo.
constexpr size_t kShownBytes = 60;
constexpr size_t kShownValues = 30;

constexpr std::string_view kDim = "\x1b[2m";
constexpr std::string_view kPlain = "\x1b[0m";

bool wants_colour() {
  const char* refused = std::getenv("NO_COLOR");
  return (refused == nullptr || *refused == '\0') && isatty(STDERR_FILENO) != 0;
}

void write_to_stderr(std::string_view line) { std::fwrite(line.data(), 1, line.size(), stderr); }

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// White space between words becomes one blank; strings and quoted names stay as they are.
std::string on_one_line(std::string_view sql) {
  std::string line;
  line.reserve(sql.size());
  char quote = '\0';
  for (char c : base::trim(sql)) {
    if (quote == '\0' && is_blank(c)) {
      if (line.back() != ' ') line += ' ';
      continue;
    }
    if (quote == '\0' && (c == '\'' || c == '"' || c == '`')) {
      quote = c;
    } else if (c == quote) {
      quote = '\0';
    }
    line += c;
  }
  return base::escape_for_message(line, line.size());
}

std::string shown_parameters(const std::vector<base::Value>& values) {
  if (values.empty()) return {};
  std::string text = " [";
  for (size_t i = 0; i < std::min(values.size(), kShownValues); ++i) {
    if (i > 0) text += ", ";
    text += values[i].repr(kShownBytes);
  }
  if (values.size() > kShownValues)
    text += fmt::format(", … {} more", values.size() - kShownValues);
  return text + "]";
}

}  // namespace

std::string echo_line(const base::StatementRecord& record, bool colour, std::string_view name) {
  std::string time = fmt::format("{:6.2f} ms  ", record.duration() * 1000);
  if (colour) time = fmt::format("{}{}{}", kDim, time, kPlain);
  if (name.empty()) name = record.bind_key;
  if (!name.empty()) time += std::string(name) + ": ";
  std::string line = time + on_one_line(record.statement) + shown_parameters(record.params);
  if (record.executions > 1) line += fmt::format(" × {}", record.executions);
  if (record.cached_for >= 0)
    line += fmt::format(" -- cached since {:.2f} ms ago", record.cached_for * 1000);
  if (record.generated_in >= 0)
    line += fmt::format(" -- generated in {:.2f} ms", record.generated_in * 1000);
  if (!record.error.empty()) line += " -- failed";
  return line + "\n";
}

class StatementLog::Sink : public base::LogSink {
 public:
  Sink(StatementLog& log, const engine::EnginePtr& engine)
      : echo(engine->options().echo),
        log_(log),
        engine_(engine),
        address_(engine.get()),
        name_(engine->options().logging_name) {
    // Another thread that connects knows nothing of the state.
    engine->set_place([&log, thread = std::this_thread::get_id()] {
      return thread == std::this_thread::get_id() ? log.place() : std::string();
    });
    if (!engine->options().echo_pool) return;
    engine->set_pool_log([&log, name = name_, thread = std::this_thread::get_id()](auto line) {
      if (thread == std::this_thread::get_id()) log.heard_of_pool(line, name);
    });
  }
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  ~Sink() override {
    listen(false);
    engine::EnginePtr engine = engine_.lock();
    if (!engine) return;
    engine->set_place({});
    engine->set_pool_log({});
  }

  void statement(const base::StatementRecord& record) override { log_.heard(record, echo, name_); }

  void listen(bool on) {
    engine::EnginePtr engine = engine_.lock();
    if (!engine || on == is_listening_) return;
    if (on) {
      engine->add_sink(this);
    } else {
      engine->remove_sink(this);
    }
    is_listening_ = on;
  }
  bool is_of(const engine::Engine& engine) const {
    return address_ == &engine.root() && !engine_.expired();
  }
  bool is_expired() const { return engine_.expired(); }

  bool echo;

 private:
  StatementLog& log_;
  std::weak_ptr<engine::Engine> engine_;
  const engine::Engine* address_;
  const std::string name_;
  bool is_listening_ = false;
};

StatementLog::StatementLog(Context& context)
    : context_(context), write_(write_to_stderr), colour_(wants_colour()) {}
StatementLog::~StatementLog() = default;

std::string StatementLog::place() const {
  std::string location = user_location(context_.running());
  if (location.ends_with(':')) location.pop_back();
  return location;
}

void StatementLog::watch(const engine::EnginePtr& made) {
  if (find(*made) != nullptr) return;
  const engine::EnginePtr engine = made->root().shared_from_this();
  std::erase_if(sinks_, [](const auto& sink) { return sink->is_expired(); });
  sinks_.push_back(std::make_unique<Sink>(*this, engine));
  refresh();
}

StatementLog::Sink* StatementLog::find(const engine::Engine& engine) const {
  auto found = std::find_if(sinks_.begin(), sinks_.end(),
                            [&](const auto& sink) { return sink->is_of(engine); });
  return found != sinks_.end() ? found->get() : nullptr;
}

void StatementLog::refresh() {
  for (const auto& sink : sinks_) sink->listen(sink->echo || echo_ || recording_ || counting_);
}

bool StatementLog::echo(const engine::Engine& engine) const {
  const Sink* sink = find(engine);
  return sink != nullptr && sink->echo;
}

void StatementLog::set_echo(const engine::Engine& engine, bool on) {
  if (Sink* sink = find(engine)) sink->echo = on;
  refresh();
}

void StatementLog::set_echo(bool on) {
  echo_ = on;
  refresh();
}

void StatementLog::set_recording(bool on) {
  recording_ = on;
  refresh();
}

void StatementLog::set_counting(bool on) {
  counting_ = on;
  refresh();
}

void StatementLog::set_writer(Write write, bool colour) {
  write_ = std::move(write);
  colour_ = colour;
}

void StatementLog::heard_of_pool(std::string_view line, std::string_view name) {
  std::string text = name.empty() ? std::string("pool: ") : std::string(name) + " pool: ";
  write_(text.append(line) + "\n");
}

void StatementLog::heard(const base::StatementRecord& record, bool echo, std::string_view name) {
  if (counting_) {
    if (!record.is_transaction_control) ++counts_.statements;
    counts_.seconds += record.duration();
    if (lines_.size() < kMaxLines) {
      lines_.push_back(echo_line(record, false, name));
    } else {
      ++hidden_lines_;
    }
  }
  if (recording_) {
    if (recorded_.size() >= kMaxRecorded) recorded_.pop_front();
    recorded_.push_back({record.statement, record.params, record.start_time, record.end_time,
                         place(),
                         record.cached_for >= 0 || record.generated_in >= 0
                             ? std::optional<bool>(record.cached_for >= 0)
                             : std::nullopt,
                         record.bind_key});
  }
  if (echo || echo_) write_(echo_line(record, colour_, name));
}

StatementLog& statement_log(lua_State* L) { return Context::of(L).area<StatementLog>(); }

namespace {

void push_query(lua_State* L, const RecordedQuery& query) {
  lua_createtable(L, 0, 6);
  push_string(L, query.statement);
  lua_setfield(L, -2, "statement");
  lua_createtable(L, static_cast<int>(query.parameters.size()), 0);
  mark_array(L, -1);
  for (size_t i = 0; i < query.parameters.size(); ++i) {
    push_value(L, query.parameters[i], nullptr, true);
    lua_rawseti(L, -2, static_cast<lua_Integer>(i + 1));
  }
  lua_setfield(L, -2, "parameters");
  lua_pushnumber(L, query.start_time);
  lua_setfield(L, -2, "start_time");
  lua_pushnumber(L, query.end_time);
  lua_setfield(L, -2, "end_time");
  lua_pushnumber(L, query.end_time - query.start_time);
  lua_setfield(L, -2, "duration");
  push_string(L, query.location);
  lua_setfield(L, -2, "location");
  if (!query.bind_key.empty()) {
    push_string(L, query.bind_key);
    lua_setfield(L, -2, "bind_key");
  }
  if (query.cached) {
    lua_pushboolean(L, *query.cached);
    lua_setfield(L, -2, "cached");
  }
}

int get_recorded_queries(lua_State* L) {
  const std::deque<RecordedQuery>& recorded = statement_log(L).recorded();
  lua_createtable(L, static_cast<int>(recorded.size()), 0);
  lua_Integer i = 0;
  for (const RecordedQuery& query : recorded) {
    push_query(L, query);
    lua_rawseti(L, -2, ++i);
  }
  return 1;
}

int clear_recorded_queries(lua_State* L) {
  statement_log(L).clear_recorded();
  return 0;
}

int record_queries(lua_State* L) {
  statement_log(L).set_recording(check_boolean(L, 1));
  return 0;
}

constexpr MethodDef kFunctions[] = {
    {"get_recorded_queries", guarded<get_recorded_queries>,
     "get_recorded_queries()  the statements that were sent, newest last: {statement, parameters, "
     "start_time, "
     "end_time, duration, location, cached, bind_key}; cached: whether its SQL was made before; "
     "bind_key: of which database, when it is not the default one"},
    {"clear_recorded_queries", guarded<clear_recorded_queries>,
     "clear_recorded_queries()  forgets the statements recorded so far"},
    {"record_queries", guarded<record_queries>,
     "record_queries(on)  starts or stops recording statements, as RECORD_QUERIES does"},
};

}  // namespace

void open_statement_log(lua_State* L, int module) { add_functions(L, module, kFunctions); }

}  // namespace moonbase::bindings
