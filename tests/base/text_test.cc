#include "orm/base/text.h"

#include <catch2/catch.hpp>

using namespace moonbase::base;

using Names = std::vector<std::string>;

TEST_CASE("split, join, trim and case") {
  CHECK(split("a,b,,c", ',') == std::vector<std::string_view>{"a", "b", "", "c"});
  CHECK(split("", ',') == std::vector<std::string_view>{""});
  CHECK(join({"a", "b"}, ", ") == "a, b");
  CHECK(join({}, ", ").empty());
  CHECK(trim(" \t a b\n") == "a b");
  CHECK(trim("  ").empty());
  CHECK(lower("ABÉ") == "abÉ");
  CHECK(upper("abc") == "ABC");
  CHECK(equal_ignoring_case("Key", "kEY"));
  CHECK_FALSE(equal_ignoring_case("key", "keys"));
}

TEST_CASE("edit distance counts a swap of neighbours once") {
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("jhon", "john") == 1);
  CHECK(edit_distance("kitten", "sitting") == 3);
  CHECK(edit_distance("same", "same") == 0);
}

TEST_CASE("nearest finds what was meant") {
  const Names columns = {"id", "username", "email", "password_hash"};
  CHECK(nearest("usrname", columns) == "username");
  CHECK(nearest("emial", columns) == "email");
  CHECK(nearest("Email", columns) == "email");
  CHECK(nearest("pasword_hsh", columns) == "password_hash");
  CHECK_FALSE(nearest("timestamp", columns));
  CHECK_FALSE(nearest("x", columns));
  CHECK_FALSE(nearest("", columns));
}

TEST_CASE("nearest prefers another case, then fewer edits, then the first") {
  CHECK(nearest("ID", Names{"if", "id"}) == "id");
  CHECK(nearest("names", Names{"nam", "name"}) == "name");
  CHECK(nearest("cat", Names{"bat", "hat"}) == "bat");
  CHECK_FALSE(nearest("name", Names{"names", "name"}));
  CHECK(nearest("Intger", std::vector<std::string_view>{"Integer", "Interval"}) == "Integer");
  CHECK(did_you_mean("emial", {"email"}) == "; did you mean 'email'?");
  CHECK(did_you_mean("zzz", {"email"}).empty());
}

TEST_CASE("class names become table names") {
  const std::pair<const char*, const char*> vectors[] = {
      {"CamelCase", "camel_case"},
      {"Snake_case", "snake_case"},
      {"HTMLLayout", "html_layout"},
      {"LayoutHTML", "layout_html"},
      {"HTTP2Request", "http2_request"},
      {"ShoppingCartSession", "shopping_cart_session"},
      {"ABC", "abc"},
      {"PreABC", "pre_abc"},
      {"ABCPost", "abc_post"},
      {"PreABCPost", "pre_abc_post"},
      {"HTTP2RequestSession", "http2_request_session"},
      {"UserST4", "user_st4"},
      {"HTTP2ClientType3EncoderParametersSSE", "http2_client_type3_encoder_parameters_sse"},
      {"LONGName4TestingCamelCase2snake_caseXYZ", "long_name4_testing_camel_case2snake_case_xyz"},
      {"FooBarSSE2", "foo_bar_sse2"},
      {"AlarmMessageSS2SignalTransformer", "alarm_message_ss2_signal_transformer"},
      {"AstV2Node", "ast_v2_node"},
      {"HTTPResponseCodeXYZ", "http_response_code_xyz"},
      {"get2HTTPResponse123Code", "get2_http_response123_code"},
      {"AddressAndPhone", "address_and_phone"},
      {"HTTPServer", "http_server"},
      {"User", "user"},
      {"_Private", "private"},
      {"___", ""},
      {"", ""},
  };
  for (const auto& [name, expected] : vectors) CHECK(camel_to_snake(name) == expected);
}

TEST_CASE("UTF-8 is told from other bytes") {
  for (const char* text : {"", "plain ASCII of more than eight bytes", "é", "12345678é", "€", "😀",
                           "\xF4\x8F\xBF\xBF"}) {
    CAPTURE(text);
    CHECK(is_valid_utf8(text));
  }
  for (const char* text :
       {"\x80", "\xC0\xAF", "\xC3", "12345678\xFF", "\xE0\x9F\xBF", "\xED\xA0\x80",
        "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE2\x82"}) {
    CAPTURE(text);
    CHECK_FALSE(is_valid_utf8(text));
  }
  CHECK(is_valid_utf8(std::string_view("\0a", 2)));
  CHECK(utf8_length("aé€😀") == 4);
}

TEST_CASE("text in messages stays on its line") {
  CHECK(quote_for_message("it's") == "'it''s'");
  CHECK(quote_for_message("a\n\t\x01\x7F") == "'a\\n\\t\\x01\\x7f'");
  CHECK(quote_for_message("é\xFF") == "'é\\xff'");
  CHECK(quote_for_message("abcdefghij", 4) == "'ab…ij'");
  CHECK(quote_for_message("ééééé", 5) == "'é…é'");
  CHECK(escape_for_message("it's") == "it's");
}
