#include "bindings/query_stream.h"

#include <algorithm>

#include "bindings/class_def.h"
#include "bindings/guard.h"
#include "bindings/hooks.h"
#include "bindings/rows.h"

namespace moonbase::bindings {

// However large a batch a program asks for, so many rows wait in memory at the most.
constexpr int64_t kMaxStreamRows = 100'000;

QueryStream::QueryStream(session::Session& session, const query::Query& query,
                         const query::RowStream::NamedValues& parameters, int64_t batch,
                         bool as_objects)
    : session_(session),
      rows_(std::make_unique<query::RowStream>(
          session, query, parameters, static_cast<int>(std::min<int64_t>(batch, kMaxStreamRows)))),
      names_(rows_->names()),
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
  for (lua_Integer n = 1; n <= batch_; ++n) {
    if (!rows->next()) return;
    if (as_objects_)
      push_cell(L, *rows, 0, true);
    else
      push_row(L, *rows, metatable);
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

// The streams of loops of the main thread, by weak references.
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
    hooks.insert(hooks.begin(), [this](lua_State* S) { close_all(S); });
  }
  void add(lua_State* L, int index) {
    index = lua_absindex(L, index);
    streams_.push(L);
    lua_pushvalue(L, index);
    lua_pushboolean(L, 1);
    lua_rawset(L, -3);
    lua_pop(L, 1);
  }

 private:
  void close_all(lua_State* L) {
    streams_.push(L);
    const int streams = lua_gettop(L);
    lua_pushnil(L);
    while (lua_next(L, streams) != 0) {
      lua_pop(L, 1);
      if (auto* box = test_box<StreamBox>(L, -1)) box->stream->close();
    }
    lua_pop(L, 1);
  }
  LuaRef streams_;
};

}  // namespace

template <>
const ClassDef& class_of<StreamBox>() {
  return kStreamClass;
}

void push_stream(lua_State* L, std::unique_ptr<QueryStream> stream, int session) {
  session = lua_absindex(L, session);
  Context::of(L).area<LoopStreams>();
  QueryStream& made = *stream;
  push_box(L, StreamBox{std::move(stream)}, 2);
  lua_pushvalue(L, session);
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

void end_with_input(lua_State* L, int index) {
  Context& context = Context::of(L);
  if (L == context.main()) context.area<LoopStreams>().add(L, index);
}

}  // namespace moonbase::bindings
