// A row as a block of lines, one for each column.
#include <algorithm>

#include "shell/table/drawn_cell.h"
#include "shell/table/first_and_last.h"

namespace moonbase::shell {
namespace {

class VerticalWriter : public TableWriter {
 public:
  VerticalWriter(std::vector<TableColumn> columns, const TableOptions& options, LineSink sink)
      : columns_(std::move(columns)),
        options_(options),
        sink_(std::move(sink)),
        kept_(options.max_rows) {
    for (TableColumn& column : columns_) {
      column.name = cell_line({Cell::Kind::kText, column.name});
      name_width_ = std::max(name_width_, columns_of(column.name));
    }
  }

  bool row(TableRow row) override {
    if (options_.max_rows == 0) return block(++count_, row);
    kept_.add(std::move(row));
    return true;
  }

  void finish() override {
    if (options_.max_rows != 0) show_kept();
    if (options_.for_screen) {
      size_t hidden = kept_.hidden();
      std::string footer = count_rows(count_);
      if (hidden != 0)
        footer += ", " + std::to_string(count_ - hidden) + " shown; :all shows them all";
      sink_(styled(footer, kDim, options_.colours));
    }
  }

 private:
  void show_kept() {
    count_ = kept_.count();
    size_t number = 0;
    for (const TableRow& row : kept_.first()) {
      if (!block(++number, row)) return;
    }
    if (kept_.hidden() != 0) sink_("…");
    number += kept_.hidden();
    for (const TableRow& row : kept_.last()) {
      if (!block(++number, row)) return;
    }
  }

  bool block(size_t number, const TableRow& row) {
    std::string title = "─[ row " + std::to_string(number) + " ]";
    size_t columns = columns_of(title);
    size_t width = std::min<size_t>(options_.width, 40);
    if (!sink_(styled(title + repeated("─", width > columns ? width - columns : 0), kDim,
                      options_.colours)))
      return false;
    for (size_t i = 0; i < columns_.size() && i < row.size(); ++i) {
      std::string value = cell_line(row[i]);
      if (row[i].kind == Cell::Kind::kNull) value = styled(value, kDim, options_.colours);
      if (!sink_(padded(columns_[i].name, name_width_, true) + " │ " + value)) return false;
    }
    return true;
  }

  std::vector<TableColumn> columns_;
  TableOptions options_;
  LineSink sink_;
  FirstAndLast kept_;
  size_t name_width_ = 0;
  size_t count_ = 0;
};

}  // namespace

std::unique_ptr<TableWriter> make_vertical_writer(std::vector<TableColumn> columns,
                                                  const TableOptions& options, LineSink sink) {
  return std::make_unique<VerticalWriter>(std::move(columns), options, std::move(sink));
}

}  // namespace moonbase::shell
