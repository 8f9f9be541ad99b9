#include "bindings/origins.h"

#include <algorithm>

#include "bindings/class_def.h"
#include "bindings/guard.h"
#include "bindings/hooks.h"
#include "bindings/lua_instance.h"
#include "bindings/orm_area.h"
#include "bindings/stack.h"
#include "bindings/statement_log.h"

namespace moonbase::bindings {

using state::Instance;

Origins::Origins(Context& context) : context_(context) {
  context.area<OrmArea>().heap().add_source(this);
}

Origins::~Origins() {
  context_.area<OrmArea>().origins = nullptr;
  context_.area<OrmArea>().heap().remove_source(this);
}

void Origins::set_on(bool on) {
  context_.area<OrmArea>().origins = on ? this : nullptr;
  if (!on) records_.clear();
}

Origins::Record& Origins::record(const Instance& instance) {
  if (records_.size() >= kMaxRecords) records_.clear();
  return records_[&instance];
}

void Origins::note_made(const Instance& instance) {
  record(instance) = {.made = context_.area<StatementLog>().place(), .added = {}, .set = {}};
}

void Origins::note_added(const Instance& instance) {
  record(instance).added = context_.area<StatementLog>().place();
}

void Origins::note_set(const Instance& instance, int slot) {
  std::string place = context_.area<StatementLog>().place();
  Record& known = record(instance);
  // What the constructor sets says nothing new.
  if (known.set.empty() && known.made == place) return;
  const auto found = std::find_if(known.set.begin(), known.set.end(),
                                  [slot](const auto& each) { return each.first == slot; });
  if (found == known.set.end()) {
    known.set.emplace_back(slot, std::move(place));
  } else {
    found->second = std::move(place);
  }
}

const Origins::Record* Origins::find(const Instance& instance) const {
  const auto found = records_.find(&instance);
  return found == records_.end() ? nullptr : &found->second;
}

std::string Origins::describe(const Instance& instance) const {
  const Record* known = find(instance);
  if (known == nullptr) return {};
  // Of an object that has a row only what waits to be written matters.
  const bool is_new = !instance.has_identity;
  std::string text;
  if (is_new && !known->made.empty()) text += ", made at " + known->made;
  for (const auto& [slot, place] : known->set)
    if (is_new || (instance.history != nullptr && instance.history->find(slot) != nullptr))
      text += ", " + instance.mapper->attribute_at(slot).name + " set at " + place;
  if (!is_new) return text;
  const bool apart = known->added != known->made && !known->added.empty();
  return apart ? text + ", added at " + known->added : text;
}

namespace {

// {made = place, added = place, set = {name = place}}, or nil
int moonbase_origin(lua_State* L) {
  const Instance& instance = check_instance(L, 1);
  const Origins* origins = orm_area(L).origins;
  const Origins::Record* known = origins == nullptr ? nullptr : origins->find(instance);
  if (known == nullptr) return 0;
  lua_createtable(L, 0, 3);
  const auto set = [L](const char* name, const std::string& place) {
    if (place.empty()) return;
    push_string(L, place);
    lua_setfield(L, -2, name);
  };
  set("made", known->made);
  set("added", known->added);
  lua_createtable(L, 0, static_cast<int>(known->set.size()));
  for (const auto& [slot, place] : known->set)
    set(instance.mapper->attribute_at(slot).name.c_str(), place);
  lua_setfield(L, -2, "set");
  return 1;
}

constexpr MethodDef kFunctions[] = {
    {"_origin", guarded<moonbase_origin>,
     "_origin(object)  where the program made it, added it and set its attributes, as far as that "
     "is kept; else nil"},
};

}  // namespace

void open_origins(lua_State* L, int module) { add_functions(L, module, kFunctions); }

}  // namespace moonbase::bindings
