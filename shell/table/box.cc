// A table in a frame: the first and the last rows, as wide as the screen allows. All rows, where
// they are asked for, have the widths that the first thousand need.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>

#include "shell/table/drawn_cell.h"
#include "shell/table/first_and_last.h"

namespace moonbase::shell {
namespace {

constexpr size_t kSample = 1000;   // rows that decide the widths
constexpr size_t kNarrowest = 10;  // columns that a value needs to be of any use
constexpr size_t kMoreDigits = 6;  // that numbers may gain after the sample: keys do

class BoxWriter : public TableWriter {
 public:
  BoxWriter(std::vector<TableColumn> columns, const TableOptions& options, LineSink sink)
      : columns_(std::move(columns)),
        options_(options),
        sink_(std::move(sink)),
        kept_(options.max_rows != 0 ? options.max_rows : 2 * kSample) {}

  bool row(TableRow row) override {
    ++count_;
    if (vertical_) return vertical_->row(std::move(row));
    if (drawing_) return line(row);
    kept_.add(std::move(row));
    if (options_.max_rows == 0 && count_ == kSample) return begin(true);
    return true;
  }

  void finish() override {
    if (!drawing_ && !vertical_ && !begin()) return;
    if (vertical_) return vertical_->finish();
    if (!rule("└", "┴", "┘") || !options_.for_screen) return;
    sink_(styled(footer(), kDim, options_.colours));
  }

 private:
  // The head, and the rows so far. False when nobody reads on.
  bool begin(bool more_to_come = false) {
    measure();
    if (!fit()) return begin_vertical();
    if (more_to_come) leave_room();
    drawing_ = true;
    std::vector<std::string> names, types;
    for (const TableColumn& column : columns_) {
      names.push_back(cell_line({Cell::Kind::kText, column.name}));
      types.push_back(cell_line({Cell::Kind::kText, column.type}));
    }
    bool typed = std::any_of(types.begin(), types.end(), [](const auto& t) { return !t.empty(); });
    bool wanted = rule("┌", "┬", "┐") && head(names, kBold) && (!typed || head(types, kDim)) &&
                  rule("├", "┼", "┤");
    for (const TableRow& row : kept_.first()) wanted = wanted && line(row);
    if (kept_.hidden() != 0)
      wanted = wanted && head(std::vector<std::string>(columns_.size(), "…"), kDim);
    for (const TableRow& row : kept_.last()) wanted = wanted && line(row);
    return wanted;
  }

  bool begin_vertical() {
    vertical_ = make_vertical_writer(columns_, options_, sink_);
    // The writer cuts out the same rows, but must hear of all to count them.
    bool wanted = true;
    for (const TableRow& row : kept_.first()) wanted = wanted && vertical_->row(row);
    for (size_t i = 0; i < kept_.hidden(); ++i) wanted = wanted && vertical_->row({});
    for (const TableRow& row : kept_.last()) wanted = wanted && vertical_->row(row);
    return wanted;
  }

  void measure() {
    for (size_t i = 0; i < columns_.size(); ++i) {
      size_t width = std::max(columns_of(cell_line({Cell::Kind::kText, columns_[i].name})),
                              columns_of(cell_line({Cell::Kind::kText, columns_[i].type})));
      bool numbers = true, any = false;
      auto look = [&](const TableRow& row) {
        if (i >= row.size()) return;
        width = std::max(width, columns_of(cell_line(row[i])));
        Cell::Kind kind = row[i].kind;
        numbers = numbers && (kind == Cell::Kind::kNumber || kind == Cell::Kind::kNull);
        any = any || kind == Cell::Kind::kNumber;
      };
      for (const TableRow& row : kept_.first()) look(row);
      for (const TableRow& row : kept_.last()) look(row);
      widths_.push_back(width);
      right_.push_back(numbers && any);
    }
  }

  // Narrows the widest columns until the frame fits; false when they would be of no use.
  bool fit() {
    size_t frame = 3 * columns_.size() + 1;
    auto total = [&](size_t most) {
      size_t sum = frame;
      for (size_t width : widths_) sum += std::min(width, most);
      return sum;
    };
    size_t widest = widths_.empty() ? 0 : *std::max_element(widths_.begin(), widths_.end());
    if (total(widest) <= options_.width) return true;
    if (total(kNarrowest) > options_.width) return false;
    size_t low = kNarrowest, high = widest;  // total(low) fits, total(high) does not
    while (high - low > 1) {
      size_t middle = low + (high - low) / 2;
      (total(middle) <= options_.width ? low : high) = middle;
    }
    for (size_t& width : widths_) width = std::min(width, low);
    return true;
  }

  void leave_room() {
    size_t total = 3 * columns_.size() + 1;
    for (size_t width : widths_) total += width;
    for (size_t i = 0; i < widths_.size(); ++i) {
      if (!right_[i]) continue;
      const size_t room = total < options_.width ? options_.width - total : 0;
      widths_[i] += std::min(kMoreDigits, room);
      total += std::min(kMoreDigits, room);
    }
  }

  bool rule(std::string_view left, std::string_view middle, std::string_view right) {
    std::string out(left);
    for (size_t i = 0; i < widths_.size(); ++i) {
      if (i != 0) out += middle;
      out += repeated("─", widths_[i] + 2);
    }
    return sink_(out + std::string(right));
  }

  bool head(const std::vector<std::string>& texts, std::string_view style) {
    std::string out;
    for (size_t i = 0; i < texts.size(); ++i)
      out += "│ " + styled(padded(texts[i], widths_[i], right_[i]), style, options_.colours) + " ";
    return sink_(out + "│");
  }

  bool line(const TableRow& row) {
    std::string out;
    for (size_t i = 0; i < widths_.size(); ++i) {
      std::string text = i < row.size() ? cell_line(row[i]) : std::string();
      bool null = i < row.size() && row[i].kind == Cell::Kind::kNull;
      std::string shown = padded(text, widths_[i], right_[i]);
      cut_ = cut_ || columns_of(text) > widths_[i];
      out += "│ " + (null ? styled(std::move(shown), kDim, options_.colours) : shown) + " ";
    }
    return sink_(out + "│");
  }

  // "1.23 million" where the table is one number that is hard to read; empty otherwise.
  std::string in_words() const {
    if (count_ != 1 || kept_.first().front().size() != 1) return {};
    const Cell& cell = kept_.first().front().front();
    if (cell.kind != Cell::Kind::kNumber) return {};
    double number = std::strtod(cell.text.c_str(), nullptr);
    constexpr std::pair<double, std::string_view> kUnits[] = {
        {1e12, "trillion"}, {1e9, "billion"}, {1e6, "million"}};
    for (const auto& [size, name] : kUnits) {
      if (std::abs(number) >= size) return fmt::format("{:.2f} {}", number / size, name);
    }
    return {};
  }

  std::string footer() const {
    std::string text = count_rows(count_);
    if (std::string words = in_words(); !words.empty()) text += ", " + words;
    if (options_.max_rows != 0 && kept_.hidden() != 0)
      text += ", " + std::to_string(count_ - kept_.hidden()) + " shown; :all shows them all";
    if (cut_) text += "; :format vertical shows whole values";
    return text;
  }

  std::vector<TableColumn> columns_;
  TableOptions options_;
  LineSink sink_;
  FirstAndLast kept_;
  std::vector<size_t> widths_;
  std::vector<bool> right_;
  size_t count_ = 0;
  bool drawing_ = false, cut_ = false;
  std::unique_ptr<TableWriter> vertical_;
};

}  // namespace

std::unique_ptr<TableWriter> make_box_writer(std::vector<TableColumn> columns,
                                             const TableOptions& options, LineSink sink) {
  return std::make_unique<BoxWriter>(std::move(columns), options, std::move(sink));
}

}  // namespace moonbase::shell
