// Placeholders and values meet by position: random statements of every shape, compiled once and run
// with the values of another statement of that shape.
#include <array>
#include <random>

#include <catch2/catch.hpp>

#include "tests/compile/compiler_traits.h"

namespace moonbase::compile {

using namespace expr;
using namespace test;

namespace {

constexpr int64_t kFirstValue = 100'000;  // recognisable among the other numbers of a statement

// Builds the same shape for the same seed, with other values for another `first`; with `shared` one
// element serves for all values of a statement that are the same.
class Generator {
 public:
  Generator(const Tables& t, const std::vector<uint64_t>& identities, unsigned seed, int64_t first,
            bool shared)
      : t_(t), identities_(identities), random_(seed), next_(first) {
    if (shared) shared_ = number(first);
  }

  SelectPtr select(int depth) {
    Select s;
    const FromPtr from = this->from(depth);
    s.columns = {column_of(from), label(value(depth), "v")};
    s.froms = {from};
    if (one_in(3)) s.ctes = {cte(depth)};
    if (one_in(6)) s.nest_here = {cte(depth)};
    if (one_in(2)) s.where.push_back(condition(depth, from));
    if (one_in(3)) s.where.push_back(condition(depth, from));
    if (one_in(3)) s.group_by = {value(depth)};
    if (one_in(3)) s.having = {condition(depth, from)};
    if (one_in(3)) s.order_by = {ordering(Op::kDesc, s.columns[1]), value(depth)};
    if (one_in(3)) s.limit = bound();
    if (one_in(3)) s.offset = bound();
    if (depth == 0 || !one_in(4)) return finish(std::move(s));
    Select compound;
    compound.set_op = SetOp::kUnionAll;
    compound.parts = {finish(std::move(s)), select(depth - 1)};
    compound.order_by = {label_ref("v", nullptr)};
    if (one_in(2)) compound.limit = bound();
    return finish(std::move(compound));
  }

  StatementPtr statement() {
    switch (pick(4)) {
      case 0:
        return insert();
      case 1: {
        Update s;
        s.table = t_.user_table;
        s.set = {{&t_.user_table->column("age"), value(2)},
                 {&t_.user_table->column("id"), value(1)}};
        s.where = {condition(2, t_.user)};
        if (one_in(2)) s.where.push_back(eq(t_.p("id"), bound()));
        s.returning = {label(value(1), "r")};
        return finish(std::move(s));
      }
      case 2: {
        Delete s;
        s.table = t_.user_table;
        s.where = {condition(2, t_.user)};
        if (one_in(2)) s.where.push_back(eq(t_.p("id"), bound()));
        return finish(std::move(s));
      }
      default:
        return select(3);
    }
  }

 private:
  bool one_in(unsigned n) { return random_() % n == 0; }
  unsigned pick(unsigned n) { return static_cast<unsigned>(random_() % n); }
  ElementPtr bound() { return shared_ ? shared_ : number(next_++); }

  StatementPtr insert() {
    Insert s;
    s.table = t_.user_table;
    s.columns = {&t_.user_table->column("id"), &t_.user_table->column("age")};
    if (one_in(2)) {
      s.rows = {{value(1), bound()}, {bound(), value(1)}};
    } else {
      s.from_select = select(2);
    }
    if (one_in(2)) {
      OnConflict c;
      c.do_nothing = false;
      c.columns = {"id"};
      c.target_where = eq(t_.u("age"), bound());
      c.set = {{&t_.user_table->column("age"), value(1)}};
      c.where = eq(t_.u("age"), bound());
      s.on_conflict = std::move(c);
    }
    s.returning = {label(value(1), "r")};
    return finish(std::move(s));
  }

  ElementPtr column_of(const FromPtr& from) {
    const From* f = from.get();
    if (f->kind == FromKind::kJoin) return t_.u("id");
    if (f->table) return column(from, f->table->column("id"));
    return column(from, "v", types::integer());
  }

  FromPtr cte(int depth) {
    const unsigned which = pick(2);
    if (!ctes_[which])
      ctes_[which] = expr::cte(select(depth > 0 ? depth - 1 : 0), "", {.nesting = which == 1},
                               identities_[which]);
    return ctes_[which];
  }

  FromPtr from(int depth) {
    switch (depth == 0 ? 0 : pick(5)) {
      case 1:
        return alias(t_.user, "", identities_[2]);
      case 2:
        return join(t_.user, t_.post, eq(t_.p("id"), bound()), JoinKind::kLeft);
      case 3:
        return subquery(select(depth - 1), "", identities_[3]);
      case 4:
        return cte(depth);
      default:
        return t_.user;
    }
  }

  ElementPtr condition(int depth, const FromPtr& from) {
    switch (depth == 0 ? 0 : pick(7)) {
      case 1:
        return and_({condition(depth - 1, from), eq(value(depth - 1), bound())});
      case 2:
        return or_({condition(depth - 1, from), not_(condition(depth - 1, from))});
      case 3:
        return in(column_of(from), {bound(), bound(), value(depth - 1)}, one_in(2));
      case 4:
        return exists(select(depth - 1));
      case 5:
        return between(value(depth - 1), bound(), value(depth - 1), one_in(2));
      case 6:
        return in(column_of(from), select(depth - 1), one_in(2));
      default:
        return eq(column_of(from), bound());
    }
  }

  ElementPtr value(int depth) {
    switch (depth == 0 ? 0 : pick(7)) {
      case 1:
        return binary(Op::kSub, value(depth - 1), value(depth - 1));
      case 2:
        return function("instr", {value(depth - 1), bound()});
      case 3:
        return case_(nullptr, {{condition(depth - 1, t_.user), bound()}}, value(depth - 1));
      case 4:
        return over(function("max", {bound()}), {value(depth - 1)}, {bound()}, "");
      case 5:
        return scalar_subquery(select(depth - 1));
      case 6:
        return filter(function("sum", {value(depth - 1)}), condition(depth - 1, t_.user));
      default:
        return bound();
    }
  }

  const Tables& t_;
  const std::vector<uint64_t>& identities_;
  std::mt19937 random_;
  int64_t next_;
  ElementPtr shared_;
  std::array<FromPtr, 2> ctes_;
};

std::vector<int64_t> numbers_in(const std::string& sql) {
  std::vector<int64_t> out;
  for (size_t i = 0; i < sql.size();) {
    size_t end = i;
    while (end < sql.size() && std::isdigit(static_cast<unsigned char>(sql[end]))) ++end;
    if (end - i >= 6) out.push_back(std::stoll(sql.substr(i, end - i)));
    i = end + 1;
  }
  return out;
}

std::vector<int64_t> values_at(const Compiled& compiled, const Statement& s) {
  std::vector<const Element*> binds;
  collect_binds(s, binds);
  std::vector<int64_t> out;
  for (const BindSlot& slot : compiled.binds)
    out.push_back(binds.at(static_cast<size_t>(slot.index))->value.as_int());
  return out;
}

}  // namespace

TEST_CASE("values reach their placeholders whatever the shape", "[compile]") {
  Tables t;
  const std::vector<uint64_t> identities = {new_identity(), new_identity(), new_identity(),
                                            new_identity()};
  const CompileOptions literally{.literal_binds = true};
  int compiled_statements = 0;
  for (unsigned seed = 0; seed < 3000; ++seed) {
    const StatementPtr s = Generator(t, identities, seed, kFirstValue, false).statement();
    const StatementPtr other = Generator(t, identities, seed, 2 * kFirstValue, false).statement();
    const StatementPtr shared = Generator(t, identities, seed, 3 * kFirstValue, true).statement();
    REQUIRE(s->hash == other->hash);
    REQUIRE(s->hash == shared->hash);
    for (const DialectTraits* traits : {&lite(), &server()}) {
      CompiledPtr compiled;
      try {
        compiled = compile(*s, *traits);
      } catch (const base::Error& e) {
        // A subquery over the enclosing statement's tables alone: refused for every statement of
        // the shape.
        REQUIRE(e.kind() == base::ErrorKind::kInvalidRequestError);
        REQUIRE_THROWS_AS(compile(*shared, *traits), base::Error);
        continue;
      }
      ++compiled_statements;
      REQUIRE(values_at(*compiled, *s) == numbers_in(compile(*s, *traits, literally)->sql));
      REQUIRE(compile(*other, *traits)->sql == compiled->sql);
      REQUIRE(compile(*shared, *traits)->sql == compiled->sql);
      REQUIRE(values_at(*compiled, *other) == numbers_in(compile(*other, *traits, literally)->sql));
      REQUIRE(values_at(*compiled, *shared) ==
              numbers_in(compile(*shared, *traits, literally)->sql));
    }
  }
  CHECK(compiled_statements > 4000);
}

}  // namespace moonbase::compile
