#include "bindings/query_stream.h"

#include <algorithm>
#include <cstring>

#include "bindings/class_def.h"
#include "bindings/guard.h"
#include "bindings/hooks.h"
#include "bindings/rows.h"

namespace moonbase::bindings {

QueryStream::QueryStream(session::Session& session, const query::Query& query,
                         const query::RowStream::NamedValues& parameters, int64_t batch,
                         bool as_objects, RowShapePtr shape)
    : session_(session),
      bound_to_(session.bound_to()),
      rows_(std::make_unique<query::RowStream>(
          session, query, parameters, static_cast<int>(std::min<int64_t>(batch, kMaxStreamRows)))),
      shape_(std::move(shape)),
      names_(item_names(*rows_, shape_.get())),
      batch_(batch),
      as_objects_(as_objects) {
  rows_->cursor().outlive_commit();
}

void QueryStream::push_batch(lua_State* L, int metatable) {
  lua_newtable(L);
  if (!rows_) return;
  // Nothing is under way here: the objects of former batches may go. Lua's collector cannot know
  // what its small proxies keep, so it is told when a sweep is due.
  if (!session_.is_flushing() && session_.heap().is_sweep_due()) {
    if (lua_gc(L, LUA_GCISRUNNING) != 0) lua_gc(L, LUA_GCCOLLECT);
    session_.heap().maybe_sweep();
  }
  // An error ends the stream.
  std::unique_ptr<query::RowStream> rows = std::move(rows_);
  const session::Session::BoundTo bound(session_, bound_to_);
  for (lua_Integer n = 1; n <= batch_; ++n) {
    if (!rows->next()) return;
    if (as_objects_)
      push_cell(L, *rows, 0, true);
    else
      push_shaped_row(L, *rows, rows->cells().size(), metatable, shape_.get());
    lua_rawseti(L, -2, n);
  }
  rows_ = std::move(rows);
}

namespace {

int stream_close(lua_State* L) {
  check_box<StreamBox>(L, 1).stream->close();
  return 0;
}

constexpr MethodDef kMetamethods[] = {
    {"__close", guarded<stream_close>, "ends the run when the loop is left"},
};

const ClassDef kStreamClass = {
    .name = "QueryStream",
    .doc = "The open run of a query that is read in batches.",
    .metamethods = kMetamethods,
    .destroy = kDestroy<StreamBox>,
};

// Whether loops over streams may be open.
struct OpenLoops {
  bool any = false;
};

// How many loops over the query at `query` run in the function.
int loops_in(lua_State* L, lua_State* thread, lua_Debug& frame, int query) {
  int count = 0;
  const char* name;
  for (int n = 1; (name = lua_getlocal(thread, &frame, n)) != nullptr; ++n) {
    if (thread != L) lua_xmove(thread, L, 1);
    if (std::strcmp(name, "(for state)") == 0 && lua_rawequal(L, -1, query)) ++count;
    lua_pop(L, 1);
  }
  return count;
}

// The streams of loops: a weak table from the stream to {query, thread, frame, depth}.
class LoopStreams {
 public:
  explicit LoopStreams(Context& context) {
    lua_State* L = context.main();
    lua_newtable(L);
    lua_createtable(L, 0, 1);
    lua_pushliteral(L, "k");
    lua_setfield(L, -2, "__mode");
    lua_setmetatable(L, -2);
    streams_ = LuaRef(L, -1);
    lua_pop(L, 1);
    register_class(L, kStreamClass);
    // Before the session ends its transaction: an open run would keep it from that.
    std::vector<std::function<void(lua_State*)>>& hooks = context.area<Hooks>().after_input;
    hooks.insert(hooks.begin(), [this](lua_State* S) {
      close_where(S, [](lua_State* T) {
        lua_rawgeti(T, -1, kThread);
        const bool is_main = lua_tothread(T, -1) == Context::of(T).main();
        lua_pop(T, 1);
        return is_main;
      });
    });
  }

  void add(lua_State* L, int stream, int query, const LoopPlace& place) {
    stream = lua_absindex(L, stream);
    query = lua_absindex(L, query);
    streams_.push(L);
    lua_pushvalue(L, stream);
    lua_createtable(L, 4, 0);
    lua_pushvalue(L, query);
    lua_rawseti(L, -2, kQuery);
    lua_pushthread(L);
    lua_rawseti(L, -2, kThread);
    lua_pushlightuserdata(L, const_cast<void*>(place.frame));
    lua_rawseti(L, -2, kFrame);
    lua_pushinteger(L, place.depth);
    lua_rawseti(L, -2, kDepth);
    lua_rawset(L, -3);
    lua_pop(L, 1);
  }

  // True while some are open.
  bool close_left(lua_State* L) { return close_where(L, is_left); }

 private:
  enum Field { kQuery = 1, kThread, kFrame, kDepth };

  // Closes the streams whose entry, on the top, `should_close` is true of; true when others remain.
  template <class F>
  bool close_where(lua_State* L, F&& should_close) {
    luaL_checkstack(L, 12, "too many loops");
    const int top = lua_gettop(L);
    bool any = false;
    streams_.push(L);
    lua_pushnil(L);
    while (lua_next(L, top + 1) != 0) {
      const bool closes = should_close(L);
      lua_pop(L, 1);
      any |= !closes;
      if (!closes) continue;
      if (auto* box = test_box<StreamBox>(L, -1)) box->stream->close();
      lua_pushvalue(L, -1);
      lua_pushnil(L);
      lua_rawset(L, top + 1);
    }
    lua_settop(L, top);
    return any;
  }

  // Whether the loop of the entry on the top is not on its thread's stack any more.
  static bool is_left(lua_State* L) {
    const int top = lua_gettop(L);
    lua_rawgeti(L, top, kQuery);
    lua_rawgeti(L, top, kThread);
    lua_rawgeti(L, top, kFrame);
    lua_rawgeti(L, top, kDepth);
    lua_State* thread = lua_tothread(L, top + 2);
    const void* wanted = lua_touserdata(L, top + 3);
    const auto depth = static_cast<int>(lua_tointeger(L, top + 4));
    bool runs = false;
    lua_Debug frame;
    const bool has_room = lua_checkstack(thread, 1) != 0;
    for (int level = 0; has_room && !runs && lua_getstack(thread, level, &frame) != 0; ++level)
      runs = frame.i_ci == wanted && loops_in(L, thread, frame, top + 1) >= depth;
    lua_settop(L, top);
    return !runs;
  }

  LuaRef streams_;
};

}  // namespace

template <>
const ClassDef& class_of<StreamBox>() {
  return kStreamClass;
}

void push_stream(lua_State* L, std::unique_ptr<RowBatches> stream, int owner) {
  owner = lua_absindex(L, owner);
  Context::of(L).area<LoopStreams>();
  RowBatches& made = *stream;
  push_box(L, StreamBox{std::move(stream)}, 2);
  lua_pushvalue(L, owner);
  lua_setiuservalue(L, -2, 1);
  push_row_metatable(L, made.names());
  lua_setiuservalue(L, -2, 2);
}

void push_batch(lua_State* L, int index) {
  index = lua_absindex(L, index);
  lua_getiuservalue(L, index, 2);
  check_box<StreamBox>(L, index).stream->push_batch(L, lua_gettop(L));
  lua_remove(L, -2);
}

LoopPlace loop_at(lua_State* L, int level, int query) {
  LoopPlace place{L, nullptr, 0};
  lua_Debug frame;
  if (lua_getstack(L, level, &frame) == 0) return place;
  place.frame = frame.i_ci;
  place.depth = loops_in(L, L, frame, lua_absindex(L, query));
  return place;
}

void end_with_loop(lua_State* L, int stream, int query, const LoopPlace& place) {
  Context& context = Context::of(L);
  context.area<LoopStreams>().add(L, stream, query, place);
  context.area<OpenLoops>().any = true;
}

void end_left_loops(lua_State* L) {
  Context& context = Context::of(L);
  bool& any = context.area<OpenLoops>().any;
  if (any) any = context.area<LoopStreams>().close_left(L);
}

}  // namespace moonbase::bindings
