// Classes and boxes: members, messages for what is not there, calls with a dot, inheritance,
// finalizers, docs.
#include <memory>

#include <catch2/catch.hpp>

#include "bindings/box.h"
#include "bindings/class_def.h"
#include "bindings/guard.h"
#include "bindings/stack.h"
#include "tests/bindings/lua_fixture.h"

namespace moonbase::bindings {

struct Shop {
  std::shared_ptr<int> stock;
};
struct Other {
  int unused = 0;
};
extern const ClassDef kShop, kMarket, kOther;
template <>
const ClassDef& class_of<Shop>() {
  return kShop;
}
template <>
const ClassDef& class_of<Other>() {
  return kOther;
}

namespace {

int shop_add(lua_State* L) {
  Shop& shop = check_box<Shop>(L, 1);
  *shop.stock += static_cast<int>(opt_integer(L, 2, 1));
  return 0;
}

int shop_swap(lua_State* L) {
  std::swap(check_box<Shop>(L, 1).stock, check_box<Shop>(L, 2).stock);
  return 0;
}

int shop_stock(lua_State* L) {
  lua_pushinteger(L, *check_box<Shop>(L, 1).stock);
  return 1;
}

int shop_set_stock(lua_State* L) {
  *check_box<Shop>(L, 1).stock = static_cast<int>(check_integer(L, 2));
  return 0;
}

int shop_item(lua_State* L) {
  if (lua_isinteger(L, 2) == 0) return 0;
  lua_pushinteger(L, lua_tointeger(L, 2) * 10);
  return 1;
}

int market_name(lua_State* L) {
  lua_pushliteral(L, "market");
  return 1;
}

int shop_tostring(lua_State* L) {
  lua_pushfstring(L, "<%s>", to_box(L, 1)->cls->name);
  return 1;
}

constexpr MethodDef kShopMethods[] = {
    {"add", guarded<shop_add>, "add([n])  puts n things on the shelf"},
    {"swap", guarded<shop_swap>, "swap(shop)  exchanges the stock"},
};
constexpr MethodDef kShopGetters[] = {
    {"stock", guarded<shop_stock>, "stock  how many things there are"}};
constexpr MethodDef kShopSetters[] = {
    {"stock", guarded<shop_set_stock>, "stock  how many things there are"}};
constexpr MethodDef kShopMeta[] = {{"__tostring", guarded<shop_tostring>, "its class"}};
constexpr MethodDef kMarketMethods[] = {
    {"name", guarded<market_name>, "name()  what it is called"}};

}  // namespace

const ClassDef kShop{.name = "Shop",
                     .doc = "Shop  sells things",
                     .methods = kShopMethods,
                     .getters = kShopGetters,
                     .setters = kShopSetters,
                     .metamethods = kShopMeta,
                     .index = shop_item,
                     .usage = "town.shop",
                     .destroy = kDestroy<Shop>};
const ClassDef kMarket{.name = "Market",
                       .doc = "Market  a shop outside",
                       .parent = &kShop,
                       .methods = kMarketMethods,
                       .destroy = kDestroy<Shop>};
const ClassDef kOther{.name = "Other", .doc = "Other  something else"};

namespace {

class ShopFixture : public LuaFixture {
 public:
  ShopFixture() {
    for (const ClassDef* def : {&kShop, &kMarket, &kOther}) register_class(L, *def);
    push_box(L, Shop{stock});
    lua_setglobal(L, "shop");
    Box* box = new_box(L, kMarket, sizeof(Shop));
    new (box->payload()) Shop{market_stock};
    box->dead = 0;
    lua_setglobal(L, "market");
    push_box(L, Other{});
    lua_setglobal(L, "other");
  }

  std::shared_ptr<int> stock = std::make_shared<int>(0);
  std::shared_ptr<int> market_stock = std::make_shared<int>(7);
};

TEST_CASE_METHOD(ShopFixture, "methods, getters, setters and keys of an object's own") {
  run("shop:add(2) shop:add() shop.stock = shop.stock + 10");
  CHECK(*stock == 13);
  CHECK(eval("shop[4]") == "40");
  CHECK(eval("tostring(shop), tostring(market)") == "<Shop> <Market>");
  CHECK(eval("getmetatable(shop)") == "false");
}

TEST_CASE_METHOD(ShopFixture, "a derived class has its parent's members and is one of them") {
  CHECK(eval("market:name(), market.stock") == "market 7");
  run("shop:swap(market)");
  CHECK(eval("shop.stock, market.stock") == "7 0");
}

TEST_CASE_METHOD(ShopFixture, "an unknown name raises and offers the nearest") {
  CHECK(failure("shop:ad(1)") == "AttributeError: Shop has no attribute 'ad'; did you mean 'add'?");
  CHECK(failure("return market.stok") ==
        "AttributeError: Market has no attribute 'stok'; did you mean 'stock'?");
  CHECK(failure("return shop.elephants") == "AttributeError: Shop has no attribute 'elephants'");
  CHECK(failure("shop.stok = 1") ==
        "AttributeError: Shop has no attribute 'stok'; did you mean 'stock'?");
  CHECK(failure("shop.add = 1") == "AttributeError: Shop.add cannot be assigned");
  CHECK(failure("return shop[{}]") == "TypeError: Shop cannot be indexed with a table");
  CHECK(failure("return other[1]") == "TypeError: Other cannot be indexed with a number");
}

TEST_CASE_METHOD(ShopFixture, "a method called with a dot shows the call to write") {
  CHECK(failure("local u = {} shop.add(u)") ==
        "TypeError: town.shop.add(u): methods take a colon: town.shop:add(u)");
  CHECK(failure("customer = other shop.add(customer)") ==
        "TypeError: town.shop.add(customer): methods take a colon: town.shop:add(customer)");
  CHECK(failure("shop.add(3, 'x')") ==
        "TypeError: town.shop.add(3, 'x'): methods take a colon: town.shop:add(3, 'x')");
  CHECK(failure("shop.add{}") ==
        "TypeError: town.shop.add{…}: methods take a colon: town.shop:add{…}");
  CHECK(failure("shop.add()") ==
        "TypeError: town.shop.add(): methods take a colon: town.shop:add()");
  CHECK(failure("market.add()") ==
        "TypeError: town.shop.add(): methods take a colon: town.shop:add()");
}

TEST_CASE_METHOD(ShopFixture, "a wrong object is named by its class") {
  CHECK(failure("shop:swap(other)") == "TypeError: swap: argument 1: expected Shop, got Other");
  CHECK(failure("shop:swap(nil)") == "TypeError: swap: argument 1: expected Shop, got nil");
  CHECK(failure("shop:swap(moonbase.null)") ==
        "TypeError: swap: argument 1: expected Shop, got null");
  CHECK(failure("shop:swap(io.stdout)") == "TypeError: swap: argument 1: expected Shop, got FILE*");
}

TEST_CASE_METHOD(ShopFixture, "collecting a box destroys its payload once") {
  CHECK(stock.use_count() == 2);
  run("shop = nil collectgarbage()");
  CHECK(stock.use_count() == 1);
}

TEST_CASE_METHOD(ShopFixture, "a box that another finalizer brings back is dead") {
  // Finalizers run newest first: the box's own, then that of the older table, which finds the box
  // in its field.
  run("keep = setmetatable({}, {__gc = function(t) back = t.shop end})");
  push_box(L, Shop{std::make_shared<int>(1)});
  lua_setglobal(L, "young");
  run("keep.shop = young young = nil keep = nil collectgarbage()");
  CHECK(eval("type(back)") == "userdata");
  CHECK(failure("back:add()") == "InvalidRequestError: the Shop was collected already");
  CHECK(failure("shop:swap(back)") == "InvalidRequestError: the Shop was collected already");
}

TEST_CASE_METHOD(ShopFixture, "docs come from the rows") {
  CHECK(eval("moonbase.doc(shop.add)") == "add([n])  puts n things on the shelf");
  CHECK(eval("moonbase.doc(shop)") == "Shop  sells things");
  CHECK(
      eval(
          "moonbase.doc(moonbase.datetime):match '^%w+', moonbase.doc(print), moonbase.doc(nil)") ==
      "datetime nil nil");
  run("f = moonbase.doc(function() end, 'f()  does nothing')");
  CHECK(eval("moonbase.doc(f)") == "f()  does nothing");
  CHECK(member_names(kMarket) == std::vector<std::string>{"add", "name", "stock", "swap"});
}

TEST_CASE_METHOD(LuaFixture, "every row that Lua sees has a docstring") {
  const Context& context = runtime.context();
  for (const ClassDef* def : context.classes()) {
    CHECK(std::string_view(def->doc) != "");
    for (auto rows : {def->methods, def->getters, def->setters, def->metamethods, def->statics}) {
      for (const MethodDef& row : rows) {
        INFO(def->name << "." << row.name);
        CHECK(std::string_view(row.doc) != "");
      }
    }
  }
  for (const MethodDef* row : context.functions()) CHECK(std::string_view(row->doc) != "");
}

TEST_CASE_METHOD(LuaFixture, "misspelt names of the module and of classes are errors") {
  CHECK(failure("return moonbase.datetme") ==
        "AttributeError: moonbase has no attribute 'datetme'; did you mean 'datetime'?");
  CHECK(failure("return moonbase.datetime.utcnwo()") ==
        "AttributeError: datetime has no attribute 'utcnwo'; did you mean 'utcnow'?");
  CHECK(eval("moonbase == require 'moonbase', tostring(moonbase.datetime)") ==
        "true <class datetime>");
}

}  // namespace
}  // namespace moonbase::bindings
