#include "orm/query/row_loader.h"

#include <cstring>

#include <boost/unordered/unordered_flat_set.hpp>

#include "orm/base/error.h"
#include "orm/query/entity_reader.h"
#include "orm/query/from_statement.h"

namespace moonbase::query {

using base::Error;
using base::ErrorKind;
using base::Tag;
using base::Value;
using state::Instance;
using state::Lifecycle;

EntityLoader::EntityLoader(Executor& executor, const mapper::Mapper& mapper,
                           mapper::LoadListPtr list, int first_column, bool populate_existing,
                           OptionListPtr options, std::vector<int> columns)
    : executor_(executor),
      mapper_(mapper),
      identity_(executor.identity().of(mapper)),
      list_(std::move(list)),
      first_column_(first_column),
      populate_existing_(populate_existing),
      options_(std::move(options)),
      columns_(std::move(columns)) {
  types_.reserve(list_->slots.size());
  for (int slot : list_->slots) types_.push_back(mapper.type(slot).get());
  scratch_.resize(list_->slots.size());
  if (identity_.size() == 0) identity_.set_current(executor.host().epoch);
}

// Of the class, or of one below it.
static const std::string& attribute_name(const mapper::Mapper& mapper, int slot) {
  for (const mapper::Mapper* m : mapper.self_and_descendants())
    if (m->has_slot(slot)) return m->attribute_at(slot).name;
  return mapper.name();
}

// A value that a column's type cannot read names the column.
Value EntityLoader::load_value(const driver::DriverStatement& row, size_t i) const {
  try {
    return types_[i]->load(
        row.column(columns_.empty() ? first_column_ + static_cast<int>(i) : columns_[i]));
  } catch (Error& e) {
    e.add_context("reading " + mapper_.name() + "." + attribute_name(mapper_, list_->slots[i]));
    throw;
  }
}

Instance* EntityLoader::load(const engine::Cursor& cursor) {
  const driver::DriverStatement& row = cursor.statement();
  Instance* there = nullptr;
  if (mapper_.has_integer_key()) {
    const size_t key = list_->key_positions[0];
    const Value v = load_value(row, key);
    if (v.is_null()) return nullptr;
    there = identity_.find(v.as_int());
  } else {
    std::vector<Value> key;
    for (size_t position : list_->key_positions) {
      key.push_back(load_value(row, position));
      if (key.back().is_null()) return nullptr;
    }
    there = identity_.find(key);
  }
  if (there == nullptr) return &make(row);
  if (there->is_expired()) there->apply_expiry();
  if (populate_existing_ || there->refresh_pending)
    fill(*there, cursor, true);
  else
    fill(*there, cursor, false);
  return there;
}

// The class that the discriminator says. scratch_ has the row's values.
const mapper::Mapper& EntityLoader::class_of(const driver::DriverStatement& row) {
  const auto at = static_cast<size_t>(list_->discriminator);
  const Value& identity = scratch_[at];
  if (row_class_ != nullptr && row_identity_ == identity) return *row_class_;
  const mapper::Mapper* found = identity.is_null() ? nullptr : mapper_.find_identity(identity);
  if (found == nullptr || !found->is_a(mapper_)) {
    std::string key;
    for (size_t position : list_->key_positions)
      key += (key.empty() ? "" : ", ") + load_value(row, position).repr(40);
    const std::string column = mapper_.column(list_->slots[at])->full_name();
    const std::string what =
        "the row of " + mapper_.name() + " " + key + " cannot become an object: ";
    if (identity.is_null())
      throw Error(ErrorKind::kInvalidRequestError, what + column + " says its class, and is NULL")
          .with_hint("it must be one of " + mapper_.known_identities());
    if (found != nullptr)
      throw Error(ErrorKind::kInvalidRequestError, what + column + " is " + identity.repr(40) +
                                                       ", which is " + found->name() +
                                                       ", and that is no " + mapper_.name());
    throw Error(ErrorKind::kInvalidRequestError, what + column + " is " + identity.repr(40) +
                                                     ", and no class has that as its "
                                                     "polymorphic_identity")
        .with_hint("there are " + mapper_.known_identities());
  }
  row_class_ = found;
  row_identity_ = identity;
  row_identity_.own();
  return *found;
}

Instance& EntityLoader::make(const driver::DriverStatement& row) {
  const std::vector<int>& slots = list_->slots;
  size_t bytes = 0;
  for (size_t i = 0; i < slots.size(); ++i) {
    scratch_[i] = load_value(row, i);
    if (scratch_[i].is_bytes()) bytes += scratch_[i].as_bytes().size();
  }
  const mapper::Mapper& m = list_->discriminator < 0 ? mapper_ : class_of(row);
  Instance& made = executor_.heap().create(m, bytes, Tag::kNotLoaded);
  char* tail = state::InstanceHeap::tail(made);
  const bool is_mixed = list_->is_polymorphic;
  for (size_t i = 0; i < slots.size(); ++i) {
    if (is_mixed && !m.has_slot(slots[i])) continue;
    Value& v = scratch_[i];
    if (v.is_bytes()) {
      const std::string_view text = v.as_bytes();
      if (!text.empty()) std::memcpy(tail, text.data(), text.size());
      made.slots[slots[i]] = Value::borrowed(v.tag(), {tail, text.size()});
      tail += text.size();
    } else {
      made.slots[slots[i]] = std::move(v);
    }
  }
  for (int slot : list_->left_out) made.slots[slot] = state::unloaded(state::Unloaded::kLeftOut);
  for (int slot : list_->raising) made.slots[slot] = state::unloaded(state::Unloaded::kRaises);
  made.has_identity = true;
  made.lifecycle = Lifecycle::kPersistent;
  made.host = &executor_.host();
  executor_.heap().handle(made);  // before the identity map takes a copy of it
  made.epoch = made.host->epoch;
  if (m.has_integer_key())
    identity_.insert_integer(made.slots[mapper_.primary_key()[0]].as_int(), made);
  else
    identity_.insert(made);
  executor_.on_loaded(made);
  if (options_) executor_.remember_options(made, options_);
  return made;
}

void EntityLoader::fill(Instance& instance, const engine::Cursor& cursor, bool overwrite) {
  const driver::DriverStatement& row = cursor.statement();
  const std::vector<int>& slots = list_->slots;
  bool is_refreshed = overwrite;
  for (size_t i = 0; i < slots.size(); ++i) {
    const int slot = slots[i];
    if (list_->is_polymorphic && !instance.mapper->has_slot(slot)) continue;
    if (!overwrite && instance.slots[slot].tag() != Tag::kNotLoaded) continue;
    // A changed attribute that was never loaded keeps its change.
    if (!overwrite && instance.history != nullptr && instance.history->find(slot) != nullptr)
      continue;
    instance.load(slot, load_value(row, i));
    is_refreshed = true;
  }
  if (overwrite) {
    for (const auto& r : instance.mapper->relationships())
      if (r->slot < instance.slot_count) instance.drop_relationship(r->slot);
    instance.clear_history();
    instance.refresh_pending = false;
  }
  if (is_refreshed) executor_.on_refreshed(instance);
}

namespace {

// Tables are looked for in the first part of a compound, and in subqueries.
const schema::Table* table_of(const expr::Select& select) {
  const expr::Select* first = &select;
  while (!first->parts.empty()) first = first->parts.front().get();
  for (const expr::FromPtr& f : expr::effective_froms(*first)) {
    if (f->table) return f->table.get();
    if (!f->select) continue;
    if (const schema::Table* inside = table_of(*f->select)) return inside;
  }
  return nullptr;
}

// The table that decides which database the query goes to.
const schema::Table* table_of(const QueryPlan& plan) {
  for (const EntityPlan& e : plan.entities)
    if (e.mapper != nullptr) return e.mapper->table().get();
  return plan.select ? table_of(*plan.select) : nullptr;
}

}  // namespace

// An object must be in one batch with all it brings along.
static void refuse_streaming(const QueryPlan& plan) {
  if (!plan.joins_collection && plan.origin == nullptr) return;
  throw Error(ErrorKind::kInvalidRequestError,
              "Can't use yield_per with eager loaders that require uniquing or row buffering, e.g. "
              "joinedload() against collections or subqueryload()")
      .with_hint("selectinload() loads the collections of each batch");
}

static QueryPlan streamed(QueryPlan plan, int rows) {
  plan.stream_rows = rows;
  return plan;
}

RowStream::RowStream(Executor& executor, const Query& query, const NamedValues& parameters,
                     int stream_rows) {
  BindList binds;
  PlanCache* cache = stream_rows == 0 ? executor.plans() : nullptr;
  if (cache != nullptr) kept_ = cache->plan(query, binds);
  if (!kept_) own_ = streamed(query::plan(query), stream_rows);
  if (own_.stream_rows > 0) refuse_streaming(own_);
  executor.before_execute(query.autoflush);
  run(executor, query.populate_existing, parameters, nullptr, kept_ ? &binds : nullptr);
}

// What is read before a row is handed out.
struct RowStream::ReadAhead {
  std::vector<EntityReader> readers;  // one per entity of a class, in order
  std::unique_ptr<PostLoads> own;
  PostLoads* post;
  std::vector<Value> cells;  // of the rows, one after the other
  size_t row = 0, rows = 0;  // of `cells`
  bool ended = false;
};

RowStream::~RowStream() = default;

RowStream::RowStream(Executor& executor, QueryPlan plan, bool autoflush, bool populate_existing,
                     const NamedValues& parameters)
    : own_(std::move(plan)) {
  if (own_.stream_rows > 0) refuse_streaming(own_);
  executor.before_execute(autoflush);
  run(executor, populate_existing, parameters, nullptr, nullptr);
}

RowStream::RowStream(Executor& executor, QueryPlan plan, bool populate_existing,
                     const NamedValues& parameters, PostLoads& post)
    : own_(std::move(plan)) {
  executor.before_execute(false);
  run(executor, populate_existing, parameters, &post, nullptr);
}

void RowStream::run(Executor& executor, bool populate_existing, const NamedValues& parameters,
                    PostLoads* post, const BindList* binds) {
  const QueryPlan& plan = this->plan();
  const expr::Statement& statement =
      plan.statement ? *plan.statement : static_cast<const expr::Statement&>(*plan.select);
  // FOR UPDATE locks, and text may do anything.
  const bool only_reads = !plan.statement && !plan.select->for_update && !plan.select->text;
  engine::Connection& connection =
      executor.connection(table_of(plan), only_reads ? Access::kRead : Access::kWrite);
  cursor_ = binds != nullptr ? connection.execute_with_binds(statement, *binds, parameters)
                             : connection.execute(statement, parameters, plan.stream_rows);
  if (plan.statement) {
    std::vector<std::string> names;
    for (const compile::ResultColumn& c : cursor_.columns()) names.push_back(c.name);
    match_columns(own_, names);
  }
  if (plan.has_loads) {
    ahead_ = std::make_unique<ReadAhead>();
    if (post == nullptr)
      ahead_->own = std::make_unique<PostLoads>(executor, populate_existing, parameters);
    ahead_->post = post != nullptr ? post : ahead_->own.get();
  }
  start(executor, populate_existing);
}

RowStream::RowStream(Executor& executor, engine::Cursor cursor) : cursor_(std::move(cursor)) {
  for (size_t i = 0; i < cursor_.columns().size(); ++i) {
    EntityPlan p;
    p.first_column = static_cast<int>(i);
    own_.entities.push_back(std::move(p));
    own_.names.push_back(cursor_.columns()[i].name);
  }
  start(executor, false);
}

RowStream::RowStream(Executor& executor, engine::Cursor cursor, QueryPlan plan,
                     bool populate_existing)
    : own_(std::move(plan)), cursor_(std::move(cursor)) {
  start(executor, populate_existing);
}

void RowStream::start(Executor& executor, bool populate_existing) {
  const std::vector<EntityPlan>& entities = plan().entities;
  cells_.resize(entities.size());
  types_.assign(entities.size(), nullptr);
  for (size_t i = 0; i < entities.size(); ++i) {
    const EntityPlan& e = entities[i];
    if (e.mapper != nullptr) {
      if (ahead_)
        ahead_->readers.emplace_back(executor, e, populate_existing);
      else
        loaders_.emplace_back(executor, *e.mapper, e.list, e.first_column, populate_existing,
                              e.remembered, e.columns);
      continue;
    }
    const std::vector<compile::ResultColumn>& columns = cursor_.columns();
    if (columns.size() <= static_cast<size_t>(e.first_column))
      throw base::Error(
          base::ErrorKind::kInvalidRequestError,
          "the rows have " + std::to_string(columns.size()) + " columns, and more were selected")
          .with_hint("SQL text that stands for a column must be the text of one");
    const compile::ResultColumn& column = columns[static_cast<size_t>(e.first_column)];
    types_[i] = column.type.get();
    if (own_.names[i].empty()) own_.names[i] = column.name;
  }
}

bool RowStream::may_repeat() const {
  if (plan().statement) return true;
  const std::vector<expr::FromPtr>& froms = expr::effective_froms(*plan().select);
  return froms.size() != 1 || froms[0]->table == nullptr;
}

void RowStream::read_row(std::vector<Value>& cells) {
  size_t reader = 0;
  const std::vector<EntityPlan>& entities = plan().entities;
  for (size_t i = 0; i < entities.size(); ++i) {
    const EntityPlan& e = entities[i];
    if (e.mapper == nullptr) {
      cells[i] = cursor_.value(e.first_column);
      continue;
    }
    Instance* object =
        ahead_ ? ahead_->readers[reader].read(cursor_) : loaders_[reader].load(cursor_);
    ++reader;
    cells[i] = object == nullptr ? Value() : Value::pointer(Tag::kObject, object);
  }
}

void RowStream::read_ahead() {
  ReadAhead& ahead = *ahead_;
  ahead.cells.clear();
  ahead.row = ahead.rows = 0;
  const auto batch = static_cast<size_t>(plan().stream_rows);
  while ((batch == 0 || ahead.rows < batch) && !ahead.ended) {
    if (!cursor_.next()) {
      ahead.ended = true;
      break;
    }
    read_row(cells_);
    ++ahead.rows;
    for (Value& cell : cells_) {
      cell.own();
      ahead.cells.push_back(std::move(cell));
    }
  }
  for (EntityReader& reader : ahead.readers) reader.finish(*ahead.post, plan().origin);
  if (ahead.own) ahead.own->run();
}

bool RowStream::next() {
  if (!ahead_) {
    if (!cursor_.next()) return false;
    read_row(cells_);
    return true;
  }
  if (ahead_->row == ahead_->rows) {
    if (ahead_->ended) return false;
    read_ahead();
    if (ahead_->rows == 0) return false;
  }
  const size_t width = cells_.size();
  for (size_t i = 0; i < width; ++i) cells_[i] = std::move(ahead_->cells[ahead_->row * width + i]);
  ++ahead_->row;
  return true;
}

std::vector<Instance*> load_all(Executor& executor, const Query& query, const Trail& trail) {
  RowStream rows(executor, plan(query, trail), query.autoflush, query.populate_existing);
  std::vector<Instance*> result;
  const bool may_repeat = rows.may_repeat();
  boost::unordered_flat_set<Instance*> seen;
  while (rows.next()) {
    Instance* i = rows.object(0);
    if (i == nullptr || (may_repeat && !seen.insert(i).second)) continue;
    result.push_back(i);
  }
  return result;
}

}  // namespace moonbase::query
