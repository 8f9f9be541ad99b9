#include "orm/types/type.h"

#include <cmath>
#include <limits>

#include <catch2/catch.hpp>

#include "orm/base/error.h"
#include "orm/base/scalar.h"

using moonbase::base::Error;
using moonbase::base::ErrorKind;
using moonbase::base::Tag;
using moonbase::base::Value;
namespace base = moonbase::base;
namespace types = moonbase::types;
using types::TypeKind;
using types::TypePtr;

namespace {

Value dec(std::string_view text) { return Value::bytes(Tag::kDecimal, text); }
Value json(std::string_view text) { return Value::bytes(Tag::kJson, text); }
Value moment(std::string_view text) {
  const auto read = base::parse_datetime(text).value();
  return Value::datetime(read.micros, read.utc_offset);
}
Value day(std::string_view text) { return Value::date(base::parse_date(text).value()); }

// "TypeError: message" of what a call throws, or "".
template <class Call>
std::string error_of(Call call) {
  try {
    call();
  } catch (const Error& e) {
    return e.paragraph();
  }
  return {};
}
std::string refusal(const TypePtr& type, Value v) {
  return error_of([&] { type->cast(std::move(v)); });
}
std::string unreadable(const TypePtr& type, Value v) {
  return error_of([&] { type->load(std::move(v)); });
}

std::vector<TypePtr> one_of_each() {
  return {types::integer(),
          types::big_integer(),
          types::small_integer(),
          types::boolean(),
          types::string(64),
          types::text(),
          types::unicode(),
          types::unicode_text(),
          types::float_(),
          types::double_(),
          types::numeric(),
          types::date(),
          types::datetime(),
          types::time(),
          types::interval(),
          types::large_binary(),
          types::enumeration({"a", "b"}),
          types::json(),
          types::uuid(),
          types::array(types::integer()),
          types::null()};
}

}  // namespace

TEST_CASE("NULL passes every type") {
  for (const TypePtr& type : one_of_each()) {
    CAPTURE(type->repr());
    CHECK(type->cast(Value()).is_null());
    CHECK(type->load(Value()).is_null());
    CHECK(type->equal(Value(), Value()));
    CHECK_FALSE(type->equal(Value(), Value::integer(0)));
    CHECK(type->literal(Value()) == "NULL");
  }
}

TEST_CASE("Integer takes whole numbers of 64 bits and nothing else") {
  const TypePtr type = types::integer();
  CHECK(type->cast(Value::integer(INT64_MIN)) == Value::integer(INT64_MIN));
  CHECK(type->cast(Value::real(1.0)) == Value::integer(1));
  CHECK(type->cast(Value::real(-0x1p63)) == Value::integer(INT64_MIN));
  CHECK(type->cast(dec("12.00")) == Value::integer(12));
  CHECK(refusal(type, Value::real(1.5)) == "ValueError: Integer takes a whole number, got 1.5");
  CHECK(refusal(type, Value::real(0x1p63)) ==
        "ValueError: Integer takes a whole number of 64 bits, got 9223372036854775808.0");
  CHECK(refusal(type, Value::real(std::nan(""))) ==
        "ValueError: Integer takes a whole number, got nan");
  CHECK(refusal(type, Value::text("x")) == "TypeError: Integer takes a whole number, got text 'x'");
  CHECK(refusal(type, Value::text("42")) ==
        "TypeError: Integer takes a whole number, got text '42'; write 42, or convert the text "
        "with tonumber(…)");
  CHECK(refusal(type, Value::boolean(true)) ==
        "TypeError: Integer takes a whole number, got true; write 1");
  CHECK(refusal(type, dec("1.5")) == "ValueError: Integer takes a whole number, got a decimal 1.5");
}

TEST_CASE("Integer reads what databases give for it") {
  const TypePtr type = types::integer();
  CHECK(type->load(Value::integer(INT64_MAX)) == Value::integer(INT64_MAX));
  CHECK(type->load(Value::real(3.0)) == Value::integer(3));
  CHECK(type->load(Value::boolean(true)) == Value::integer(1));
  CHECK(type->load(Value::text("-7")) == Value::integer(-7));
  CHECK(unreadable(type, Value::text("seven")) == "ValueError: Couldn't read 'seven' as Integer");
  CHECK(unreadable(type, Value::real(1.5)) == "ValueError: Couldn't read 1.5 as Integer");
}

TEST_CASE("Boolean takes true, false, 0 and 1") {
  const TypePtr type = types::boolean();
  CHECK(type->cast(Value::boolean(false)) == Value::boolean(false));
  CHECK(type->cast(Value::integer(1)) == Value::boolean(true));
  CHECK(type->cast(Value::real(0.0)) == Value::boolean(false));
  CHECK(refusal(type, Value::integer(2)) == "ValueError: Boolean takes true, false, 1 or 0, got 2");
  CHECK(refusal(type, Value::text("true")) ==
        "TypeError: Boolean takes true, false, 1 or 0, got text 'true'");
  CHECK(type->load(Value::integer(0)) == Value::boolean(false));
  CHECK(type->load(Value::integer(5)) == Value::boolean(true));
  CHECK(type->load(Value::text("T")) == Value::boolean(true));
  CHECK(type->load(Value::text("false")) == Value::boolean(false));
  CHECK(unreadable(type, Value::text("maybe")) == "ValueError: Couldn't read 'maybe' as Boolean");
}

TEST_CASE("String takes UTF-8 text, NUL bytes included, and no numbers") {
  const TypePtr type = types::string(4);
  const std::string with_nul("a\0b", 3);
  CHECK(type->cast(Value::text(with_nul)) == Value::text(with_nul));
  CHECK(type->cast(Value::text("longer than its length")) == Value::text("longer than its length"));
  CHECK(refusal(type, Value::integer(5)) ==
        "TypeError: String takes text, got 5; write tostring(…)");
  CHECK(refusal(type, moment("2026-11-20 10:00")) ==
        "TypeError: String takes text, got a datetime '2026-11-20 10:00:00'; write tostring(…)");
  CHECK(refusal(type, json("{}")) == "TypeError: String takes text, got JSON '{}'");
  CHECK(refusal(type, Value::text("\xFF")) ==
        "ValueError: String takes UTF-8 text, got text '\\xff'; bytes belong in a LargeBinary "
        "column");
}

TEST_CASE("String keeps a driver's text borrowed and makes text of the rest") {
  const std::string row = "susan";
  CHECK(types::text()->load(Value::borrowed(Tag::kText, row)).as_bytes().data() == row.data());
  CHECK(types::text()->load(Value::integer(5)) == Value::text("5"));
  CHECK(types::text()->load(Value::real(2)) == Value::text("2.0"));
  CHECK(types::text()->load(Value::blob("b")) == Value::text("b"));
}

TEST_CASE("Float takes numbers, infinities and NaN") {
  const TypePtr type = types::float_();
  CHECK(type->cast(Value::integer(2)) == Value::real(2));
  CHECK(type->cast(dec("1.25")) == Value::real(1.25));
  CHECK(type->cast(Value::real(HUGE_VAL)) == Value::real(HUGE_VAL));
  CHECK(std::isnan(type->cast(Value::real(std::nan(""))).as_double()));
  CHECK(refusal(type, Value::text("1.5")) ==
        "TypeError: Float takes a number, got text '1.5'; convert the text with tonumber(…)");
  CHECK(type->load(Value::text("-Infinity")) == Value::real(-HUGE_VAL));
  CHECK(type->load(Value::integer(3)) == Value::real(3));
  CHECK(unreadable(type, Value::text("1.5x")) == "ValueError: Couldn't read '1.5x' as Float");
}

TEST_CASE("Numeric is exact, and shows at least its scale") {
  const TypePtr money = types::numeric(10, 2), any = types::numeric();
  CHECK(money->cast(Value::integer(5)) == dec("5.00"));
  CHECK(money->cast(Value::real(19.99)) == dec("19.99"));
  CHECK(money->cast(Value::real(0.1 + 0.2)) == dec("0.30"));
  CHECK(money->cast(dec("1.005")) == dec("1.005"));
  CHECK(money->cast(Value::text("12.5")) == dec("12.50"));
  CHECK(any->cast(Value::real(0.1)) == dec("0.1"));
  CHECK(any->cast(dec("1.50")) == dec("1.50"));
  CHECK(refusal(money, Value::real(HUGE_VAL)) ==
        "ValueError: Numeric takes a finite number, got inf");
  CHECK(refusal(money, Value::text("five")) ==
        "ValueError: Numeric takes a number, or one as text like '12.50', got text 'five'");
  CHECK(refusal(money, Value::boolean(true)) == "TypeError: Numeric takes a number, got true");
  // SQLite gives the real 1.1 for a stored '1.10'.
  CHECK(money->load(Value::real(1.1)) == dec("1.10"));
  CHECK(money->load(Value::integer(7)) == dec("7.00"));
  CHECK(money->load(Value::text("1.1")) == dec("1.10"));
  CHECK(any->load(Value::text("1.10")) == dec("1.10"));
  CHECK(unreadable(money, Value::text("NaN")) == "ValueError: Couldn't read 'NaN' as Numeric");
}

TEST_CASE("Numeric without decimals is a Float, and the other way round") {
  types::TypeSpec spec = types::numeric(10, 2)->spec();
  spec.as_decimal = false;
  CHECK(types::make(spec)->load(Value::real(1.1)) == Value::real(1.1));
  CHECK(types::make(spec)->repr() == "Numeric(10, 2, asdecimal=false)");
  spec = types::float_()->spec();
  spec.as_decimal = true;
  CHECK(types::make(spec)->load(Value::real(1.1)) == dec("1.1"));
  CHECK(types::make(spec)->repr() == "Float(asdecimal=true)");
}

TEST_CASE("Date takes dates, and the date of a datetime") {
  const TypePtr type = types::date();
  CHECK(type->cast(day("2026-11-20")) == day("2026-11-20"));
  CHECK(type->cast(moment("1969-12-31 23:59")) == day("1969-12-31"));
  CHECK(refusal(type, Value::text("2026-11-20")) ==
        "TypeError: Date takes a date, got text '2026-11-20'; use "
        "moonbase.date.fromisoformat('2026-11-20')");
  CHECK(refusal(type, Value::text("today")) ==
        "TypeError: Date takes a date, got text 'today'; write moonbase.date(2000, 12, 31)");
  CHECK(type->load(Value::text("2026-11-20")) == day("2026-11-20"));
  CHECK(type->load(Value::text("2026-11-20 10:00:00.000000")) == day("2026-11-20"));
  CHECK(unreadable(type, Value::text("2026-02-30")) ==
        "ValueError: Couldn't read '2026-02-30' as Date");
}

TEST_CASE("DateTime takes datetimes only") {
  const TypePtr type = types::datetime();
  CHECK(type->cast(moment("2026-11-20 10:00")) == moment("2026-11-20 10:00"));
  CHECK(refusal(type, day("2026-11-20")) ==
        "TypeError: DateTime takes a datetime, got a date '2026-11-20'; write "
        "moonbase.datetime(2026, 11, 20)");
  CHECK(refusal(type, Value::text("2026-11-20 10:00")) ==
        "TypeError: DateTime takes a datetime, got text '2026-11-20 10:00'; use "
        "moonbase.datetime.fromisoformat('2026-11-20 10:00')");
  CHECK(refusal(type, Value::integer(0)) ==
        "TypeError: DateTime takes a datetime, got 0; use moonbase.datetime.fromtimestamp(0)");
  CHECK(type->load(Value::text("2026-11-20 10:00:00.000000")) == moment("2026-11-20 10:00"));
  CHECK(type->load(day("2026-11-20")) == moment("2026-11-20"));
  CHECK(unreadable(type, Value::text("soon")) == "ValueError: Couldn't read 'soon' as DateTime");
}

TEST_CASE("offsets live in a DateTime with time zone and nowhere else") {
  const Value aware = moment("2026-11-20 10:00:00+02:00");
  CHECK(types::datetime()->cast(aware) == moment("2026-11-20 10:00"));
  CHECK(types::datetime()->load(Value::text("2026-11-20 10:00:00+02:00")) ==
        moment("2026-11-20 10:00"));
  const TypePtr zoned = types::datetime(true);
  CHECK(zoned->cast(aware) == aware);
  CHECK(zoned->load(Value::text("2026-11-20 10:00:00+02:00")) == aware);
  CHECK(zoned->load(Value::text("2026-11-20 10:00:00")) == moment("2026-11-20 10:00"));
  CHECK(zoned->equal(aware, moment("2026-11-20 08:00:00+00:00")));
  CHECK_FALSE(zoned->equal(aware, moment("2026-11-20 10:00")));
}

TEST_CASE("Time and Interval") {
  CHECK(types::time()->load(Value::text("10:30:00.5")) == Value::time(37'800'500'000));
  CHECK(refusal(types::time(), moment("2026-11-20 10:00")) ==
        "TypeError: Time takes a time, got a datetime '2026-11-20 10:00:00'; take its time with "
        "d:time()");
  CHECK(types::interval()->load(Value::text("1970-01-02 00:00:01.000000")) ==
        Value::interval(86'401'000'000));
  CHECK(types::interval()->load(Value::text("1 day 00:00:01")) == Value::interval(86'401'000'000));
  CHECK(types::interval()->load(Value::integer(5)) == Value::interval(5));
  CHECK(refusal(types::interval(), Value::integer(5)) ==
        "TypeError: Interval takes a timedelta, got 5; write moonbase.timedelta{seconds = 5}");
}

TEST_CASE("LargeBinary takes any bytes") {
  const std::string bytes("\0\xFF", 2);
  CHECK(types::large_binary()->cast(Value::text(bytes)) == Value::blob(bytes));
  CHECK(types::large_binary()->load(Value::borrowed(Tag::kText, bytes)).as_bytes().data() ==
        bytes.data());
  CHECK(refusal(types::large_binary(), Value::integer(1)) ==
        "TypeError: LargeBinary takes bytes (a string), got 1");
}

TEST_CASE("Enum checks its values going in and coming out") {
  const TypePtr type = types::enumeration({"draft", "published"});
  CHECK(type->cast(Value::text("draft")) == Value::text("draft"));
  CHECK(type->load(Value::text("published")) == Value::text("published"));
  CHECK(refusal(type, Value::text("publishd")) ==
        "ValueError: Enum takes one of its values, got text 'publishd'; the values are 'draft', "
        "'published'; did you "
        "mean 'published'?");
  CHECK(unreadable(type, Value::text("gone")) ==
        "ValueError: Couldn't read 'gone' as Enum; the values are 'draft', 'published'");
  CHECK(refusal(type, Value::integer(1)) ==
        "TypeError: Enum takes text, got 1; the values are 'draft', 'published'");
  CHECK(type->length() == 9);
  CHECK_THROWS_WITH(types::enumeration({}), "Enum needs its values: Enum('a', 'b')");
  CHECK_THROWS_WITH(types::enumeration({"a", "b", "a"}), "Enum has the value 'a' twice");
}

TEST_CASE("Uuid has one spelling") {
  const Value canonical = Value::bytes(Tag::kUuid, "12345678-1234-5678-9abc-def012345678");
  CHECK(types::uuid()->cast(Value::text("12345678123456789ABCDEF012345678")) == canonical);
  CHECK(types::uuid()->load(Value::text("12345678123456789abcdef012345678")) == canonical);
  CHECK(refusal(types::uuid(), Value::text("1234"))
            .starts_with("ValueError: Uuid takes a UUID as text"));
}

TEST_CASE("JSON takes documents and makes scalars into them") {
  const TypePtr type = types::json();
  CHECK(type->cast(json("{\"a\": 1}")) == json("{\"a\": 1}"));
  CHECK(type->cast(Value::text("say \"hi\"")) == json("\"say \\\"hi\\\"\""));
  CHECK(type->cast(Value::boolean(true)) == json("true"));
  CHECK(type->cast(Value::real(1.5)) == json("1.5"));
  CHECK(refusal(type, Value::real(HUGE_VAL)).starts_with("ValueError: JSON takes"));
  CHECK(refusal(type, moment("2026-11-20")).starts_with("TypeError: JSON takes"));
  CHECK(type->is_mutable());
  const std::string document = "[1]";
  const Value loaded = type->load(Value::borrowed(Tag::kText, document));
  CHECK(loaded.tag() == Tag::kJson);
  CHECK(loaded.as_bytes().data() == document.data());
  CHECK(type->load(Value::integer(1)) == json("1"));
}

TEST_CASE("JSON is equal by content") {
  const TypePtr type = types::json();
  CHECK(type->equal(json("{\"a\": 1, \"b\": [true]}"), json("{\"b\":[true],\"a\":1.0}")));
  CHECK_FALSE(type->equal(json("[1, 2]"), json("[2, 1]")));
  CHECK_FALSE(type->equal(json("null"), Value()));
  CHECK_FALSE(type->equal(json("not json"), json("not  json")));
}

TEST_CASE("ARRAY takes lists") {
  const TypePtr type = types::array(types::integer());
  CHECK(type->cast(json("[1, 2]")) == json("[1, 2]"));
  CHECK(type->load(Value::text("[1]")) == json("[1]"));
  CHECK(refusal(type, json("{}")) == "TypeError: ARRAY takes a list, got JSON '{}'");
  CHECK(type->item() == types::integer());
}

TEST_CASE("numbers are equal by value, whatever holds them") {
  const TypePtr type = types::numeric();
  CHECK(type->equal(Value::integer(1), Value::real(1.0)));
  CHECK(type->equal(dec("1.10"), dec("1.1")));
  CHECK(type->equal(dec("1.10"), Value::real(1.1)));
  CHECK(type->equal(Value::integer(5), dec("5.000")));
  CHECK(type->equal(Value::real(std::nan("")), Value::real(std::nan(""))));
  CHECK_FALSE(type->equal(Value::real(std::nan("")), Value::integer(0)));
  CHECK_FALSE(type->equal(Value::integer(INT64_MAX), Value::real(0x1p63)));
  CHECK_FALSE(type->equal(Value::integer(1), Value::real(1.5)));
  CHECK_FALSE(type->equal(Value::integer(1), dec("1.5")));
  CHECK(types::boolean()->equal(Value::boolean(true), Value::integer(1)));
  CHECK(types::text()->equal(Value::text("a"), Value::blob("a")));
  CHECK_FALSE(types::text()->equal(Value::text("1"), Value::integer(1)));
}

TEST_CASE("literals are SQL text") {
  const TypePtr type = types::null();
  CHECK(type->literal(Value::text("it's")) == "'it''s'");
  CHECK(type->literal(Value::integer(-5)) == "-5");
  CHECK(type->literal(Value::real(0.5)) == "0.5");
  CHECK(type->literal(Value::boolean(true)) == "true");
  CHECK(type->literal(dec("1.50")) == "1.50");
  CHECK(type->literal(Value::blob(std::string("\0\x1f", 2))) == "x'001f'");
  CHECK(type->literal(day("2026-11-20")) == "'2026-11-20'");
  CHECK(type->literal(moment("2026-11-20 10:00:00+01:00")) == "'2026-11-20 10:00:00.000000+01:00'");
  CHECK(type->literal(Value::time(0)) == "'00:00:00.000000'");
  CHECK(error_of([&] {
          type->literal(Value::text(std::string("a\0", 2)));
        }).starts_with("CompileError"));
  CHECK(error_of([&] { type->literal(Value::real(HUGE_VAL)); }).starts_with("CompileError"));
  CHECK(
      error_of([&] { type->literal(Value::marker(Tag::kNotLoaded)); }).starts_with("CompileError"));
}

TEST_CASE("a type prints as it is declared") {
  CHECK(types::integer()->repr() == "Integer");
  CHECK(types::string(64)->repr() == "String(64)");
  CHECK(types::numeric(10, 2)->repr() == "Numeric(10, 2)");
  CHECK(types::float_(24)->repr() == "Float(24)");
  CHECK(types::datetime(true)->repr() == "DateTime(timezone=true)");
  CHECK(types::enumeration({"a", "it's"}, {.name = "letter", .native_enum = false})->repr() ==
        "Enum('a', 'it''s', name='letter', native_enum=false)");
  CHECK(types::array(types::string(5))->repr() == "ARRAY(String(5))");
}

TEST_CASE("parameterless types are shared, impossible parameters refused") {
  CHECK(types::integer() == types::integer());
  CHECK(types::datetime(true) == types::datetime(true));
  CHECK_THROWS_WITH(types::string(0), "String: length must be at least 1, got 0");
  CHECK_THROWS_WITH(types::numeric(0, 0), "Numeric: precision must be at least 1, got 0");
  CHECK_THROWS_AS(types::array(nullptr), Error);
}

TEST_CASE("cache tokens differ whenever the types do") {
  std::vector<TypePtr> all = one_of_each();
  all.push_back(types::string());
  all.push_back(types::numeric(10, 2));
  all.push_back(types::datetime(true));
  all.push_back(types::enumeration({"a', 'b"}));
  all.push_back(types::integer()->with_variant(types::big_integer(), "postgresql"));
  for (size_t i = 0; i < all.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      CAPTURE(all[i]->repr(), all[j]->repr());
      CHECK(all[i]->cache_token() != all[j]->cache_token());
    }
  }
  CHECK(types::string(64)->cache_token() == types::string(64)->cache_token());
}

TEST_CASE("a variant replaces a type on one dialect") {
  const TypePtr type = types::string(10)
                           ->with_variant(types::text(), "sqlite")
                           ->with_variant(types::json(), "postgresql");
  CHECK(type->repr() == "String(10)");
  CHECK(type->variant_for("sqlite").kind() == TypeKind::kText);
  CHECK(type->variant_for("postgresql").kind() == TypeKind::kJson);
  CHECK(&type->variant_for("mysql") == type.get());
  CHECK_THROWS_WITH(type->with_variant(types::text(), "sqlite"),
                    "String(10) already has a variant for 'sqlite': Text");
}

namespace {

// A user's own type: text kept in lower case, NULL as the empty text.
class LowerCase final : public types::Type {
 public:
  explicit LowerCase(types::TypeSpec spec) : Type(std::move(spec), 0, 0) {}
  static TypePtr over(TypePtr impl) {
    types::TypeSpec spec;
    spec.kind = TypeKind::kDecorator;
    spec.base_kind = impl->base_kind();
    spec.name = "LowerCase";
    spec.impl = std::move(impl);
    return std::make_shared<LowerCase>(std::move(spec));
  }

 private:
  Value do_cast(Value v) const override {
    if (v.is_null()) return Value::text("");
    std::string text(v.as_bytes());
    for (char& c : text) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    return impl().cast(Value::text(text));
  }
  Value do_load(Value v) const override { return impl().load(std::move(v)); }
  TypePtr rebuild(types::TypeSpec spec) const override {
    return std::make_shared<LowerCase>(std::move(spec));
  }
};

}  // namespace

TEST_CASE("a decorator sees every value, NULL too, and stands on its implementation") {
  const TypePtr type = LowerCase::over(types::string(20));
  CHECK(type->cast(Value::text("SuSan")) == Value::text("susan"));
  CHECK(type->cast(Value()) == Value::text(""));
  CHECK(type->load(Value::integer(1)) == Value::text("1"));
  CHECK(type->base_kind() == TypeKind::kString);
  CHECK(type->impl().length() == 20);
  CHECK(type->repr() == "LowerCase(String(20))");
  CHECK(type->cache_token() != LowerCase::over(types::string(21))->cache_token());
  CHECK(type->with_variant(types::text(), "sqlite")->cast(Value::text("A")) == Value::text("a"));
}
