#include "shell/sql_colours.h"

#include <vector>

#include "shell/editor/highlight.h"

namespace moonbase::shell {

std::string coloured_statement(std::string_view line) {
  constexpr std::string_view kUnit = " ms  ";
  size_t begin = line.find(kUnit);
  begin = begin == std::string_view::npos ? 0 : begin + kUnit.size();
  std::string_view sql = line.substr(begin);
  std::vector<editor::Style> styles = editor::highlight_sql(sql);
  std::string out = "\x1b[2m" + std::string(line.substr(0, begin)) + "\x1b[0m";
  editor::Style style = editor::Style::kPlain;
  for (size_t i = 0; i < sql.size(); ++i) {
    if (styles[i] != style) {
      out += "\x1b[0;" + std::string(editor::sgr(styles[i], true)) + "m";
      style = styles[i];
    }
    out += sql[i];
  }
  return style == editor::Style::kPlain ? out : out + "\x1b[0m";
}

}  // namespace moonbase::shell
