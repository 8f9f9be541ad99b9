// Rows that wait to be written together, where a round trip costs more than a row: new rows of one
// shape as one INSERT, changes and deletes as runs of one statement that are sent at once. Whatever
// needs to see a row in the database lets them be written first (settle).
#include <algorithm>

#include "orm/base/error.h"
#include "orm/base/text.h"
#include "orm/session/persistence_writer.h"
#include "orm/session/refusal.h"
#include "orm/session/session.h"

namespace moonbase::session {

using base::Error;
using base::ErrorKind;
using base::Tag;
using base::Value;
using engine::Connection;
using mapper::Mapper;
using mapper::TablePart;
using state::Instance;

namespace {

const Value kNullValue;

// The column that the database numbers, when the row leaves that to it.
const schema::Column* key_to_come(const TablePart& part, const Mapper& m,
                                  const std::vector<int>& slots) {
  const schema::Column* numbered = part.table->autoincrement_column();
  if (numbered == nullptr ||
      std::find(slots.begin(), slots.end(), m.slot_of(*numbered)) != slots.end())
    return nullptr;
  return numbered;
}

// The text that a database would quote; nothing where it may be written in several ways.
std::optional<std::string> plain_text(const Value& v) {
  if (v.tag() == Tag::kInt) return std::to_string(v.as_int());
  if (v.tag() == Tag::kText || v.tag() == Tag::kUuid) return std::string(v.as_bytes());
  return {};
}

bool may_be(const Value& v, const std::optional<std::string>& said) {
  const bool is_null = v.is_null() || v.is_absent();
  if (is_null || !said) return is_null == !said;
  const std::optional<std::string> text = plain_text(v);
  return !text || *text == *said;
}

// Whether the row can be the one that the database has refused.
bool may_be_refused(const Instance& i, const TablePart& part, const std::vector<int>& slots,
                    const dialect::RefusedRow& row) {
  const Mapper& m = *i.mapper;
  for (const auto& [name, said] : row.values) {
    const schema::Column* c = part.table->find_column(name);
    if (c == nullptr || m.slot_of(*c) < 0 || !may_be(i.slot(m.slot_of(*c)), said)) return false;
  }
  // Long values are cut there.
  constexpr size_t kShown = 40;
  size_t at = 0;
  for (int slot : row.all.empty() ? std::vector<int>() : slots) {
    const std::optional<std::string> text = plain_text(i.slot(slot));
    if (!text) continue;
    at = row.all.find(text->substr(0, kShown), at);
    if (at == std::string::npos) return false;
  }
  return true;
}

// Whether the values that the database names tell rows apart: those of dates and the like may be
// written in several ways.
bool is_certain(const Instance& i, const TablePart& part, const dialect::RefusedRow& row) {
  return row.all.empty() && !row.values.empty() &&
         std::ranges::all_of(row.values, [&](const auto& named) {
           const schema::Column* c = part.table->find_column(named.first);
           return plain_text(i.slot(i.mapper->slot_of(*c))).has_value();
         });
}

bool is_too_long(const Instance& i, const std::vector<int>& slots) {
  return std::any_of(slots.begin(), slots.end(), [&i](int slot) {
    const Value& v = i.slot(slot);
    const int length = i.mapper->type(slot)->length();
    return v.tag() == Tag::kText && length >= 0 &&
           base::utf8_length(v.as_bytes()) > static_cast<size_t>(length);
  });
}

}  // namespace

void Persistence::bind_new_values(Connection::Batch& batch, const Instance& i,
                                  const std::vector<int>& slots) {
  int position = 0;
  for (int slot : slots) {
    const Value& v = i.slot(slot);
    batch.bind(position++, v.is_absent() ? kNullValue : v, *i.mapper->type(slot));
  }
}

compile::CompiledPtr Persistence::rows_statement(engine::Engine& engine, const Mapper& m,
                                                 const TablePart& part,
                                                 const std::vector<int>& returned) {
  std::string key = engine.traits().name + "R" + std::to_string(m.uid()) + "." +
                    std::to_string(m.slot_count()) + "." + std::to_string(&part - m.parts().data());
  for (int s : slots_) key += ',' + std::to_string(s);
  for (int s : returned) key += '>' + std::to_string(s);
  const auto [there, is_new] = statements_.try_emplace(key);
  if (!is_new) return there->second;
  std::vector<std::pair<const schema::Column*, types::TypePtr>> columns;
  for (int s : slots_) columns.emplace_back(part.column(s), m.type(s));
  std::vector<const schema::Column*> back;
  if (const schema::Column* numbered = key_to_come(part, m, slots_)) back.push_back(numbered);
  for (int s : returned)
    if (std::find(back.begin(), back.end(), part.column(s)) == back.end())
      back.push_back(part.column(s));
  there->second = compile::compile_insert_of_rows(*part.table, columns, back, engine.traits());
  return there->second;
}

bool Persistence::queue_insert(Instance& i, const TablePart& part,
                               const std::vector<int>& returned) {
  const Mapper& m = *i.mapper;
  if (!traits(part).rows_query || m.has_server_version()) return false;
  const size_t page = connection(part).engine().options().insertmanyvalues_page_size;
  if (page <= 1) return false;
  if (queued_.size() >= page) settle();
  // Without a number nothing tells which of the rows that come back is whose.
  if (!returned.empty() && key_to_come(part, m, slots_) == nullptr) return false;
  if (!writer_ || !writer_->serves_rows(&part, slots_, returned)) {
    const compile::CompiledPtr statement =
        rows_statement(connection(part).engine(), m, part, returned);
    if (!statement) return false;
    end_writer();
    writer_ = std::make_unique<Writer>(connection(part), &part, Action::kInsert, slots_, statement,
                                       returned);
    queued_part_ = &part;
  }
  bind_new_values(writer_->batch(), i, slots_);
  if (!writer_->batch().queue()) {
    settle();
    return queue_insert(i, part, returned);
  }
  queued_.push_back({&i, node_});
  return true;
}

bool Persistence::queue_insert_alone(Instance& i, const TablePart& part,
                                     const std::vector<int>& returned) {
  const Mapper& m = *i.mapper;
  if (!returned.empty() || m.has_server_version()) return false;
  Connection::Batch& batch = batch_for(m, part, Action::kInsert);
  if (!batch.can_queue()) return false;
  bind_new_values(batch, i, slots_);
  queued_part_ = &part;
  return queue_run(batch, i);
}

bool Persistence::queue_run(Connection::Batch& batch, Instance& i) {
  if (!batch.can_queue()) {
    settle();
    return false;
  }
  if (!batch.queue()) {
    settle();
    batch.queue();
  }
  queued_.push_back({&i, node_});
  return true;
}

void Persistence::settle() {
  if (queued_.empty()) return;
  // This may come in the middle of another row, whose hook may live on after an error.
  struct Back {
    Persistence& self;
    std::vector<int> slots = std::move(self.slots_);
    int node = self.node_;
    ~Back() {
      self.slots_ = std::move(slots);
      self.node_ = node;
    }
  } back{*this};
  const std::vector<Queued> rows = std::exchange(queued_, {});
  writer_->takes_rows() ? settle_insert(rows) : settle_runs(rows);
}

void Persistence::settle_insert(const std::vector<Queued>& rows) {
  const TablePart& part = *queued_part_;
  slots_ = writer_->slots();
  try {
    if (rows.size() == 1) {
      // By itself it is the plain statement.
      writer_.reset();
      insert_now(*rows[0].instance, part);
      return;
    }
    Connection::Batch& batch = writer_->batch();
    batch.collect([&](size_t k) { take_inserted(batch, *rows[k].instance); });
    // Each sending is a statement: the writer may end unheard with a row that waits alone.
    batch.finish();
  } catch (Error& e) {
    explain_refused(rows, e);
    is_explained_ = true;
    throw;
  }
}

void Persistence::take_inserted(Connection::Batch& batch, Instance& i) {
  const Mapper& m = *i.mapper;
  const TablePart& part = *queued_part_;
  int column = 0;
  const schema::Column* numbered = key_to_come(part, m, slots_);
  if (numbered != nullptr) {
    const Value key = batch.column(column++);
    if (key.is_null()) refuse_kept_out(i);
    i.slot(m.slot_of(*numbered)) = Value::integer(key.as_int());
  }
  for (int slot : writer_->returned()) {
    if (part.column(slot) == numbered) continue;
    Value& v = i.slot(slot);
    v = m.type(slot)->load(batch.column(column++));
    v.own();
  }
  note_database_values(i, part, writer_->returned());
}

void Persistence::settle_runs(const std::vector<Queued>& rows) {
  Connection::Batch& batch = writer_->batch();
  std::vector<int64_t> matched;
  const Action action = writer_->action();
  slots_ = writer_->slots();
  size_t row = 0;
  const auto check_all = [&] {
    for (; row < matched.size(); ++row) check_matched(rows[row], action, matched[row]);
  };
  try {
    try {
      batch.collect([&](size_t k) {
        if (action == Action::kInsert) take_inserted(batch, *rows[k].instance);
        matched.push_back(batch.changes());
      });
    } catch (const Error&) {
      check_all();  // what was wrong before comes first
      throw;
    }
    check_all();
  } catch (Error& e) {
    is_explained_ = false;
    const size_t failed = std::min(row, rows.size() - 1);
    // The values at hand are those of the first run.
    if (failed > 0 && !e.statement().empty()) e.set_statement(e.statement(), {});
    explain(rows[failed].node, action, e);
    is_explained_ = true;
    throw;
  }
}

void Persistence::check_matched(const Queued& row, Action action, int64_t matched) {
  if (action == Action::kInsert) return;
  if (action == Action::kUpdate)
    check_updated(*row.instance, matched);
  else
    check_deleted(*row.instance, *queued_part_, matched);
}

// The database refuses a statement of many rows as a whole; often it says for the sake of which.
void Persistence::explain_refused(const std::vector<Queued>& rows, Error& e) {
  is_explained_ = false;
  const Queued* found = rows.size() == 1 ? rows.data() : nullptr;
  const dialect::Dialect& dialect =
      session_.connection(queued_part_->table.get()).engine().dialect();
  const std::optional<dialect::Refusal> refusal = dialect.refusal(e);
  const std::optional<dialect::RefusedRow> refused = refusal ? refusal->row : std::nullopt;
  int count = found != nullptr ? 1 : 0;
  for (const Queued& row : rows) {
    if (rows.size() == 1) break;
    const bool may_be_it =
        refused ? may_be_refused(*row.instance, *queued_part_, slots_, *refused)
                : e.kind() == ErrorKind::kDataError && is_too_long(*row.instance, slots_);
    if (!may_be_it) continue;
    // Of rows with the same values any may be named.
    const bool is_same = count > 0 && refused && is_certain(*row.instance, *queued_part_, *refused);
    if (is_same) continue;
    found = &row;
    ++count;
  }
  if (count == 1) {
    explain(found->node, Action::kInsert, e);
    if (rows.size() == 1 || e.params().empty()) return;
    std::vector<Value> values;
    for (int slot : slots_) {
      const Value& v = found->instance->slot(slot);
      values.push_back(v.is_absent() ? Value() : v);
    }
    e.set_statement(e.statement(), std::move(values));
    return;
  }
  e.add_context("INSERT of " + std::to_string(rows.size()) + " rows, " +
                state::describe(*rows.front().instance) + " the first and " +
                state::describe(*rows.back().instance) + " the last");
}

}  // namespace moonbase::session
