// What x:compile{…} returns: the SQL of a statement or an expression for one dialect, and the
// values at its placeholders.
#include <limits>
#include <memory>

#include "bindings/expr_support.h"
#include "bindings/guard.h"
#include "orm/base/error.h"
#include "orm/base/text.h"
#include "orm/compile/compiler.h"
#include "orm/dialect/dialect.h"

namespace moonbase::bindings {

struct CompiledText {
  struct Parameter {
    std::string name;  // of one that is given at execution
    base::Value value;
    types::TypePtr type;
  };
  std::string sql, dialect;
  std::vector<Parameter> parameters;
};
struct CompiledBox {
  std::shared_ptr<const CompiledText> text;
};
extern const ClassDef kCompiledClass;
template <>
const ClassDef& class_of<CompiledBox>() {
  return kCompiledClass;
}

namespace {

using base::Error;
using base::ErrorKind;

constexpr const char* kDefaultDialect = "sqlite";

const compile::DialectTraits& traits_of(const std::string& name) {
  if (const dialect::Dialect* found = dialect::find_dialect(name)) return found->traits();
  std::vector<std::string> names;
  for (std::string_view known : dialect::dialect_names()) names.emplace_back(known);
  throw Error(ErrorKind::kArgumentError, "there is no dialect " + base::quote_for_message(name) +
                                             base::did_you_mean(name, names))
      .with_hint("dialects: " + base::join(names, ", "));
}

struct CompileRequest {
  const compile::DialectTraits* traits;
  compile::CompileOptions options;
};

CompileRequest read_request(lua_State* L, int options) {
  CompileRequest request{nullptr, {}};
  std::string name = kDefaultDialect;
  if (!lua_isnoneornil(L, options)) {
    Kwargs args(L, options, "compile");
    args.expect_positional(0, 0);
    name = args.take_string("dialect").value_or(kDefaultDialect);
    request.options.literal_binds = args.take_boolean("literal_binds", false);
    args.finish();
  }
  request.traits = &traits_of(name);
  return request;
}

// The parameters whose binds have the numbers from `first` to `last`, exclusive.
std::vector<CompiledText::Parameter> parameters_of(const expr::Statement& statement,
                                                   const compile::Compiled& compiled, size_t first,
                                                   size_t last) {
  std::vector<const expr::Element*> binds;
  expr::collect_binds(statement, binds);
  std::vector<CompiledText::Parameter> out;
  for (const compile::BindSlot& slot : compiled.binds) {
    if (slot.index < 0) {
      out.push_back({slot.name, slot.fixed, slot.type});
      continue;
    }
    auto index = static_cast<size_t>(slot.index);
    if (index >= first && index < last) out.push_back({slot.name, binds[index]->value, slot.type});
  }
  return out;
}

// An expression's placeholders stand in the order in which a SELECT of it has them.
std::vector<CompiledText::Parameter> element_parameters(const expr::ElementPtr& element,
                                                        const CompileRequest& request) {
  if (element->bind_count == 0) return {};
  expr::Select draft;
  draft.columns.push_back(element);
  expr::SelectPtr select = expr::finish(std::move(draft));
  size_t first = 0;
  for (const expr::FromPtr& cte : expr::collect_ctes(*select)) first += cte->select->bind_count;
  auto compiled = compile::compile(*select, *request.traits, request.options);
  return parameters_of(*select, *compiled, first, first + element->bind_count);
}

const CompiledText& self(lua_State* L) { return *check_box<CompiledBox>(L, 1).text; }

int compiled_tostring(lua_State* L) {
  push_string(L, self(L).sql);
  return 1;
}

int compiled_params(lua_State* L) {
  const CompiledText& text = self(L);
  lua_createtable(L, static_cast<int>(text.parameters.size()), 0);
  lua_Integer position = 0;
  for (const CompiledText::Parameter& parameter : text.parameters) {
    if (parameter.name.empty()) {
      push_value(L, parameter.value, parameter.type.get(), true);
    } else {
      push_string(L, ":" + parameter.name);
    }
    lua_rawseti(L, -2, ++position);
  }
  return 1;
}

int compiled_dialect(lua_State* L) {
  push_string(L, self(L).dialect);
  return 1;
}

constexpr MethodDef kGetters[] = {
    {"string", guarded<compiled_tostring>, "string  the SQL text"},
    {"params", guarded<compiled_params>,
     "params  the values in the order of the placeholders; ':name' for one that is given at "
     "execution"},
    {"dialect", guarded<compiled_dialect>, "dialect  the name of the dialect the text is for"},
};

constexpr MethodDef kMetamethods[] = {
    {"__tostring", guarded<compiled_tostring>, "tostring(compiled)  the SQL text"},
};

void push_text(lua_State* L, CompiledText text) {
  push_box(L, CompiledBox{std::make_shared<const CompiledText>(std::move(text))});
}

}  // namespace

const ClassDef kCompiledClass{
    .name = "Compiled",
    .doc = "the SQL of a statement or an expression: tostring gives the text, params the values",
    .getters = kGetters,
    .metamethods = kMetamethods,
    .usage = "compiled",
    .destroy = kDestroy<CompiledBox>,
};

void push_compiled(lua_State* L, const expr::Statement& statement, int options) {
  CompileRequest request = read_request(L, options);
  auto compiled = compile::compile(statement, *request.traits, request.options);
  push_text(L, {compiled->sql, request.traits->name,
                parameters_of(statement, *compiled, 0, std::numeric_limits<size_t>::max())});
}

void push_compiled(lua_State* L, const expr::ElementPtr& element, int options) {
  CompileRequest request = read_request(L, options);
  push_text(L, {compile::compile_element(element, *request.traits, request.options),
                request.traits->name, element_parameters(element, request)});
}

std::string statement_sql(const expr::Statement& statement) {
  return compile::compile(statement, traits_of(kDefaultDialect))->sql;
}

std::string element_sql(const expr::ElementPtr& element) {
  return compile::compile_element(element, traits_of(kDefaultDialect));
}

void open_compiled(lua_State* L) { register_class(L, kCompiledClass); }

}  // namespace moonbase::bindings
