#include "bindings/load_alarm.h"

#include <cstdio>
#include <utility>

#include <fmt/format.h>

#include "bindings/guard.h"
#include "bindings/hooks.h"
#include "bindings/statement_log.h"
#include "orm/base/text.h"
#include "orm/state/instance.h"

namespace moonbase::bindings {

using mapper::Mapper;
using mapper::Relationship;

LoadAlarm& load_alarm(lua_State* L) { return Context::of(L).area<LoadAlarm>(); }

LoadAlarm::Group& LoadAlarm::group_of(const Mapper* mapper, int slot) {
  std::string place = context_.area<StatementLog>().place();
  const auto [found, is_new] = indexes_.try_emplace({mapper, slot, place}, groups_.size());
  if (is_new) groups_.push_back({mapper, slot, std::move(place)});
  return groups_[found->second];
}

void LoadAlarm::loaded(const session::ObservedLoad& load) {
  const Relationship* r = load.instance.mapper->relationship(load.slot);
  const int slot = load.was_expired && r == nullptr ? -1 : load.slot;
  Group& group = group_of(r != nullptr ? r->owner : load.instance.mapper, slot);
  if (group.loads != 0 && group.questions == questions_) ++group.in_a_row;
  ++group.loads;
  group.selects += load.selects;
  group.questions = questions_;
}

// Where the program asks for something between the loads, as one session for each request does,
// each object comes from a query of its own, and no option of one query helps.
bool LoadAlarm::is_alarming(const Group& group) const {
  return group.loads >= kLoads && group.in_a_row > group.loads / 2;
}

// "db.selectinload(User.posts):selectinload(Post.comments)": from the class that the program asked
// for, as far as the loads of the same input tell.
std::string LoadAlarm::path_to(const Group& group) const {
  const Relationship* r = group.mapper->relationship(group.slot);
  const char* option = r == nullptr ? "undefer" : r->uselist ? "selectinload" : "joinedload";
  const std::string& name = group.mapper->attribute_at(group.slot).name;
  return fmt::format("{}({}.{})", option, group.mapper->name(), name);
}

std::string LoadAlarm::describe(const Group& group) const {
  const std::string name = group.mapper->name();
  const std::string count = fmt::format("{} SELECTs", group.selects);
  const std::string where = group.place.empty() ? "" : " at " + group.place;
  if (group.slot < 0)
    return fmt::format(
        "N+1: {} to read {} expired {} objects again, one by one{}; {}.query:all() reads them in "
        "one, moonbase.Session{{expire_on_commit = false}} keeps them",
        count, group.loads, name, where, name);
  // What led to these objects, loaded by the same input before.
  std::string path = path_to(group);
  const Mapper* root = group.mapper;
  for (size_t i = static_cast<size_t>(&group - groups_.data()); i-- > 0;) {
    const Group& other = groups_[i];
    const Relationship* r = other.slot < 0 ? nullptr : other.mapper->relationship(other.slot);
    const bool leads_here = r != nullptr && other.mapper != root && root->is_a(*r->target);
    if (!leads_here || !is_alarming(other)) continue;
    path = path_to(other) + ":" + path;
    root = other.mapper;
  }
  return fmt::format("N+1: {} for {}.{}{}; {}.query:options(db.{}) loads them at once", count, name,
                     group.mapper->attribute_at(group.slot).name, where, root->name(), path);
}

std::vector<std::string> LoadAlarm::take() {
  std::vector<std::string> lines;
  for (const Group& group : groups_) {
    if (is_alarming(group)) lines.push_back(describe(group));
  }
  groups_.clear();
  indexes_.clear();
  return lines;
}

namespace {

int tell_uncommitted(lua_State* L) {
  const Hooks& hooks = Context::of(L).area<Hooks>();
  const std::string work = hooks.uncommitted ? hooks.uncommitted(L) : std::string();
  if (!work.empty())
    std::fprintf(stderr, "warning: not committed, and so lost: %s\n", work.c_str());
  return 0;
}

// os.exit; its upvalue is Lua's own.
int tell_and_exit(lua_State* L) {
  std::fflush(stdout);  // what was printed before comes before
  const int top = lua_gettop(L);
  lua_pushcfunction(L, guarded<tell_uncommitted>);
  lua_pcall(L, 0, 0, 0);  // a session that cannot tell keeps nobody here
  lua_settop(L, top);
  for (const std::string& line : load_alarm(L).take())
    std::fprintf(stderr, "%s\n", base::escape_for_message(line, line.size()).c_str());
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, lua_gettop(L) - 1, 0);
  return 0;
}

}  // namespace

void open_load_alarm(lua_State* L, int) {
  lua_getglobal(L, LUA_OSLIBNAME);
  lua_getfield(L, -1, "exit");
  lua_pushcclosure(L, guarded<tell_and_exit>, 1);
  lua_setfield(L, -2, "exit");
  lua_pop(L, 1);
}

}  // namespace moonbase::bindings
