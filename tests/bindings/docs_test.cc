// Every class, method, getter, static function and function of the module has a docstring: first
// the call as it is written, then what it does. What is written in Lua is in
// tests/lua/docstrings_test.lua, the commands of the shell are in
// tests/shell/command_table_test.cc.
#include <cctype>
#include <set>
#include <string>
#include <string_view>

#include <catch2/catch.hpp>

#include "bindings/class_def.h"
#include "bindings/context.h"
#include "bindings/runtime.h"

namespace moonbase::bindings {
namespace {

// What is wrong with a docstring that should begin with the call of `name`; empty when nothing is.
std::string complaint(std::string_view name, const char* doc) {
  if (doc == nullptr || *doc == '\0') return "has no docstring";
  std::string_view text = doc;
  // "datetime.utcnow()": a static function is called with its class.
  size_t dot = text.find('.');
  bool member = !text.starts_with(name) && dot < text.find('(');
  if (member && text.substr(dot + 1).starts_with(name)) text.remove_prefix(dot + 1);
  if (!text.starts_with(name)) return "does not begin with the name: " + std::string(text);
  char next = text.size() > name.size() ? text[name.size()] : '\0';
  if (std::isalnum(static_cast<unsigned char>(next)) != 0 || next == '_')
    return "begins with another name: " + std::string(text);
  size_t gap = text.find("  ");
  if (gap == std::string_view::npos)
    return "has no call and text, two blanks apart: " + std::string(text);
  if (text.size() < gap + 5) return "says nothing: " + std::string(text);
  return {};
}

std::set<std::string> complaints(const std::string& owner, std::span<const MethodDef> rows) {
  std::set<std::string> found;
  for (const MethodDef& row : rows) {
    // A name that begins with `_` is the program's own part.
    if (row.name[0] == '_') continue;
    std::string text = complaint(row.name, row.doc);
    if (!text.empty()) found.insert(owner + row.name + " " + text);
  }
  return found;
}

TEST_CASE("every class that Lua sees has a docstring, and so has each of its members") {
  Runtime runtime;
  std::set<std::string> found;
  for (const ClassDef* def : Context::of(runtime.state()).classes()) {
    std::string name = def->name;
    if (def->doc == nullptr || *def->doc == '\0') found.insert(name + " has no docstring");
    found.merge(complaints(name + ":", def->methods));
    found.merge(complaints(name + ".", def->getters));
    found.merge(complaints(name + ".", def->statics));
  }
  CHECK(found == std::set<std::string>{});
}

TEST_CASE("every function of the module has a docstring") {
  Runtime runtime;
  std::set<std::string> found;
  for (const MethodDef* row : Context::of(runtime.state()).functions())
    found.merge(complaints("", {row, 1}));
  CHECK(found == std::set<std::string>{});
}

TEST_CASE("what is assigned can be read, and is described there") {
  Runtime runtime;
  std::set<std::string> missing;
  for (const ClassDef* def : Context::of(runtime.state()).classes()) {
    std::set<std::string> read;
    for (const ClassDef* c = def; c != nullptr; c = c->parent) {
      for (const MethodDef& row : c->getters) read.insert(row.name);
    }
    for (const MethodDef& row : def->setters) {
      if (!read.contains(row.name) && (row.doc == nullptr || *row.doc == '\0'))
        missing.insert(std::string(def->name) + "." + row.name);
    }
  }
  CHECK(missing == std::set<std::string>{});
}

}  // namespace
}  // namespace moonbase::bindings
