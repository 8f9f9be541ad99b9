// Rows on their way to a screen: widths, what is cut, and the formats for other programs.
#include "shell/table/table.h"

#include <catch2/catch.hpp>

#include "shell/sql_input.h"
#include "shell/table/drawn_cell.h"

namespace moonbase::shell {
namespace {

using Kind = Cell::Kind;

Cell text(std::string value) { return {Kind::kText, std::move(value)}; }
Cell number(int value) { return {Kind::kNumber, std::to_string(value)}; }

std::string written(const std::vector<TableColumn>& columns, const std::vector<TableRow>& rows,
                    TableOptions options) {
  std::string out;
  auto writer = make_table_writer(columns, options, [&out](std::string_view line) {
    out += std::string(line) + "\n";
    return true;
  });
  for (const TableRow& row : rows) writer->row(row);
  writer->finish();
  return out;
}

std::vector<TableRow> numbered(int count) {
  std::vector<TableRow> rows;
  for (int i = 1; i <= count; ++i) rows.push_back({number(i)});
  return rows;
}

TEST_CASE("a cell is one line that a terminal may have") {
  CHECK(cell_line(text("a\nb\x1b[2J")) == "a\\nb\\x1b[2J");
  CHECK(cell_line(text("\xff")) == "\\xff");
  CHECK(cell_line({}) == "NULL");
}

TEST_CASE("wide characters count as two columns, and are not cut in half") {
  CHECK(columns_of("日本") == 4);
  CHECK(cut("日本語", 6) == "日本語");
  CHECK(cut("日本語", 5) == "日本…");
  CHECK(cut("日本語", 4) == "日…");
  CHECK(cut("ab", 0).empty());
  CHECK(padded("日", 3, false) == "日 ");
  CHECK(padded("7", 3, true) == "  7");
}

TEST_CASE("a table shows the first and the last rows, and says how many there are") {
  std::string out = written({{"n", ""}}, numbered(5), {.max_rows = 3});
  CHECK(out ==
        "┌───┐\n"
        "│ n │\n"
        "├───┤\n"
        "│ 1 │\n"
        "│ 2 │\n"
        "│ … │\n"
        "│ 5 │\n"
        "└───┘\n"
        "5 rows, 3 shown; :all shows them all\n");
}

TEST_CASE("all rows have the widths that the first thousand need, and room for larger numbers") {
  std::vector<TableRow> rows = numbered(1500);
  rows.back() = {text("far too long")};
  std::string out = written({{"n", ""}}, rows, {.max_rows = 0});
  CHECK(out.find("│       1000 │\n│       1001 │\n") != std::string::npos);
  CHECK(out.find("│ far too l… │\n") != std::string::npos);
  out = written({{"n", ""}}, rows, {.width = 10, .max_rows = 0});
  CHECK(out.find("│   1000 │\n│   1001 │\n") != std::string::npos);
  CHECK(out.ends_with("1500 rows; :format vertical shows whole values\n"));
}

TEST_CASE("a table without room is written vertically, with the same rows") {
  std::vector<TableColumn> columns;
  std::vector<TableRow> rows(4);
  for (int i = 0; i < 5; ++i) {
    columns.push_back({"column number " + std::to_string(i), ""});
    for (size_t k = 0; k < rows.size(); ++k) rows[k].push_back(number(static_cast<int>(k)));
  }
  std::string out = written(columns, rows, {.width = 40, .max_rows = 2});
  CHECK(out.find("row 1 ]") != std::string::npos);
  CHECK(out.find("row 2 ]") == std::string::npos);
  CHECK(out.find("row 4 ]") != std::string::npos);
  CHECK(out.ends_with("4 rows, 2 shown; :all shows them all\n"));
}

TEST_CASE("other programs get every row as it is") {
  std::vector<TableColumn> columns{{"a", ""}, {"b", ""}};
  std::vector<TableRow> rows{{text("x,\"y\""), {}}, {text(""), text("\x1b\xff")}};
  TableOptions options{.format = TableFormat::kCsv, .for_screen = false};
  CHECK(written(columns, rows, options) == "a,b\n\"x,\"\"y\"\"\",\n\"\",\x1b\xff\n");
  options.format = TableFormat::kJson;
  CHECK(written(columns, rows, options) ==
        "[\n  {\"a\": \"x,\\\"y\\\"\", \"b\": null},\n"
        "  {\"a\": \"\", \"b\": \"\\u001b\xef\xbf\xbd\"}\n]\n");
  CHECK(written(columns, {}, options) == "[\n]\n");
  options.format = TableFormat::kMarkdown;
  CHECK(written({{"a", ""}}, {{text("x|y\nz")}}, options) == "| a |\n| --- |\n| x\\|y<br>z |\n");
}

TEST_CASE("a reader that has left ends the writing") {
  int lines = 0;
  auto writer = make_table_writer({{"n", ""}}, {.format = TableFormat::kCsv},
                                  [&lines](std::string_view) { return ++lines < 2; });
  CHECK_FALSE(writer->row({number(1)}));
}

TEST_CASE("SQL goes on while something is open, and then to the semicolon") {
  CHECK_FALSE(wants_more_sql("select 1"));
  CHECK_FALSE(wants_more_sql("select ';' -- a ( comment"));
  CHECK(wants_more_sql("select ("));
  CHECK(wants_more_sql("select 'it''s"));
  CHECK(wants_more_sql("select /* a comment"));
  CHECK(wants_more_sql("select (\n1)"));
  CHECK_FALSE(wants_more_sql("select (\n1);"));
  CHECK_FALSE(wants_more_sql("select (\n1)\n"));
  CHECK(wants_more_sql("select (\n';"));
}

}  // namespace
}  // namespace moonbase::shell
