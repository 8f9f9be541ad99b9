// Rows as text, in the two forms that PostgreSQL's COPY has: `csv` (fields in quotes where they
// need them, line ends inside included) and `text` (a tab between fields, \t \n \\ inside, \N for
// NULL). Pure but for the source and the sink; a reader and a writer are used by one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace moonbase::base {

// Named as COPY's options are.
struct DelimitedOptions {
  bool is_csv = true;
  char delimiter = ',';
  std::string null;  // what stands for NULL; in csv only where it is not in quotes
  char quote = '"', escape = '"';

  static DelimitedOptions csv() { return {}; }
  static DelimitedOptions text() { return {false, '\t', "\\N", '"', '"'}; }
};

class DelimitedReader {
 public:
  // Gives the next piece of the text, of any length; empty at the end. What it throws goes through.
  using Source = std::function<std::string_view()>;
  using Field = std::optional<std::string>;  // nothing: NULL

  DelimitedReader(DelimitedOptions options, Source source)
      : options_(std::move(options)), source_(std::move(source)) {}

  // The next row; false at the end. Throws kDataError for a quote that is not closed, with the line
  // that it is in.
  bool next(std::vector<Field>& row);
  // Where the last row began, counted from 1, and how much was read up to its end.
  int64_t line() const { return row_line_; }
  int64_t bytes() const { return bytes_; }

 private:
  int peek();  // -1 at the end
  int take();
  bool ends_line(int c);
  void read_csv(Field& field);
  void read_text(Field& field);

  DelimitedOptions options_;
  Source source_;
  std::string_view piece_;
  bool is_at_end_ = false;
  int64_t line_ = 1, row_line_ = 0, bytes_ = 0;
};

// Appends a row with its line end.
void append_delimited(std::string& out, const DelimitedOptions& options,
                      const std::vector<std::optional<std::string>>& row);

}  // namespace moonbase::base
