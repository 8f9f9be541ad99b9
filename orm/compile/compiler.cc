#include "orm/compile/compiler.h"

#include <atomic>
#include <charconv>

#include "orm/base/error.h"
#include "orm/compile/compiler_impl.h"

namespace moonbase::compile {

namespace {

using base::Error;
using base::ErrorKind;
using expr::StatementKind;

// A marker is kMarker, the slot's number, kMarkerEnd. kMarker alone before kMarkerEnd is that
// character itself.
constexpr char kMarker = '\x01';
constexpr char kMarkerEnd = '\x02';

const std::vector<expr::ElementPtr>* returned_columns(const expr::Statement& s) {
  switch (s.kind) {
    case StatementKind::kSelect: {
      const auto* select = static_cast<const expr::Select*>(&s);
      while (!select->parts.empty()) select = select->parts.front().get();
      return &select->columns;
    }
    case StatementKind::kInsert:
      return &static_cast<const expr::Insert&>(s).returning;
    case StatementKind::kUpdate:
      return &static_cast<const expr::Update&>(s).returning;
    case StatementKind::kDelete:
      return &static_cast<const expr::Delete&>(s).returning;
    case StatementKind::kText:
      return &static_cast<const expr::TextStatement&>(s).columns;
  }
  return nullptr;
}

}  // namespace

std::string Writer::user_text(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (char c : text) {
    out += c;
    if (c == kMarker) out += kMarkerEnd;
  }
  return out;
}

void Writer::unsupported(std::string_view what) const {
  throw Error(ErrorKind::kCompileError, traits_.name + " has no " + std::string(what));
}

std::string Writer::write_bind(const expr::Element& e, uint32_t at) {
  if (options_.literal_binds && e.name.empty()) return write_literal(e.value, *e.type);
  BindSlot slot;
  slot.index = static_cast<int>(at);
  slot.name = e.name;
  slot.type = e.type;
  slots_.push_back(std::move(slot));
  std::string marker = kMarker + std::to_string(slots_.size() - 1) + kMarkerEnd;
  std::string type = traits_.bind_cast ? traits_.bind_cast(*e.type) : std::string();
  return type.empty() ? marker : "CAST(" + marker + " AS " + user_text(type) + ")";
}

std::string Writer::resolve_markers(std::string_view text, std::vector<BindSlot>& binds) const {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != kMarker) {
      out += text[i];
      continue;
    }
    const size_t end = text.find(kMarkerEnd, i);
    if (end == i + 1) {
      out += kMarker;
    } else {
      size_t slot = 0;
      std::from_chars(text.data() + i + 1, text.data() + end, slot);
      binds.push_back(slots_[slot]);
      out +=
          traits_.param_style == ParamStyle::kQuestion ? "?" : "$" + std::to_string(binds.size());
    }
    i = end;
  }
  return out;
}

std::string Writer::with_clause(const std::vector<PlacedCte>& ctes) {
  if (ctes.empty()) return "";
  std::set<std::string> names;
  std::string text;
  bool recursive = false;
  for (const PlacedCte& placed : ctes) {
    const expr::From& cte = *placed.cte;
    if (!names.insert(from_name(cte)).second) {
      throw Error(ErrorKind::kCompileError,
                  "Two common table expressions of one statement are both named '" + cte.name + "'")
          .with_hint("name one otherwise, or write it where it is used: cte{name, nesting = true}");
    }
    recursive |= cte.recursive;
    if (!text.empty()) text += ", \n";
    // It may name itself.
    defined_ctes_.insert(cte.id);
    text += write_cte(placed);
  }
  return (recursive ? "WITH RECURSIVE " : "WITH ") + text + "\n ";
}

std::string Writer::write_cte(const PlacedCte& placed) {
  const expr::From& cte = *placed.cte;
  std::string text = from_name(cte);
  if (cte.recursive) {
    std::string columns;
    for (const std::string& name : expr::column_names(*cte.select)) {
      columns += (columns.empty() ? "" : ", ") + identifier(name);
    }
    text += "(" + columns + ")";
  }
  return text + " AS \n(" + write_select(*cte.select, placed.at, Place::kCte) + ")";
}

void Writer::result_columns(const std::vector<expr::ElementPtr>& columns,
                            std::vector<ResultColumn>& out) const {
  const std::vector<std::string> names = expr::column_names(columns);
  for (size_t i = 0; i < columns.size(); ++i) {
    const expr::Element& e = *columns[i];
    if (e.kind == expr::Kind::kText ||
        (e.kind == expr::Kind::kStar && !(e.from && e.from->table))) {
      // Only the database knows what comes: the driver's names are used for all.
      out.clear();
      return;
    }
    if (e.kind == expr::Kind::kStar) {
      for (const schema::Column& c : e.from->table->columns()) out.push_back({c.key, c.type});
    } else if (e.kind == expr::Kind::kColumn && e.column && names[i] == e.column->name) {
      out.push_back({e.column->key, e.type});
    } else {
      out.push_back({names[i], e.type});
    }
  }
}

CompiledPtr Writer::statement(const expr::Statement& s) {
  note_names(s);
  std::vector<PlacedCte> ctes;
  expr::BindCursor binds(0);
  for (const expr::FromPtr& cte : expr::collect_ctes(s))
    ctes.push_back({cte, binds.take(cte->select)});
  const uint32_t at = binds.next();

  std::string text = with_clause(ctes);
  switch (s.kind) {
    case StatementKind::kSelect:
      text += write_select(static_cast<const expr::Select&>(s), at, Place::kTop);
      break;
    case StatementKind::kInsert:
      text += write_insert(static_cast<const expr::Insert&>(s), at);
      break;
    case StatementKind::kUpdate:
      text += write_update(static_cast<const expr::Update&>(s), at);
      break;
    case StatementKind::kDelete:
      text += write_delete(static_cast<const expr::Delete&>(s), at);
      break;
    case StatementKind::kText:
      text += write(static_cast<const expr::TextStatement&>(s).text, at);
      break;
  }

  auto out = std::make_shared<Compiled>();
  out->uid = next_uid();
  out->kind = s.kind;
  out->returns_key = returns_key_;
  out->sql = resolve_markers(text, out->binds);
  const std::vector<expr::ElementPtr>& returned = *returned_columns(s);
  out->returns_rows = s.kind == StatementKind::kSelect || !returned.empty();
  result_columns(returned, out->columns);
  if (s.kind == StatementKind::kText)
    out->columns_by_name = static_cast<const expr::TextStatement&>(s).columns_by_name;
  return out;
}

std::string Writer::element(const expr::ElementPtr& e) {
  std::vector<BindSlot> binds;
  return resolve_markers(write(e, 0), binds);
}

uint64_t next_uid() {
  static std::atomic<uint64_t> next{1};
  return next.fetch_add(1, std::memory_order_relaxed);
}

CompiledPtr compile(const expr::Statement& statement, const DialectTraits& dialect,
                    const CompileOptions& options) {
  return Writer(dialect, options).statement(statement);
}

std::string compile_element(const expr::ElementPtr& element, const DialectTraits& dialect,
                            const CompileOptions& options) {
  return Writer(dialect, options).element(element);
}

}  // namespace moonbase::compile
