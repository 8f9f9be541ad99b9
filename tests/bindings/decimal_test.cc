// moonbase.decimal.
#include <catch2/catch.hpp>

#include "tests/bindings/lua_fixture.h"

namespace moonbase::bindings {
namespace {

class DecimalFixture : public LuaFixture {
 public:
  DecimalFixture() { run("decimal = moonbase.decimal"); }
};

TEST_CASE_METHOD(DecimalFixture, "decimals are exact and keep their zeros") {
  CHECK(eval("decimal '1.10', decimal(5), decimal(decimal '2.50'), decimal ' -0.5e1 '") ==
        "1.10 5 2.50 -5");
  CHECK(eval("decimal '0.1' + decimal '0.2', decimal '1.10' * 3, 10 - decimal '0.01'") ==
        "0.3 3.30 9.99");
  CHECK(eval("decimal '1' / 8, decimal '10' / decimal '3', -decimal '1.5'") ==
        "0.125 3.333333333333333333333333333 -1.5");
  CHECK(eval("decimal '9223372036854775807' + 1") == "9223372036854775808");
}

TEST_CASE_METHOD(DecimalFixture, "decimals compare by value") {
  CHECK(eval("decimal '1.10' == decimal '1.1', decimal '5':eq(5), decimal '5':eq(decimal '5.1')") ==
        "true true false");
  CHECK(eval("decimal '1' < decimal '1.5', decimal '2' <= 2, 3 > decimal '2'") == "true true true");
  CHECK(eval("decimal '2':compare(3), decimal '2':gt(1), decimal '2':ne(2)") == "-1 true false");
}

TEST_CASE_METHOD(DecimalFixture, "conversions") {
  CHECK(eval("decimal '1.5':tonumber(), decimal '3.0':tointeger(), decimal '3.5':tointeger()") ==
        "1.5 3 nil");
  CHECK(eval("decimal '2.345':quantize(2), decimal '1':quantize(2), decimal '2.5':quantize(0)") ==
        "2.34 1.00 2");
  CHECK(
      eval("decimal '2.345':quantize(decimal '0.1'), decimal '-2':abs(), decimal '1.50':scale()") ==
      "2.3 2 2");
  CHECK(eval("decimal '0.00':is_zero()") == "true");
}

TEST_CASE_METHOD(DecimalFixture, "floats and other things are refused") {
  CHECK(failure("return decimal(1.1)") ==
        "TypeError: a float is not exact: it does not mix with decimals");
  CHECK(failure("return decimal '1' + 0.5") ==
        "TypeError: a float is not exact: it does not mix with decimals");
  CHECK(failure("return decimal '1':eq(1.0)") ==
        "TypeError: a float is not exact: it does not mix with decimals");
  CHECK(failure("return decimal 'one'") == "ValueError: 'one' is no decimal number");
  CHECK(failure("return decimal '1' + {}") == "TypeError: expected decimal or integer, got table");
  CHECK(failure("return decimal '1' / 0").substr(0, 11) == "ValueError:");
  run("_, err = pcall(decimal, 1.1)");
  CHECK(eval("err.hint") == "write the number as a string: moonbase.decimal '1.10'");
}

}  // namespace
}  // namespace moonbase::bindings
