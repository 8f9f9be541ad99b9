#include "shell/completion.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include "bindings/call.h"
#include "bindings/guard.h"
#include "bindings/offers.h"
#include "bindings/syntax/syntax.h"
#include "orm/base/text.h"
#include "shell/commands.h"
#include "shell/expression_before.h"
#include "shell/table/table.h"

namespace moonbase::shell {
namespace {

namespace fs = std::filesystem;
using bindings::Offer;
using bindings::Subject;
using editor::Candidate;
using editor::Completion;
using syntax::Token;
using syntax::TokenClass;

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool begins_alike(std::string_view name, std::string_view prefix, bool exact) {
  if (name.size() < prefix.size()) return false;
  if (exact) return name.starts_with(prefix);
  return base::lower(std::string(name.substr(0, prefix.size()))) ==
         base::lower(std::string(prefix));
}

// Those that begin with `prefix`, in capitals or not where none does exactly. Names of Moonbase's
// own use, which begin with `_`, come when that is typed.
std::vector<Offer> matching(std::vector<Offer> offers, std::string_view prefix) {
  auto pick = [&](bool exact) {
    std::vector<Offer> found;
    for (const Offer& offer : offers) {
      bool hidden = offer.name.starts_with('_') && !prefix.starts_with('_');
      if (!hidden && begins_alike(offer.name, prefix, exact)) found.push_back(offer);
    }
    return found;
  };
  std::vector<Offer> exact = pick(true);
  return exact.empty() ? pick(false) : exact;
}

bool is_sql(std::string_view text) {
  constexpr auto kVerbs = std::to_array<std::string_view>(
      {"select", "insert", "update", "delete", "with", "explain", "create", "drop", "alter"});
  text = base::trim(text);
  auto end = std::find_if_not(text.begin(), text.end(), is_word);
  std::string verb = base::lower(std::string(text.begin(), end));
  return end != text.end() && std::find(kVerbs.begin(), kVerbs.end(), verb) != kVerbs.end();
}

class Completer {
 public:
  Completer(lua_State* L, std::string_view before)
      : L_(L), text_(before), tokens_(syntax::tokens(before)), before_(L, before, tokens_) {}

  Completion run() {
    if (is_command(text_)) return command();
    if (!tokens_.empty() && tokens_.back().end == text_.size()) {
      const Token& last = tokens_.back();
      if (last.cls == TokenClass::kComment) return {};
      if (last.unfinished || (last.cls == TokenClass::kInvalid && is_quote(text_[last.begin])))
        return inside_string(last.begin);
    }
    if (is_sql(text_) && syntax::completeness(text_) == syntax::Completeness::kWrong) return sql(0);
    return lua();
  }

 private:
  static bool is_quote(char c) { return c == '"' || c == '\''; }

  Completion offer(size_t begin, const std::vector<Offer>& offers, std::string_view before = "",
                   std::string_view after = "") const {
    Completion completion{begin, {}};
    for (const Offer& offer : offers) {
      completion.candidates.push_back(
          {std::string(before) + offer.name + std::string(after), offer.doc});
    }
    return completion;
  }

  Completion command() {
    std::string_view prefix = text_.substr(1);
    if (auto end = std::find_if_not(prefix.begin(), prefix.end(), is_word); end != prefix.end())
      return argument({prefix.begin(), end});
    std::vector<Offer> offers;
    for (const Command& command : commands()) {
      std::string doc = ":" + std::string(command.name) + " " + std::string(command.arguments);
      offers.push_back({std::string(command.name), doc + "  " + std::string(command.doc)});
    }
    return offer(1, matching(std::move(offers), prefix));
  }

  // Of the command: what its arguments are stands in their description.
  Completion argument(std::string_view name) {
    const Command* command = find_command(name);
    std::string_view takes = command != nullptr ? command->arguments : "";
    auto mentions = [&](std::string_view word) { return takes.find(word) != takes.npos; };
    std::string_view prefix = typed_word(1);
    size_t begin = text_.size() - prefix.size();
    if (mentions("FILE")) return files(text_.find_last_of(' ') + 1);
    if (mentions("INPUT") || mentions("QUERY")) return lua();
    if (mentions("on|off"))
      return offer(begin, matching({{"off", "", false}, {"on", "", false}}, prefix));
    if (mentions("FORMAT")) {
      std::vector<Offer> formats;
      for (std::string_view format : base::split(kTableFormats, ','))
        formats.push_back({std::string(base::trim(format)), "", false});
      return offer(begin, matching(std::move(formats), prefix));
    }
    if (!mentions("NAME")) return {};
    std::vector<Offer> names = bindings::sql_names(L_, "");
    for (Offer& known : bindings::names_offered(L_)) names.push_back(std::move(known));
    return offer(begin, matching(std::move(names), prefix));
  }

  // The bytes of the name that ends at the cursor, not beyond `begin`.
  std::string_view typed_word(size_t begin) const {
    size_t at = text_.size();
    while (at > begin && is_word(text_[at - 1])) --at;
    return text_.substr(at);
  }

  // --- inside strings ---

  Completion inside_string(size_t begin) const {
    size_t content = begin + 1;
    // `[==[`
    if (text_[begin] == '[') content = std::min(text_.find('[', begin + 1), text_.size() - 1) + 1;
    std::string_view text = text_.substr(content);
    return is_sql(text) ? sql(content) : files(content);
  }

  Completion sql(size_t begin) const {
    std::string_view prefix = typed_word(begin);
    size_t at = text_.size() - prefix.size();
    std::string_view table;
    if (at > begin && text_[at - 1] == '.') {
      size_t end = at - 1;
      size_t start = end;
      while (start > begin && is_word(text_[start - 1])) --start;
      table = text_.substr(start, end - start);
    }
    return offer(at, matching(bindings::sql_names(L_, table), prefix));
  }

  Completion files(size_t begin) const {
    std::string_view typed = text_.substr(begin);
    size_t name_begin = typed.rfind('/') + 1;  // 0 where there is none
    std::string_view prefix = typed.substr(name_begin);
    fs::path folder = name_begin == 0 ? fs::path(".") : fs::path(typed.substr(0, name_begin));
    std::vector<Offer> offers;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error)) {
      std::string name = entry->path().filename().string();
      bool hidden = name.starts_with('.') && !prefix.starts_with('.');
      // What a string cannot hold as it is, is not offered.
      bool plain =
          name.find_first_of("'\"\\]\n\r") == std::string::npos && base::is_valid_utf8(name);
      std::error_code ignored;
      bool is_folder = entry->is_directory(ignored);
      if (!hidden && plain && name.starts_with(prefix))
        offers.push_back({is_folder ? name + "/" : name, is_folder ? "folder" : ""});
    }
    std::sort(offers.begin(), offers.end(),
              [](const Offer& a, const Offer& b) { return a.name < b.name; });
    return offer(begin + name_begin, offers);
  }

  // --- Lua ---

  Completion lua() {
    std::string_view prefix;
    size_t end = tokens_.size();
    bool at_word =
        end > 0 && tokens_.back().end == text_.size() &&
        (tokens_.back().cls == TokenClass::kName || tokens_.back().cls == TokenClass::kKeyword ||
         tokens_.back().cls == TokenClass::kConstant);
    if (at_word) prefix = before_.word(--end);
    size_t begin = text_.size() - prefix.size();
    std::string_view sign = end > 0 ? before_.word(end - 1) : "";
    if (sign == "." || sign == ":") return members(end - 1, begin, prefix);
    if (sign == "{" || sign == "," || sign == ";") {
      Completion completion = keys(end, begin, prefix);
      if (!completion.candidates.empty()) return completion;
    }
    return offer(begin, matching(bindings::names_offered(L_), prefix));
  }

  // Behind the `.` or `:` that is the token `sign`.
  Completion members(size_t sign, size_t begin, std::string_view prefix) {
    bool colon = before_.word(sign) == ":";
    Subject subject = before_.subject(sign);
    std::vector<Offer> all = matching(bindings::members_of(L_, subject), prefix);
    bool is_table = has_functions_behind_dots(subject);
    std::vector<Offer> fitting;
    for (const Offer& offer : all) {
      if (offer.method == colon || (!colon && is_table)) fitting.push_back(offer);
    }
    if (!fitting.empty() || colon) return offer(begin, fitting);
    // Methods behind a dot: the colon is put in its place.
    return offer(tokens_[sign].begin, all, ":");
  }

  // Modules and tables, where functions are fields.
  bool has_functions_behind_dots(const Subject& subject) const {
    if (subject.kind != Subject::Kind::kValue) return false;
    subject.value.push(L_);
    bool table = lua_istable(L_, -1);
    lua_pop(L_, 1);
    return table;
  }

  // Where a key may stand inside `call{…}`.
  Completion keys(size_t end, size_t begin, std::string_view prefix) {
    size_t brace = enclosing_brace(end);
    if (brace == ExpressionBefore::kNone) return {};
    std::string_view method;
    Subject owner = before_.owner(brace, method);
    std::vector<Offer> offers = method.empty() ? bindings::keys_of_call(L_, before_.subject(brace))
                                               : bindings::keys_of_call(L_, owner, method);
    return offer(begin, matching(std::move(offers), prefix), "", " = ");
  }

  // The `{` that is open before the token `end`, when it is the innermost bracket.
  size_t enclosing_brace(size_t end) const {
    for (size_t i = end; i-- > 0;) {
      std::string_view word = before_.word(i);
      if (word == ")" || word == "]" || word == "}") {
        i = before_.opening(i);
        if (i == ExpressionBefore::kNone) break;
      } else if (word == "(" || word == "[" || word == "{") {
        return word == "{" ? i : ExpressionBefore::kNone;
      }
    }
    return ExpressionBefore::kNone;
  }

  lua_State* L_;
  std::string_view text_;
  std::vector<Token> tokens_;
  ExpressionBefore before_;
};

struct Job {
  std::string_view before;
  Completion result;
};

int run_job(lua_State* L) {
  auto& job = *static_cast<Job*>(lua_touserdata(L, 1));
  job.result = Completer(L, job.before).run();
  return 0;
}

}  // namespace

Completion complete(lua_State* L, std::string_view text, size_t cursor) {
  Job job{text.substr(0, cursor), {}};
  lua_pushcfunction(L, bindings::guarded<run_job>);
  lua_pushlightuserdata(L, &job);
  try {
    bindings::call_lua(L, 1, 0);
  } catch (const bindings::ScriptError&) {
    return {};
  }
  return std::move(job.result);
}

}  // namespace moonbase::shell
