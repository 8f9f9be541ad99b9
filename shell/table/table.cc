#include "shell/table/table.h"

#include <array>
#include <utility>

namespace moonbase::shell {

std::optional<TableFormat> table_format(std::string_view name) {
  using Named = std::pair<std::string_view, TableFormat>;
  constexpr std::array kFormats = {
      Named{"table", TableFormat::kTable},       Named{"vertical", TableFormat::kVertical},
      Named{"csv", TableFormat::kCsv},           Named{"json", TableFormat::kJson},
      Named{"markdown", TableFormat::kMarkdown}, Named{"md", TableFormat::kMarkdown},
  };
  for (const auto& [known, format] : kFormats) {
    if (name == known) return format;
  }
  return std::nullopt;
}

std::unique_ptr<TableWriter> make_table_writer(std::vector<TableColumn> columns,
                                               const TableOptions& options, LineSink sink) {
  switch (options.format) {
    case TableFormat::kTable:
      return make_box_writer(std::move(columns), options, std::move(sink));
    case TableFormat::kVertical:
      return make_vertical_writer(std::move(columns), options, std::move(sink));
    case TableFormat::kCsv:
    case TableFormat::kJson:
    case TableFormat::kMarkdown:
      break;
  }
  return make_text_writer(std::move(columns), options, std::move(sink));
}

std::string count_rows(size_t rows) {
  return std::to_string(rows) + (rows == 1 ? " row" : " rows");
}

}  // namespace moonbase::shell
