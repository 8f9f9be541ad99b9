// Rows as CSV and as the text form of COPY.
#include "orm/base/delimited.h"

#include <catch2/catch.hpp>

#include "orm/base/error.h"

namespace moonbase::base {
namespace {

using Row = std::vector<DelimitedReader::Field>;

// In pieces of one byte, so that nothing depends on where a piece ends.
std::vector<Row> read(const std::string& text, const DelimitedOptions& options) {
  size_t at = 0;
  DelimitedReader reader(options, [&]() -> std::string_view {
    return at < text.size() ? std::string_view(text).substr(at++, 1) : std::string_view();
  });
  std::vector<Row> rows;
  for (Row row; reader.next(row);) rows.push_back(row);
  CHECK(reader.bytes() == static_cast<int64_t>(text.size()));
  return rows;
}

std::string write(const std::vector<Row>& rows, const DelimitedOptions& options) {
  std::string text;
  for (const Row& row : rows) append_delimited(text, options, row);
  return text;
}

TEST_CASE("csv: quotes hold delimiters, line ends and quotes") {
  CHECK(read("a,\"b, c\",\"d\ne\",\"f \"\"g\"\"\"\r\n1,,\"\",x", DelimitedOptions::csv()) ==
        std::vector<Row>{{"a", "b, c", "d\ne", "f \"g\""}, {"1", std::nullopt, "", "x"}});
  DelimitedOptions own{true, ';', "NULL", '\'', '\\'};
  CHECK(read("'it\\'s';NULL;'NULL';'\\\\'\n", own) ==
        std::vector<Row>{{"it's", std::nullopt, "NULL", "\\"}});
}

TEST_CASE("csv: a quote that is not closed is told with its line") {
  std::string_view text = "a,b\nc,\"d\n\n";
  DelimitedReader reader(DelimitedOptions::csv(),
                         [&text] { return std::exchange(text, std::string_view()); });
  Row row;
  CHECK(reader.next(row));
  CHECK_THROWS_WITH(reader.next(row), Catch::Contains("line 2: the quote is not closed"));
}

TEST_CASE("the line of a row counts the line ends inside the rows before") {
  std::string_view text = "\"a\nb\"\nc\n";
  DelimitedReader reader(DelimitedOptions::csv(),
                         [&text] { return std::exchange(text, std::string_view()); });
  Row row;
  reader.next(row);
  CHECK(reader.line() == 1);
  reader.next(row);
  CHECK(reader.line() == 3);
  CHECK_FALSE(reader.next(row));
}

TEST_CASE("text: escapes, and NULL that no text is") {
  CHECK(read("a\\tb\t\\N\t\\\\N\t\\q\n", DelimitedOptions::text()) ==
        std::vector<Row>{{"a\tb", std::nullopt, "\\N", "q"}});
}

TEST_CASE("what is written is read back") {
  const std::vector<Row> rows = {
      {"", std::nullopt, "a,b", "\"", "\n", "\r", "\\N", "\\", "\t", ";", "NULL", " x "},
      {"plain", "", std::nullopt}};
  for (const DelimitedOptions& options :
       {DelimitedOptions::csv(), DelimitedOptions::text(),
        DelimitedOptions{true, ';', "NULL", '\'', '\\'}, DelimitedOptions{false, ',', "NULL"}})
    CHECK(read(write(rows, options), options) == rows);
  for (const char* alone : {"", "\\.", "x"})
    CHECK(read(write({Row{std::string(alone)}}, DelimitedOptions::csv()),
               DelimitedOptions::csv()) == std::vector<Row>{Row{std::string(alone)}});
}

}  // namespace
}  // namespace moonbase::base
