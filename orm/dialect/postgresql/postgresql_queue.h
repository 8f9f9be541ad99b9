// Runs of a statement that wait to be sent together: copies of their values, as libpq wants them.
// Private to this folder; owned by a statement and used by its thread.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "orm/dialect/postgresql/postgresql_wire.h"

namespace moonbase::dialect::postgresql {

// The parameters of one run. Pointers are into `room`, or to where a blob is.
struct WireParameters {
  std::vector<TypeId> types;
  std::vector<const char*> values;
  std::vector<int> lengths, formats;
  std::vector<size_t> offsets;  // into `room`, until the room does not move any more
  std::string room;

  void resize(size_t count) {
    types.resize(count);
    values.resize(count);
    lengths.resize(count);
    formats.resize(count);
    offsets.resize(count);
  }
};

// No more runs than that wait, and no more bytes.
inline constexpr size_t kMaxQueued = 1000, kMaxQueuedBytes = size_t{1} << 20;

// Rows of one statement: the values of each column are an array.
class RowArrays {
 public:
  void resize(size_t columns) { columns_.resize(columns); }
  size_t size() const { return count_; }
  // False when it is full, or a value is of another type than those above it.
  bool add(std::span<const base::Value> row);
  // Makes the arrays parameters, whose types may change. False when one did.
  bool write(WireParameters& wire) const;
  void clear();

 private:
  struct Column {
    TypeId item = kInferred;  // nothing but NULL so far
    bool has_null = false;
    std::string bytes;  // each item with its length before it
  };
  std::vector<Column> columns_;
  size_t count_ = 0, bytes_ = 0;
};

// Runs of their own: each has its parameters in a row.
class QueuedRuns {
 public:
  size_t size() const { return count_; }
  // False when it is full. `wire` has the parameters of the run.
  bool add(const WireParameters& wire);
  // Points `wire` at the parameters of a run.
  void show(size_t run, WireParameters& wire) const;
  void clear();

 private:
  struct Field {
    size_t offset;
    int length, format;
    bool is_null;
  };
  std::string room_;
  std::vector<Field> fields_;
  size_t count_ = 0;
};

}  // namespace moonbase::dialect::postgresql
