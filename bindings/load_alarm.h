// The N+1 alarm of a Lua state: it hears of attributes that the program reads object by object
// (orm/session/load_observer.h), and tells which line of the program does so for the objects of one
// query, and with which loader option that query would bring them along. One for each state,
// `load_alarm(L)`, on the state's thread; off until it is switched on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>
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
  void asked() override { ++questions_; }
  // What is to be said of the loads since the last call, one line each, in the order in which they
  // began; those are forgotten then.
  std::vector<std::string> take();

 private:
  // The loads of one attribute by one line of the program, whichever session they were for.
  struct Group {
    const mapper::Mapper* mapper;  // that declares it
    int slot;                      // -1: the columns of objects that had expired
    std::string place;
    size_t loads = 0;
    size_t in_a_row = 0;  // of them, with no question since the one before
    uint64_t selects = 0;
    uint64_t questions = 0;  // of all sessions, at the last of them
  };
  using Key = std::tuple<const mapper::Mapper*, int, std::string>;
  Group& group_of(const mapper::Mapper* mapper, int slot);
  bool is_alarming(const Group& group) const;
  std::string path_to(const Group& group) const;
  std::string describe(const Group& group) const;

  Context& context_;
  std::vector<Group> groups_;      // in the order in which they began
  std::map<Key, size_t> indexes_;  // of groups_
  uint64_t questions_ = 0;         // of all sessions, without those of loads
};

LoadAlarm& load_alarm(lua_State* L);
// Lets os.exit tell what the alarm has heard, on standard error: nobody can ask later.
void open_load_alarm(lua_State* L, int module);

}  // namespace moonbase::bindings
