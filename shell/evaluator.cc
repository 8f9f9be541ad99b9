#include "shell/evaluator.h"

#include "bindings/interrupt.h"
#include "bindings/lua_instance.h"
#include "bindings/prompt_locals.h"
#include "orm/base/text.h"
#include "shell/fold.h"
#include "shell/habits.h"
#include "shell/input.h"
#include "shell/module.h"
#include "shell/printer.h"
#include "shell/settings.h"
#include "shell/tables.h"

namespace moonbase::shell {

Outcome Evaluator::run(const InputSource& input, bool last) {
  has_shown_ = false;
  if (std::optional<Question> question = question_in(input.text))
    return run_question(input, *question);
  int base = lua_gettop(L_);
  switch (compile_input(L_, input.text, "=" + input.chunk, input.first_line, last)) {
    case Compiled::kIncomplete:
      return Outcome::kIncomplete;
    case Compiled::kError:
      settings(L_).traceback = "";
      return show_failure(input, mark_mistake(input.text));
    case Compiled::kFunction:
      break;
  }
  Outcome outcome = call(input, base);
  Outcome ended = end_input(input);
  return outcome == Outcome::kDone ? ended : outcome;
}

Outcome Evaluator::run_question(const InputSource& input, const Question& question) {
  const int base = lua_gettop(L_);
  Outcome outcome = Outcome::kDone;
  const auto evaluate = [&](const std::string& expression) {
    lua_settop(L_, base);
    if (compile_input(L_, expression, "=" + input.chunk, input.first_line, true) ==
        Compiled::kFunction)
      return bindings::call_lua(L_, 0, 1);
    lua_settop(L_, base);
    lua_pushnil(L_);  // a word of Lua's
  };
  try {
    std::optional<std::string> text;
    bool is_found = false, is_nil = false;
    if (!question.owner.empty()) {
      evaluate("(" + question.owner + ")");  // no tail call, which a traceback does not know
      is_nil = lua_isnil(L_, -1);
      if (!is_nil) text = answer_unread(L_, question, is_found);
    }
    // Where something on the path is missing, Lua says best what it is; but nothing is called
    // twice.
    const bool calls = question.owner.find_first_of("({'\"") != std::string::npos;
    if (!is_found) evaluate(is_nil && calls ? "(nil)." + question.attribute : question.expression);
    if (!text) text = answer(L_, question);
    const std::string shown = printable(*text, true);
    screen_.value(question.source ? shown : folded(shown, screen_.fold_width()));
    lua_settop(L_, base);
  } catch (const bindings::ScriptError& error) {
    lua_settop(L_, base);
    outcome = fail(input, error);
  }
  const Outcome ended = end_input(input);
  return outcome == Outcome::kDone ? ended : outcome;
}

Outcome Evaluator::run_sql(std::string_view sql) {
  const InputSource input{"sql", std::string(sql), 1, false};
  has_shown_ = false;
  Outcome outcome = Outcome::kDone;
  try {
    shell::run_sql(L_, sql);
  } catch (const bindings::ScriptError& error) {
    outcome = fail(input, error);
    settings(L_).traceback = "";  // the calls are none of the person's
  }
  Outcome ended = end_input(input);
  return outcome == Outcome::kDone ? ended : outcome;
}

// Calls the function on the top, which is at base + 1.
Outcome Evaluator::call(const InputSource& input, int base) {
  try {
    bindings::call_lua(L_, 0, LUA_MULTRET);
    show_results(base + 1);
    if (lua_gettop(L_) == base + 1 && lua_isnil(L_, -1)) show_guess(input);
    lua_settop(L_, base);
  } catch (const bindings::ScriptError& error) {
    lua_settop(L_, base);
    error.push(L_);
    // Lua's own messages have their hints.
    bool own = lua_type(L_, -1) == LUA_TSTRING;
    lua_pop(L_, 1);
    Outcome outcome = fail(input, error);
    if (!own) show_note(input, true);
    show_closed();
    return outcome;
  }
  show_note(input, false);
  show_closed();
  return Outcome::kDone;
}

// A name that is not defined is nil, and no error.
void Evaluator::show_guess(const InputSource& input) {
  std::string guess = guess_for_input(L_, input.text);
  if (!guess.empty())
    screen_.remark("note: " + std::string(base::trim(input.text)) + " is not defined" + guess);
}

// What the text says may be something else than what was meant.
void Evaluator::show_note(const InputSource& input, bool failed) {
  std::string note = habit_in_what_ran(L_, input.text, failed);
  if (!note.empty()) screen_.remark("note: " + note);
}

// A local stays for later inputs, but not one that is to be closed.
void Evaluator::show_closed() {
  const auto& names = bindings::Context::of(L_).area<bindings::PromptLocals>().closing();
  if (names.empty()) return;
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "'" : ", '") + name + "'";
  screen_.remark("note: " + list + (names.size() == 1 ? " is" : " are") +
                 " closed when this input ends");
}

Outcome Evaluator::end_input(const InputSource& input) {
  try {
    run_after_input(L_);
  } catch (const bindings::ScriptError& error) {
    return fail(input, error);
  }
  return Outcome::kDone;
}

Outcome Evaluator::fail(const InputSource& input, const bindings::ScriptError& error) {
  settings(L_).traceback = error.traceback();
  error.push(L_);
  return show_failure(input);
}

// Takes the error value off the stack and shows it, and the place of it.
Outcome Evaluator::show_failure(const InputSource& input, const std::string& place) {
  bool interrupted = bindings::interrupt_pending(L_);
  bindings::clear_interrupt(L_);
  std::string text;
  try {
    text = describe_error(L_, -1, input, place);
  } catch (const bindings::ScriptError& error) {
    text = "error: an error that cannot be shown: " + error.message();
  }
  lua_pop(L_, 1);
  screen_.remark(text);
  return interrupted ? Outcome::kInterrupted : Outcome::kFailed;
}

// Of the object at `index`, below its __repr__. The input is done: what fails here is told only.
void Evaluator::show_attributes(int index) {
  const int top = lua_gettop(L_);
  try {
    push_module_function(L_, "moonbase.lens", "view");
    lua_pushvalue(L_, index);
    bindings::call_lua(L_, 1, 1);
    if (const char* text = lua_tostring(L_, -1)) screen_.value(printable(text, true));
  } catch (const bindings::ScriptError& error) {
    lua_settop(L_, top);
    fail(InputSource{}, error);
  }
  lua_settop(L_, top);
}

// As the global `_`.
void Evaluator::keep_last_value(int index) {
  if (lua_isnil(L_, index)) return;
  lua_pushglobaltable(L_);
  lua_pushliteral(L_, "_");
  lua_pushvalue(L_, index);
  lua_rawset(L_, -3);
  lua_pop(L_, 1);
}

void Evaluator::show_results(int first) {
  int last = lua_gettop(L_);
  if (last < first) return;
  has_shown_ = true;
  keep_last_value(first);
  bool automatic = tables(L_).automatic();
  for (int index = first; index <= last; ++index) {
    if (automatic && show_if_rows(L_, index)) continue;
    screen_.value(print_protected(L_, index, PrintLimits{.width = screen_.width()}));
  }
  if (settings(L_).view && first == last && bindings::test_instance(L_, first) != nullptr)
    show_attributes(first);
}

}  // namespace moonbase::shell
