// Fuzzes the text half of the rewriter; built and run by scripts/dev/fuzz, no part of the build.
// For any bytes: nothing crashes, tokens cover the text in order, and a chunk that Lua accepts is
// complete and is accepted again after rewriting (Lua's limits aside) with the same lines.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/syntax/lua_check.h"

namespace moonbase::syntax {
namespace {

void require(bool condition, const char* what, const std::string& detail = {}) {
  if (condition) return;
  std::fprintf(stderr, "violated: %s\n%s\n", what, detail.c_str());
  std::abort();
}

void check_tokens(std::string_view text) {
  size_t done = text.starts_with("\xEF\xBB\xBF") ? 3 : 0;
  const std::string_view blanks = " \t\n\v\f\r";
  const auto only_blanks = [&](size_t end) {
    return text.substr(done, end - done).find_first_not_of(blanks) == std::string_view::npos;
  };
  for (const Token& token : tokens(text)) {
    require(token.begin >= done && token.end > token.begin, "tokens are in order and not empty");
    require(only_blanks(token.begin), "what lies between tokens is blank");
    done = token.end;
  }
  require(done <= text.size() && only_blanks(text.size()), "tokens reach the end");
}

void check_rewriting(Lua& lua, const std::string& text) {
  static const Options kPrompt{.keep_locals = true,
                               .known_locals = {{TopLevelLocal::Attrib::kNone, "a", 1},
                                                {TopLevelLocal::Attrib::kConst, "b", 1}}};
  const std::string message = lua.refusal(text);
  const Completeness state = completeness(text);
  // A first line with `#` is a comment in a file and a length at the prompt.
  if (!text.starts_with('#') && !text.starts_with("\xEF\xBB\xBF")) {
    if (message.empty()) {
      require(state == Completeness::kComplete, "a chunk that Lua accepts is complete");
    } else if (message.ends_with("<eof>") && message.find("goto") == std::string::npos) {
      require(state != Completeness::kComplete || lua.accepts("return " + text),
              "a chunk that Lua wants more of is not complete", message);
    }
  }
  if (!message.empty()) {
    rewrite(text, kPrompt);
    return;
  }
  const std::string damage = lua.damage(text) + lua.damage(text, kPrompt);
  require(damage.empty(), "what Lua accepts, it accepts rewritten", damage);
}

}  // namespace
}  // namespace moonbase::syntax

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace moonbase::syntax;
  static Lua* const lua = new Lua;
  const std::string text(reinterpret_cast<const char*>(data), size);
  check_tokens(text);
  check_rewriting(*lua, text);
  return 0;
}

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

// Bytes alone seldom give a chunk: half of the time tokens are moved instead.
extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size,
                                          unsigned seed) {
  using namespace moonbase::syntax;
  std::mt19937 random(seed);
  if (random() % 2 == 0) return LLVMFuzzerMutate(data, size, max_size);
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string changed =
      random() % 4 == 0 ? with_queries(text, random) : mutated(text, random);
  if (changed.size() > max_size) return LLVMFuzzerMutate(data, size, max_size);
  std::copy(changed.begin(), changed.end(), data);
  return changed.size();
}
