// Rows on their way to a screen or a file: what a cell and a column are, and the formats they are
// written in. A writer takes the rows one by one, keeps no more of them than it shows together, and
// writes lines. Plain values and objects of one thread; writers throw what their sink throws.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace moonbase::shell {

struct Cell {
  enum class Kind { kNull, kBoolean, kNumber, kText, kJson };
  Kind kind = Kind::kNull;
  std::string text;  // the bytes as the database has them; of kJson: JSON; empty for kNull
};
using TableRow = std::vector<Cell>;

struct TableColumn {
  std::string name;
  std::string type;  // "Integer"; empty where unknown
};

enum class TableFormat { kTable, kVertical, kCsv, kJson, kMarkdown };
inline constexpr std::string_view kTableFormats = "table, vertical, csv, json, markdown";
// The format of that name, or nothing.
std::optional<TableFormat> table_format(std::string_view name);

// Takes lines without their ends; false when nobody reads on.
using LineSink = std::function<bool(std::string_view line)>;

struct TableOptions {
  TableFormat format = TableFormat::kTable;
  size_t width = 80;     // columns of the screen; a table that is wider is written vertically
  size_t max_rows = 40;  // the first and the last ones that are shown; 0 for all
  bool colours = false;
  bool for_screen = true;  // control characters are spelled out, and a footer counts the rows
};

class TableWriter {
 public:
  virtual ~TableWriter() = default;
  // False when nobody wants more rows.
  virtual bool row(TableRow row) = 0;
  virtual void finish() = 0;
};

std::unique_ptr<TableWriter> make_table_writer(std::vector<TableColumn> columns,
                                               const TableOptions& options, LineSink sink);

// "1 row", "1200 rows".
std::string count_rows(size_t rows);

// The writers of the formats (make_table_writer chooses).
std::unique_ptr<TableWriter> make_box_writer(std::vector<TableColumn> columns,
                                             const TableOptions& options, LineSink sink);
std::unique_ptr<TableWriter> make_vertical_writer(std::vector<TableColumn> columns,
                                                  const TableOptions& options, LineSink sink);
std::unique_ptr<TableWriter> make_text_writer(std::vector<TableColumn> columns,
                                              const TableOptions& options, LineSink sink);

}  // namespace moonbase::shell
