// Who listens to what: the functions a program gave to db.event.listen, and the one place through
// which they are called. It stands between the core's listener interfaces and Lua. One for each
// state (`Context::area`), serving all its sessions, classes and engines; the state's thread only.
//
// The functions live in two tables of the registry: those that listen to one session in a table
// that is weak in its keys, so that a session and the functions that speak of it can be collected
// together; all others, whose targets live as long as the program, in a plain one.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bindings/context.h"
#include "orm/engine/engine.h"
#include "orm/engine/engine_listener.h"
#include "orm/mapper/registry.h"
#include "orm/session/events.h"
#include "orm/session/session.h"
#include "orm/state/attribute_listener.h"

namespace moonbase::bindings {

enum class EventTarget : uint8_t { kSession, kMapper, kAttribute, kEngine };

// Numbers of events: those of session::Event, then these.
enum : int {
  kInitEvent = session::kEventCount,
  kDoOrmExecuteEvent,
  kSetEvent,
  kAppendEvent,
  kRemoveEvent,
  kBulkReplaceEvent,
  kModifiedEvent,
  kConnectEvent,
  kBeforeCursorExecuteEvent,
  kAfterCursorExecuteEvent,
  kBeginEvent,  // from here on as engine::Control
  kCommitEvent,
  kRollbackEvent,
  kSavepointEvent,
  kRollbackSavepointEvent,
  kReleaseSavepointEvent,
  kFirstConnectEvent,  // from here on as engine::PoolUse
  kCheckoutEvent,
  kResetEvent,
  kCheckinEvent,
  kHandleErrorEvent,
  kAllEvents,
};

// An event a program may listen to: a row of the table in event_table.cc.
struct EventDef {
  std::string_view name;
  EventTarget target;
  int number;
  std::array<const char*, 6> arguments;  // their names, up to the first null
};
std::span<const EventDef> event_table();

class EventHub final : public session::Listener,
                       public state::AttributeListener,
                       public engine::EngineListener {
 public:
  // What a function listens to. A null object stands for all of its kind.
  struct Target {
    EventTarget kind;
    const void* object = nullptr;  // Session, Mapper (of an attribute: its owner), Engine
    std::string attribute = {};
    std::shared_ptr<mapper::Registry> registry = nullptr;  // of an attribute
    engine::EnginePtr engine = nullptr;

    bool operator==(const Target& other) const {
      return kind == other.kind && object == other.object && attribute == other.attribute;
    }
  };
  struct Options {
    bool once = false, named = false, retval = false, insert = false, propagate = false;
  };

  explicit EventHub(Context& context);
  ~EventHub() override;
  // The state closes: nothing is called any more.
  void close() { is_closed_ = true; }

  // The function at `function` listens from now on; the same one twice counts once.
  void listen(lua_State* L, const Target& target, const EventDef& def, int function,
              const Options& options);
  bool contains(lua_State* L, const Target& target, const EventDef& def, int function);
  // False when it does not listen.
  bool remove(lua_State* L, const Target& target, const EventDef& def, int function);

  bool hears(int number) const { return (heard_ >> number & 1) != 0; }

  // User{…}: the table of keywords at `keywords`; the function may change it.
  void tell_init(lua_State* L, state::Instance& instance, int keywords);
  // A column is set to the value at `value`: pushes what it shall be.
  void push_set_value(lua_State* L, state::Instance& instance, int slot, int value);
  // flag_modified was called of an attribute.
  void tell_modified(state::Instance& instance, const std::string& attribute);
  // A statement of a session is about to run: replaces the value at `statement`.
  void tell_orm_execute(lua_State* L, int session, int statement, int parameters);

  // ---- session::Listener ----
  void happened(const session::Occurrence& occurrence) override;
  void forget(const session::Session& session) noexcept override;

  // ---- state::AttributeListener ----
  state::Instance* setting(state::Instance& owner, const mapper::Relationship& relationship,
                           state::Instance* value, state::Instance* old,
                           const state::Initiator& initiator) override;
  state::Instance& appending(state::Instance& owner, const mapper::Relationship& relationship,
                             state::Instance& value, const state::Initiator& initiator) override;
  void removing(state::Instance& owner, const mapper::Relationship& relationship,
                state::Instance& value, const state::Initiator& initiator) override;
  std::vector<state::Instance*> replacing(state::Instance& owner,
                                          const mapper::Relationship& relationship,
                                          std::vector<state::Instance*> values) override;

  // ---- engine::EngineListener ----
  void connected(engine::Engine& engine, driver::DriverConnection& opened) override;
  void executing(engine::Connection& connection, const engine::Execution& execution) override;
  void executed(engine::Connection& connection, const engine::Execution& execution) override;
  void controlled(engine::Connection& connection, engine::Control control,
                  std::string_view savepoint) override;
  // What a function of reset or checkin raises is a warning.
  void pooled(engine::Engine& engine, engine::PoolUse use,
              driver::DriverConnection& connection) override;
  void failed(engine::Connection& connection, const engine::Execution& execution,
              const base::Error& error) override;

 private:
  struct Entry {
    uint64_t id;
    int number;
    Target target;
    Options options;
  };
  struct Call;
  using Push = std::function<void(lua_State*)>;
  // Given the index of what a retval function returned and of the first argument.
  using Take = std::function<void(lua_State*, int result, int arguments)>;

  static int run_call(lua_State* L);
  using Matches = std::function<bool(const Entry&)>;
  std::vector<uint64_t> listening(int number, const Matches& matches) const;
  // Whether it listens to the objects of this class.
  static bool covers(const Entry& entry, const mapper::Mapper& mapper);
  std::vector<uint64_t> listening_to(int number, const state::Instance& owner,
                                     std::string_view attribute) const;
  std::vector<uint64_t> listening_to(int number, const engine::Engine& engine) const;
  // Calls those of a connection to a database that is given to no other while they run.
  void run_with(int number, engine::Engine& engine, driver::DriverConnection& connection);
  // Calls the functions in order. Throws what they throw.
  void run(int number, std::vector<uint64_t> ids, const Push& push, const Take& take = nullptr);
  const Entry* find(uint64_t id) const;
  void erase(uint64_t id);
  // Pushes the table that holds the target's functions, or nothing when its session is gone.
  bool push_functions(lua_State* L, const Target& target, bool make);
  bool push_function(lua_State* L, const Entry& entry);
  const Entry* find_same(lua_State* L, const Target& target, const EventDef& def, int function);
  // What is heard at all, told to those who would ask.
  void refresh();

  Context& context_;
  LuaRef functions_, session_functions_;
  std::vector<Entry> entries_;  // in the order in which they are called
  std::vector<std::shared_ptr<mapper::Registry>> registries_;
  std::vector<std::weak_ptr<engine::Engine>> engines_;
  uint64_t heard_ = 0;
  uint64_t last_id_ = 0;
  bool is_closed_ = false;
};

EventHub& event_hub(lua_State* L);

// Areas: db.event; the signals (lua_signal.cc).
void open_event(lua_State* L, int module);
void open_signal(lua_State* L, int module);

}  // namespace moonbase::bindings
