// The rows of a query, or of a statement on a connection, read in batches from an open cursor:
// memory for one batch, however many rows there are. An object in Lua (a loop, an iterator or a
// Result holds it) that keeps its session or connection; collecting or closing it ends the run. A
// COMMIT leaves the run open where the database can do that; a ROLLBACK ends it, and the next batch
// is a kResourceClosedError. Between batches, objects that nobody holds are freed. The state's
// thread.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bindings/box.h"
#include "bindings/context.h"
#include "bindings/lua_api.h"
#include "bindings/row_shape.h"
#include "orm/query/row_loader.h"
#include "orm/session/session.h"

namespace moonbase::bindings {

// Rows that are read in batches.
class RowBatches {
 public:
  virtual ~RowBatches() = default;
  // Pushes the list of the next rows; an empty one at the end. `metatable` is the index of the
  // rows' metatable.
  virtual void push_batch(lua_State* L, int metatable) = 0;
  virtual void close() noexcept = 0;
  virtual const std::vector<std::string>& names() const = 0;
  virtual int64_t batch() const = 0;
};

class QueryStream final : public RowBatches {
 public:
  // `batch` rows at a time; as objects (a query of one class) or as rows.
  QueryStream(session::Session& session, const query::Query& query,
              const query::RowStream::NamedValues& parameters, int64_t batch, bool as_objects,
              RowShapePtr shape);

  void push_batch(lua_State* L, int metatable) override;
  void close() noexcept override { rows_.reset(); }
  const std::vector<std::string>& names() const override { return names_; }
  int64_t batch() const override { return batch_; }

 private:
  session::Session& session_;
  engine::EnginePtr bound_to_;              // as the session was when the query began
  std::unique_ptr<query::RowStream> rows_;  // null at the end
  RowShapePtr shape_;
  std::vector<std::string> names_;
  int64_t batch_;
  bool as_objects_;
};

// User values: the session or connection, the rows' metatable.
struct StreamBox {
  std::unique_ptr<RowBatches> stream;
};
template <>
const ClassDef& class_of<StreamBox>();

// What rows are read at a time where a program asks for streaming and does not say.
inline constexpr int64_t kDefaultBatch = 1000;
// However large a batch a program asks for, so many rows wait in memory at the most.
inline constexpr int64_t kMaxStreamRows = 100'000;

// Pushes a stream as an object; `owner` is the index of what must live as long: the session or
// connection that it reads from.
void push_stream(lua_State* L, std::unique_ptr<RowBatches> stream, int owner);
// Pushes the next batch of the stream at `index`.
void push_batch(lua_State* L, int index);
// Which `for … in query` loop: its function's frame, and how many loops over this query, it
// included, run in that.
struct LoopPlace {
  lua_State* thread;
  const void* frame;
  int depth;
};
// The stream at `stream` belongs to such a loop over the query at `query`. Nothing tells it when
// the loop is left by `break`, so it ends at the next end_left_loops, and before the prompt waits.
void end_with_loop(lua_State* L, int stream, int query, const LoopPlace& place);
// Ends the streams of loops that were left: what is asked of a session or an engine now must not
// meet their open runs. Costs next to nothing while there is none.
void end_left_loops(lua_State* L);
// The loop over the query at `query` that the function at `level` is about to make a step of; depth
// 0 for none.
LoopPlace loop_at(lua_State* L, int level, int query);

}  // namespace moonbase::bindings
