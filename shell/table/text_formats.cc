// Formats for other programs: every row at once, nothing cut.
#include <algorithm>

#include "orm/base/text.h"
#include "shell/editor/glyph.h"
#include "shell/printer.h"
#include "shell/table/table.h"

namespace moonbase::shell {
namespace {

// RFC 4180. NULL is an empty field, an empty text `""`.
std::string csv_field(const Cell& cell) {
  if (cell.kind == Cell::Kind::kNull) return {};
  const std::string& text = cell.text;
  bool quoted = text.empty() || text.find_first_of(",\"\r\n") != std::string::npos ||
                text.front() == ' ' || text.back() == ' ';
  if (!quoted) return text;
  std::string out = "\"";
  for (char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + "\"";
}

void append_json_byte(std::string& out, char c) {
  constexpr char kDigits[] = "0123456789abcdef";
  auto byte = static_cast<unsigned char>(c);
  if (c == '"' || c == '\\') {
    out += '\\';
    out += c;
  } else if (c == '\n') {
    out += "\\n";
  } else if (c == '\t') {
    out += "\\t";
  } else if (byte < 0x20 || byte == 0x7f) {
    out += "\\u00";
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  } else {
    out += c;
  }
}

// Bytes that are no UTF-8 become U+FFFD: JSON has no others.
std::string json_string(std::string_view text) {
  bool valid = base::is_valid_utf8(text);
  std::string out = "\"";
  for (size_t at = 0; at < text.size();) {
    size_t length = valid ? 1 : std::max<size_t>(editor::glyph_at(text, at).length, 1);
    std::string_view piece = text.substr(at, length);
    if (valid || base::is_valid_utf8(piece)) {
      for (char c : piece) append_json_byte(out, c);
    } else {
      out += "\xef\xbf\xbd";
    }
    at += length;
  }
  return out + "\"";
}

std::string json_value(const Cell& cell) {
  switch (cell.kind) {
    case Cell::Kind::kNull:
      return "null";
    case Cell::Kind::kBoolean:
    case Cell::Kind::kJson:
      return cell.text;
    case Cell::Kind::kNumber:
      // Infinities and NaN are no numbers there.
      return cell.text.find_first_of("niNI") == std::string::npos ? cell.text : "null";
    case Cell::Kind::kText:
      break;
  }
  return json_string(cell.text);
}

std::string markdown_cell(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '|') out += '\\';
    if (c == '\n') {
      out += "<br>";
    } else {
      out += c;
    }
  }
  return out;
}

class TextWriter : public TableWriter {
 public:
  TextWriter(std::vector<TableColumn> columns, const TableOptions& options, LineSink sink)
      : columns_(std::move(columns)), options_(options), sink_(std::move(sink)) {}

  bool row(TableRow row) override {
    bool wanted = count_ != 0 || begin();
    ++count_;
    if (!wanted) return false;
    if (options_.format != TableFormat::kJson) return write(record(row));
    // A row is known not to be the last one when the next one is there.
    if (!pending_.empty()) wanted = write(pending_ + ",");
    pending_ = object(row);
    return wanted;
  }

  void finish() override {
    if (count_ == 0 && !begin()) return;
    if (options_.format != TableFormat::kJson) return;
    if (!pending_.empty()) write(pending_);
    write("]");
  }

 private:
  bool begin() {
    TableRow names;
    for (const TableColumn& column : columns_) names.push_back({Cell::Kind::kText, column.name});
    if (options_.format == TableFormat::kJson) return write("[");
    if (!write(record(names))) return false;
    if (options_.format == TableFormat::kCsv) return true;
    std::string rule = "|";
    for (size_t i = 0; i < columns_.size(); ++i) rule += " --- |";
    return write(rule);
  }

  bool write(std::string_view line) {
    return sink_(options_.for_screen ? printable(line, true) : std::string(line));
  }

  std::string record(const TableRow& row) const {
    bool csv = options_.format == TableFormat::kCsv;
    std::string out = csv ? "" : "|";
    for (size_t i = 0; i < row.size(); ++i) {
      if (csv) {
        out += (i == 0 ? "" : ",") + csv_field(row[i]);
      } else {
        out +=
            " " + (row[i].kind == Cell::Kind::kNull ? "NULL" : markdown_cell(row[i].text)) + " |";
      }
    }
    return out;
  }

  std::string object(const TableRow& row) const {
    std::string out = "  {";
    for (size_t i = 0; i < row.size() && i < columns_.size(); ++i) {
      if (i != 0) out += ", ";
      out += json_string(columns_[i].name) + ": " + json_value(row[i]);
    }
    return out + "}";
  }

  std::vector<TableColumn> columns_;
  TableOptions options_;
  LineSink sink_;
  size_t count_ = 0;
  std::string pending_;
};

}  // namespace

std::unique_ptr<TableWriter> make_text_writer(std::vector<TableColumn> columns,
                                              const TableOptions& options, LineSink sink) {
  return std::make_unique<TextWriter>(std::move(columns), options, std::move(sink));
}

}  // namespace moonbase::shell
