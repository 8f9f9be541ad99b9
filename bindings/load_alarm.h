// The N+1 alarm of a Lua state: it hears of attributes that the program reads object by object
// (orm/session/load_observer.h), and tells which line of the program does so for the objects of one
// query, and with which loader option that query would bring them along. One for each state,
// `load_alarm(L)`, on the state's thread; off until it is switched on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "bindings/context.h"
#include "orm/mapper/mapper.h"
#include "orm/session/load_observer.h"

namespace moonbase::bindings {

class LoadAlarm : public session::LoadObserver {
 public:
  // So many loads of one attribute, from one line, are an alarm.
  static constexpr size_t kLoads = 3;

  explicit LoadAlarm(Context& context) : context_(context) {}

  void set_on(bool on) { on_ = on; }
  void loaded(const session::ObservedLoad& load) override;
  // What is to be said of the loads since the last call, one line each, in the order in which they
  // began; those are forgotten then.
  std::vector<std::string> take();

 private:
  // The loads of one attribute by one line of the program.
  struct Group {
    const mapper::Mapper* mapper;  // that declares it
    int slot;                      // -1: the columns of objects that had expired
    const void* session;
    std::string place;
    size_t loads = 0;
    uint64_t selects = 0;
    // At the first and the last of them: what the session had been asked for otherwise.
    int64_t first = 0, last = 0;
  };
  bool is_alarming(const Group& group) const;
  std::string path_to(const Group& group) const;
  std::string describe(const Group& group) const;

  Context& context_;
  std::vector<Group> groups_;
  uint64_t selects_ = 0;  // of all loads
};

LoadAlarm& load_alarm(lua_State* L);

}  // namespace moonbase::bindings
