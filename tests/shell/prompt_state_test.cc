// Which databases the prompt warns of.
#include "shell/prompt_state.h"

#include <catch2/catch.hpp>

namespace moonbase::shell {
namespace {

TEST_CASE("a name of production is one with a word of its own for it") {
  for (const char* text : {"prod.db", "shop_prod.db", "postgresql://ada@db.prod.example.com/shop",
                           "postgresql://ada@host/Production", "live", "shop-live.db"}) {
    CAPTURE(text);
    CHECK(names_production(text));
  }
  for (const char* text : {"", "products.db", "reproduction.db", "olive.db", "delivery.db",
                           "postgresql://ada@host/production2", "staging"}) {
    CAPTURE(text);
    CHECK_FALSE(names_production(text));
  }
}

}  // namespace
}  // namespace moonbase::shell
