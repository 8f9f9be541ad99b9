// The hash is the key of the compiled-statement cache: whatever changes the SQL or the results'
// types changes it, a value does not.
#include <map>

#include <catch2/catch.hpp>

#include "orm/expr/statement.h"

namespace moonbase::expr {

namespace {

using base::Value;

schema::TablePtr make_table(const char* name) {
  schema::TableDef def;
  def.name = name;
  for (const char* column : {"id", "age"}) {
    schema::Column c;
    c.name = c.key = column;
    c.type = types::integer();
    def.columns.push_back(c);
  }
  return std::make_shared<schema::Table>(std::move(def));
}

ElementPtr integer(int64_t i) { return bind(Value::integer(i), types::integer()); }

// All of them different, although they are told apart by one attribute each.
template <class Node>
void check_all_differ(const std::vector<std::shared_ptr<const Node>>& nodes) {
  for (size_t i = 0; i < nodes.size(); ++i) {
    for (size_t j = i + 1; j < nodes.size(); ++j) {
      INFO("number " << i << " and number " << j);
      CHECK_FALSE(nodes[i]->hash == nodes[j]->hash);
    }
  }
}

}  // namespace

TEST_CASE("values are not part of the hash", "[expr]") {
  CHECK(integer(1)->hash == integer(2)->hash);
  CHECK(bind(Value(), types::integer())->hash == integer(1)->hash);
  const FromPtr t = table(make_table("t"));
  const ElementPtr id = column(t, t->table->column("id"));
  CHECK(binary(Op::kEq, id, integer(1))->hash == binary(Op::kEq, id, integer(2))->hash);
  CHECK(in(id, {integer(1), integer(2)}, false)->hash ==
        in(id, {integer(3), integer(3)}, false)->hash);
  Select s;
  s.columns = {id};
  s.limit = integer(1);
  Select u(s);
  u.limit = integer(2);
  CHECK(finish(std::move(s))->hash == finish(std::move(u))->hash);
}

TEST_CASE("every attribute of an element is part of the hash", "[expr]") {
  const FromPtr t = table(make_table("t")), again = table(make_table("t"));
  const ElementPtr id = column(t, t->table->column("id")), age = column(t, t->table->column("age"));
  const ElementPtr one = integer(1), sum = function("sum", {id}), rank = function("rank", {});
  Select inner;
  inner.columns = {id};
  const SelectPtr select = finish(Select(inner));
  inner.columns = {age};
  const SelectPtr other_select = finish(std::move(inner));
  check_all_differ<Element>({
      id,
      age,
      column(again, again->table->column("id")),
      column(alias(t, ""), t->table->column("id")),
      column(alias(t, ""), t->table->column("id")),
      column(t, "x", types::integer()),
      column(t, "y", types::integer()),
      column(t, "x", types::text()),
      column(nullptr, "x", types::text()),
      one,
      bind(Value::integer(1), types::text()),
      bind(Value::integer(1), types::string(5)),
      bind(Value::integer(1), types::string(6)),
      bind_name("a", types::integer()),
      bind_name("b", types::integer()),
      null(),
      boolean(true),
      boolean(false),
      literal_column("a", types::integer()),
      literal_column("b", types::integer()),
      text("a :b"),
      text("a :c"),
      text("b :b"),
      text("a :b "),
      text("a"),
      unary(Op::kNeg, id, nullptr),
      unary(Op::kBitNot, id, nullptr),
      unary(Op::kNeg, age, nullptr),
      binary(Op::kAdd, id, age),
      binary(Op::kAdd, age, id),
      binary(Op::kSub, id, age),
      binary(Op::kAdd, id, age, types::text()),
      binary(Op::kAdd, binary(Op::kAdd, id, id), age),
      binary(Op::kAdd, id, binary(Op::kAdd, id, age)),
      custom_op("<->", id, age, nullptr, false),
      custom_op("@>", id, age, nullptr, false),
      custom_op("<->", id, age, nullptr, true),
      like(Op::kLike, id, one, std::nullopt),
      like(Op::kLike, id, one, "/"),
      like(Op::kLike, id, one, "\\"),
      like(Op::kIlike, id, one, "/"),
      and_({id, age}),
      or_({id, age}),
      and_({id, age, one}),
      clauses(Op::kComma, {id, age}, nullptr),
      tuple({id, age}),
      tuple({id, age}, true),
      in(id, {one}, false),
      in(id, {one}, true),
      in(id, {one, one}, false),
      in(id, std::vector<ElementPtr>{}, false),
      in(id, select, false),
      in(id, other_select, false),
      in(id, select, true),
      between(id, one, one, false),
      between(id, one, one, true),
      sum,
      function("max", {id}),
      function("sum", {age}),
      function("sum", {id}, nullptr, true),
      function("sum", {id}, types::text()),
      over(rank, {}, {}, ""),
      over(rank, {id}, {age}, ""),
      over(rank, {id, age}, {}, ""),
      over(rank, {}, {id, age}, ""),
      over(rank, {}, {}, "ROWS 1 PRECEDING"),
      filter(sum, id),
      filter(sum, age),
      within_group(sum, {id}),
      case_(nullptr, {{id, one}}, one),
      case_(nullptr, {{id, one}}, nullptr),
      case_(id, {{one, one}}, nullptr),
      case_(id, {{one, one}}, one),
      case_(nullptr, {{id, one}, {one, one}}, nullptr),
      cast(id, types::text()),
      cast(id, types::string(3)),
      cast(id, types::string(4)),
      type_coerce(id, types::text()),
      label(id, "a"),
      label(id, "b"),
      label(id, ""),
      label_ref("a", nullptr),
      label_ref("b", nullptr),
      exists(select),
      exists(other_select),
      scalar_subquery(select),
      scalar_subquery(other_select),
      collate(id, "a"),
      collate(id, "b"),
      extract("year", id),
      extract("day", id),
      star(),
      star(t),
      star(again),
      ordering(Op::kAsc, id),
      ordering(Op::kDesc, id),
      grouping(id),
      json_path(id, {one}, false, types::json()),
      json_path(id, {one}, true, types::json()),
      json_path(id, {one, one}, false, types::json()),
  });
}

TEST_CASE("every attribute of a FROM clause is part of the hash", "[expr]") {
  const FromPtr t = table(make_table("t")), u = table(make_table("u"));
  const ElementPtr id = column(t, t->table->column("id")), on = binary(Op::kEq, id, id);
  Select inner;
  inner.columns = {id};
  const SelectPtr select = finish(Select(inner));
  inner.distinct = true;
  const SelectPtr other = finish(std::move(inner));
  CHECK(table(t->table)->hash == t->hash);
  CHECK(alias(t, "", 7)->hash == alias(t, "", 7)->hash);
  check_all_differ<From>({
      t,
      u,
      alias(t, "", 7),
      alias(t, "", 8),
      alias(t, "a", 7),
      alias(u, "", 7),
      alias(t, "t", 7),
      excluded(t->table),
      excluded(u->table),
      join(t, u, on, JoinKind::kInner),
      join(u, t, on, JoinKind::kInner),
      join(t, u, on, JoinKind::kLeft),
      join(t, u, id, JoinKind::kInner),
      join(t, u, on, JoinKind::kFull),
      join(t, u, nullptr, JoinKind::kCross),
      subquery(select, "", 7),
      subquery(other, "", 7),
      subquery(select, "a", 7),
      subquery(select, "", 8),
      lateral(select, "", 7),
      cte(select, "", {}, 7),
      cte(select, "", {.recursive = true}, 7),
      cte(select, "", {.nesting = true}, 7),
      cte(other, "", {}, 7),
      text_from("a", "b"),
      text_from("b", "b"),
      text_from("a", ""),
      values({"a"}, {types::integer()}, {{integer(1)}}, "v", 7),
      values({"b"}, {types::integer()}, {{integer(1)}}, "v", 7),
      values({"a"}, {types::text()}, {{integer(1)}}, "v", 7),
      values({"a"}, {types::integer()}, {{id}}, "v", 7),
      values({"a"}, {types::integer()}, {{integer(1)}, {integer(1)}}, "v", 7),
      table_function(function("f", {}), "", 7),
      table_function(function("g", {}), "", 7),
  });
}

TEST_CASE("every attribute of a SELECT is part of the hash", "[expr]") {
  const FromPtr t = table(make_table("t")), u = table(make_table("u"));
  const ElementPtr id = column(t, t->table->column("id")), age = column(t, t->table->column("age"));
  using Change = std::function<void(Select&)>;
  const std::vector<Change> changes = {
      [](Select&) {},
      [&](Select& s) { s.columns = {age}; },
      [&](Select& s) {
        s.columns = {id, age};
      },
      [&](Select& s) {
        s.froms = {t, u};
      },
      [&](Select& s) {
        s.froms = {u, t};
      },
      [&](Select& s) { s.where = {age}; },
      [&](Select& s) { s.group_by = {age}; },
      [&](Select& s) { s.having = {age}; },
      [&](Select& s) { s.order_by = {age}; },
      [&](Select& s) {
        s.order_by = {age, age};
      },
      [&](Select& s) { s.limit = integer(1); },
      [&](Select& s) { s.offset = integer(1); },
      [&](Select& s) { s.distinct = true; },
      [&](Select& s) { s.distinct_on = {age}; },
      [&](Select& s) { s.for_update = ForUpdate{}; },
      [&](Select& s) { s.for_update = ForUpdate{.read = true, .of = {}}; },
      [&](Select& s) { s.for_update = ForUpdate{.nowait = true, .of = {}}; },
      [&](Select& s) { s.for_update = ForUpdate{.skip_locked = true, .of = {}}; },
      [&](Select& s) { s.for_update = ForUpdate{.key_share = true, .of = {}}; },
      [&](Select& s) { s.for_update = ForUpdate{.of = {t}}; },
      [&](Select& s) { s.ctes = {cte(finish(Select()), "c", {}, 7)}; },
      [&](Select& s) { s.nest_here = {cte(finish(Select()), "c", {}, 7)}; },
      [&](Select& s) { s.correlate = {t}; },
      [&](Select& s) { s.correlate_none = true; },
      [&](Select& s) { s.prefixes = {"SQL_CACHE"}; },
      [&](Select& s) { s.suffixes = {"SQL_CACHE"}; },
  };
  std::vector<SelectPtr> variants;
  for (const Change& change : changes) {
    Select s;
    s.columns = {id};
    change(s);
    variants.push_back(finish(std::move(s)));
  }
  for (SetOp op : {SetOp::kUnion, SetOp::kUnionAll, SetOp::kIntersect, SetOp::kExcept}) {
    Select s;
    s.set_op = op;
    s.parts = {variants[0], variants[1]};
    variants.push_back(finish(Select(s)));
    std::swap(s.parts[0], s.parts[1]);
    variants.push_back(finish(std::move(s)));
  }
  check_all_differ(variants);
}

TEST_CASE("every attribute of INSERT, UPDATE and DELETE is part of the hash", "[expr]") {
  const schema::TablePtr t = make_table("t"), u = make_table("u");
  const schema::Column* id = &t->column("id");
  const schema::Column* age = &t->column("age");
  const ElementPtr condition = binary(Op::kEq, column(table(t), *id), integer(1));
  std::vector<StatementPtr> all;
  auto insert = [&](const std::function<void(Insert&)>& change) {
    Insert s;
    s.table = t;
    s.columns = {id};
    s.rows = {{integer(1)}};
    change(s);
    all.push_back(finish(std::move(s)));
  };
  insert([](Insert&) {});
  insert([&](Insert& s) { s.table = u; });
  insert([&](Insert& s) { s.columns = {age}; });
  insert([&](Insert& s) { s.rows.push_back({integer(1)}); });
  insert([&](Insert& s) { s.rows = {{null()}}; });
  insert([&](Insert& s) { s.rows.clear(); });
  insert([&](Insert& s) { s.prefixes = {"OR IGNORE"}; });
  insert([&](Insert& s) { s.returning = {condition}; });
  insert([&](Insert& s) {
    s.rows.clear();
    s.from_select = finish(Select());
  });
  auto conflict = [&](const std::function<void(OnConflict&)>& change) {
    insert([&](Insert& s) {
      s.on_conflict = OnConflict{};
      change(*s.on_conflict);
    });
  };
  conflict([](OnConflict&) {});
  conflict([](OnConflict& c) { c.columns = {"id"}; });
  conflict([](OnConflict& c) { c.constraint = "id"; });
  conflict([&](OnConflict& c) { c.target_where = condition; });
  conflict([&](OnConflict& c) { c.where = condition; });
  conflict([&](OnConflict& c) { c.do_nothing = false; });
  conflict([&](OnConflict& c) { c.set = {{id, integer(1)}}; });
  conflict([&](OnConflict& c) { c.set = {{age, integer(1)}}; });
  auto update = [&](const std::function<void(Update&)>& change) {
    Update s;
    s.table = t;
    s.set = {{id, integer(1)}};
    change(s);
    all.push_back(finish(std::move(s)));
  };
  update([](Update&) {});
  update([&](Update& s) { s.table = u; });
  update([&](Update& s) { s.set = {{age, integer(1)}}; });
  update([&](Update& s) { s.set.push_back({age, integer(1)}); });
  update([&](Update& s) { s.from = {table(u)}; });
  update([&](Update& s) { s.where = {condition}; });
  update([&](Update& s) { s.returning = {condition}; });
  auto remove = [&](const std::function<void(Delete&)>& change) {
    Delete s;
    s.table = t;
    change(s);
    all.push_back(finish(std::move(s)));
  };
  remove([](Delete&) {});
  remove([&](Delete& s) { s.table = u; });
  remove([&](Delete& s) { s.using_ = {table(u)}; });
  remove([&](Delete& s) { s.where = {condition}; });
  remove([&](Delete& s) { s.returning = {condition}; });
  check_all_differ(all);
}

}  // namespace moonbase::expr
