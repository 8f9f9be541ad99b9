#include "orm/schema/table.h"

#include <algorithm>
#include <atomic>
#include <initializer_list>
#include <set>

#include "orm/base/error.h"
#include "orm/base/text.h"

namespace moonbase::schema {

namespace {

using base::Error;
using base::ErrorKind;

std::atomic<uint64_t> last_uid{0};

std::string full_name_of(const TableDef& def) {
  return def.schema.empty() ? def.name : def.schema + "." + def.name;
}

std::vector<std::string> column_names(const std::vector<Column>& columns) {
  std::vector<std::string> names;
  for (const Column& c : columns) names.push_back(c.key);
  return names;
}

const Column* find_in(const std::vector<Column>& columns, std::string_view name) {
  for (const Column& c : columns) {
    if (c.key == name) return &c;
  }
  for (const Column& c : columns) {
    if (c.name == name) return &c;
  }
  return nullptr;
}

void check_columns(TableDef& def) {
  std::set<std::string> names, keys;
  for (Column& c : def.columns) {
    if (c.name.empty()) c.name = c.key;
    if (c.key.empty()) c.key = c.name;
    if (c.name.empty()) {
      throw Error(ErrorKind::kArgumentError, "A column of table '" + def.name + "' has no name");
    }
    if (!names.insert(c.name).second) {
      throw Error(ErrorKind::kArgumentError,
                  "Table '" + def.name + "' has two columns named '" + c.name + "'");
    }
    if (!keys.insert(c.key).second) {
      throw Error(ErrorKind::kArgumentError,
                  "Table '" + def.name + "' has two columns with the key '" + c.key + "'");
    }
    if (c.server_default.has_value() + c.identity.has_value() + c.computed.has_value() > 1) {
      throw Error(ErrorKind::kArgumentError,
                  "Column '" + def.name + "." + c.name +
                      "' has more than one of server_default, Identity and Computed");
    }
    if (c.identity && !c.nullable_given) c.nullable = false;
  }
}

// Turns keys into the names of the database. `what` is the constraint, for the message: "An index".
void resolve_names(const TableDef& def, const std::string& what,
                   std::vector<std::string>& columns) {
  for (std::string& name : columns) {
    const Column* c = find_in(def.columns, name);
    if (!c) {
      throw Error(ErrorKind::kArgumentError,
                  what + " of table '" + def.name + "' names column '" + name +
                      "', which is not there" +
                      base::did_you_mean(name, column_names(def.columns)));
    }
    name = c->name;
  }
  std::set<std::string_view> seen;
  for (const std::string& name : columns) {
    if (!seen.insert(name).second) {
      throw Error(ErrorKind::kArgumentError,
                  what + " of table '" + def.name + "' names column '" + name + "' twice");
    }
  }
}

std::string described(std::string what, const std::string& name) {
  return name.empty() ? what : what + " '" + name + "'";
}

// Upper-cases a phrase of a foreign key or unique constraint and checks that SQL has it.
void check_phrase(const TableDef& def, const char* option, std::string& phrase,
                  std::initializer_list<std::string_view> allowed) {
  phrase = base::upper(base::trim(phrase));
  if (phrase.empty() || std::find(allowed.begin(), allowed.end(), phrase) != allowed.end()) return;
  std::string list;
  for (std::string_view a : allowed) list.append(list.empty() ? "" : ", ").append(a);
  throw Error(ErrorKind::kArgumentError, "Table '" + def.name + "': " + option + " can't be '" +
                                             phrase + "'; it is one of " + list + "");
}

void check_deferral(const TableDef& def, std::string& deferrable, std::string& initially) {
  check_phrase(def, "deferrable", deferrable, {"DEFERRABLE", "NOT DEFERRABLE"});
  check_phrase(def, "initially", initially, {"DEFERRED", "IMMEDIATE"});
}

void check_foreign_key(const TableDef& def, ForeignKeyConstraint& fk) {
  std::string what = described("A foreign key", fk.name);
  resolve_names(def, what, fk.columns);
  if (fk.columns.empty() || fk.columns.size() != fk.targets.size()) {
    throw Error(ErrorKind::kArgumentError,
                what + " of table '" + def.name + "' has " + std::to_string(fk.columns.size()) +
                    " columns and refers to " + std::to_string(fk.targets.size()) +
                    "; it needs one target for each column");
  }
  std::string table = fk.target_table();
  for (const std::string& target : fk.targets) {
    std::string other = target.substr(0, target.rfind('.'));
    if (other != table) {
      throw Error(ErrorKind::kArgumentError, what + " of table '" + def.name +
                                                 "' refers to two tables, '" + table + "' and '" +
                                                 other + "'");
    }
  }
  for (auto [option, phrase] : {std::pair{"ondelete", &fk.ondelete}, {"onupdate", &fk.onupdate}}) {
    check_phrase(def, option, *phrase,
                 {"CASCADE", "SET NULL", "SET DEFAULT", "RESTRICT", "NO ACTION"});
  }
  check_phrase(def, "match", fk.match, {"FULL", "PARTIAL", "SIMPLE"});
  check_deferral(def, fk.deferrable, fk.initially);
}

void check_index(const TableDef& def, Index& index) {
  std::string what = described("An index", index.name);
  if (index.parts.empty()) {
    throw Error(ErrorKind::kArgumentError,
                what + " of table '" + def.name + "' has neither columns nor expressions");
  }
  for (IndexPart& part : index.parts) {
    if (part.column.empty()) continue;
    std::vector<std::string> name{part.column};
    resolve_names(def, what, name);
    part.column = name.front();
  }
  resolve_names(def, what, index.include);
}

void check_constraints(TableDef& def) {
  if (def.primary_key) resolve_names(def, "The primary key", def.primary_key->columns);
  for (UniqueConstraint& u : def.uniques) {
    std::string what = described("A unique constraint", u.name);
    resolve_names(def, what, u.columns);
    if (u.columns.empty()) {
      throw Error(ErrorKind::kArgumentError, what + " of table '" + def.name + "' has no columns");
    }
    check_deferral(def, u.deferrable, u.initially);
  }
  for (ForeignKeyConstraint& fk : def.foreign_keys) check_foreign_key(def, fk);
  for (Index& index : def.indexes) check_index(def, index);
}

// Brings the columns' primary_key flags and the constraint in line, and with them NOT NULL.
void settle_primary_key(TableDef& def) {
  if (def.primary_key && !def.primary_key->columns.empty()) {
    const std::vector<std::string>& names = def.primary_key->columns;
    auto listed = [&](const Column& c) {
      return std::find(names.begin(), names.end(), c.name) != names.end();
    };
    for (const Column& c : def.columns) {
      if (c.primary_key && !listed(c)) {
        throw Error(ErrorKind::kArgumentError,
                    "Column '" + def.name + "." + c.name +
                        "' is a primary_key, but the table's PrimaryKeyConstraint leaves it out");
      }
    }
    for (Column& c : def.columns) c.primary_key = listed(c);
  }
  for (Column& c : def.columns) {
    if (c.primary_key && !c.nullable_given) c.nullable = false;
  }
}

// Makes the constraints and indexes that columns ask for by a flag, anew: a definition may come
// from a Table.
void apply_flags(TableDef& def) {
  std::erase_if(def.uniques, [](const UniqueConstraint& u) { return u.from_column_flag; });
  std::erase_if(def.indexes, [](const Index& i) { return i.from_column_flag; });
  for (const Column& c : def.columns) {
    if (c.index) {
      Index index;
      index.parts.push_back({.column = c.name, .expression = {}, .descending = false});
      index.unique = c.unique;
      index.from_column_flag = true;
      def.indexes.push_back(std::move(index));
    } else if (c.unique) {
      UniqueConstraint unique;
      unique.columns = {c.name};
      unique.from_column_flag = true;
      def.uniques.push_back(std::move(unique));
    }
  }
}

bool has_foreign_key(const TableDef& def, const Column& column) {
  return std::any_of(def.foreign_keys.begin(), def.foreign_keys.end(), [&](const auto& fk) {
    return std::find(fk.columns.begin(), fk.columns.end(), column.name) != fk.columns.end();
  });
}

TableDef complete(TableDef def) {
  if (def.name.empty()) throw Error(ErrorKind::kArgumentError, "A table needs a name");
  check_columns(def);
  check_constraints(def);
  settle_primary_key(def);
  apply_flags(def);
  for (Column& c : def.columns) {
    if (!c.type && !has_foreign_key(def, c)) c.type = types::null();
  }
  return def;
}

bool is_integer(const Column& c) {
  if (!c.type) return false;
  types::TypeKind kind = c.type->base_kind();
  return kind == types::TypeKind::kInteger || kind == types::TypeKind::kBigInteger ||
         kind == types::TypeKind::kSmallInteger;
}

}  // namespace

Table::Table(TableDef def) : Table(std::move(def), ++last_uid) {}

Table::Table(TableDef def, uint64_t uid)
    : uid_(uid), def_(complete(std::move(def))), full_name_(full_name_of(def_)) {
  int position = 0;
  for (Column& c : def_.columns) {
    c.table = this;
    c.position = position++;
  }
  if (def_.primary_key) pk_name_ = def_.primary_key->name;
  if (def_.primary_key && !def_.primary_key->columns.empty()) {
    for (const std::string& name : def_.primary_key->columns) {
      auto same = [&](const Column& c) { return c.name == name; };
      primary_key_.push_back(&*std::find_if(def_.columns.begin(), def_.columns.end(), same));
    }
  } else {
    for (const Column& c : def_.columns) {
      if (c.primary_key) primary_key_.push_back(&c);
    }
  }
  find_autoincrement();
}

void Table::find_autoincrement() {
  for (const Column* c : primary_key_) {
    if (c->autoincrement != Autoincrement::kYes) continue;
    // A type that is still to come from a foreign key is taken on trust.
    if (c->type && !is_integer(*c)) {
      throw Error(ErrorKind::kArgumentError, "Column '" + c->full_name() + "' of type " +
                                                 c->type->repr() +
                                                 " can't have autoincrement = true")
          .with_hint("Only Integer, SmallInteger and BigInteger columns are numbered.");
    }
    if (autoincrement_) {
      throw Error(ErrorKind::kArgumentError, "Only one column may have autoincrement = true; '" +
                                                 autoincrement_->full_name() + "' and '" +
                                                 c->full_name() + "' do");
    }
    autoincrement_ = c;
  }
  if (autoincrement_ || primary_key_.size() != 1) return;
  const Column& key = *primary_key_.front();
  // A sequence numbers the rows, too; where there is none, the database does.
  bool has_own_value =
      (key.default_value && !key.default_value->sequence) || key.server_default || key.computed;
  if (key.autoincrement == Autoincrement::kAuto && is_integer(key) && !has_own_value &&
      !has_foreign_key(def_, key)) {
    autoincrement_ = &key;
  }
}

const Column* Table::find_column(std::string_view name) const {
  return find_in(def_.columns, name);
}

const Column& Table::column(std::string_view name) const {
  if (const Column* c = find_column(name)) return *c;
  throw Error(ErrorKind::kArgumentError, "Table '" + full_name_ + "' has no column '" +
                                             std::string(name) + "'" +
                                             base::did_you_mean(name, column_names(def_.columns)));
}

PrimaryKeyConstraint Table::primary_key_constraint() const {
  PrimaryKeyConstraint key = def_.primary_key.value_or(PrimaryKeyConstraint{});
  key.columns.clear();
  for (const Column* c : primary_key_) key.columns.push_back(c->name);
  return key;
}

}  // namespace moonbase::schema
