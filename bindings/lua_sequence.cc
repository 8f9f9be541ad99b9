#include "bindings/lua_sequence.h"

#include "bindings/box.h"
#include "bindings/class_def.h"
#include "bindings/guard.h"
#include "bindings/lua_expr.h"
#include "orm/base/error.h"
#include "orm/types/type.h"

namespace moonbase::bindings {

struct SequenceBox {
  schema::SequencePtr sequence;
};

extern const ClassDef kSequenceClass;
template <>
const ClassDef& class_of<SequenceBox>() {
  return kSequenceClass;
}

namespace {

// The name inside the text that nextval takes; one that would be folded or parted is quoted.
std::string name_in_text(const std::string& name) {
  const bool is_plain =
      name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos &&
      (name[0] < '0' || name[0] > '9');
  if (is_plain) return name;
  std::string out = "\"";
  for (char c : name) out += c == '"' ? "\"\"" : c == '\'' ? "''" : std::string(1, c);
  return out + "\"";
}

std::string next_value(const schema::Sequence& sequence) {
  const std::string schema = sequence.schema.empty() ? "" : name_in_text(sequence.schema) + ".";
  return "nextval('" + schema + name_in_text(sequence.name) + "')";
}

int sequence_new(lua_State* L) {
  Kwargs kw(L, 1, "Sequence");
  kw.expect_positional(1, 1);
  schema::Sequence sequence;
  kw.push(1);
  sequence.name = check_string(L, -1);
  lua_pop(L, 1);
  if (sequence.name.empty())
    throw base::Error(base::ErrorKind::kArgumentError, "a Sequence has a name");
  sequence.schema = kw.take_string("schema").value_or("");
  take_sequence_options(kw, sequence);
  kw.finish();
  push_box(L, SequenceBox{std::make_shared<const schema::Sequence>(std::move(sequence))});
  return 1;
}

int sequence_name(lua_State* L) {
  push_string(L, check_box<SequenceBox>(L, 1).sequence->full_name());
  return 1;
}

int sequence_next_value(lua_State* L) {
  push_element(L, expr::literal_column(next_value(*check_box<SequenceBox>(L, 1).sequence),
                                       types::integer()));
  return 1;
}

constexpr MethodDef kSequenceMethods[] = {
    {"next_value", guarded<sequence_next_value>,
     "next_value()  the expression that asks the database for the next value"},
};
constexpr MethodDef kSequenceGetters[] = {
    {"name", guarded<sequence_name>, "name  the sequence's name"},
};

}  // namespace

const ClassDef kSequenceClass{
    .name = "Sequence",
    .doc =
        "Sequence{'order_number', start = , increment = , minvalue = , maxvalue = , cache = , "
        "cycle "
        "= , schema = }  inside Column{…}, or as its default: a counter of the database gives the "
        "values; create_all makes it. A database without sequences numbers the column as if it "
        "were "
        "not there",
    .methods = kSequenceMethods,
    .getters = kSequenceGetters,
    .constructor = guarded<sequence_new>,
    .usage = "db.Sequence 'order_number'",
    .destroy = kDestroy<SequenceBox>,
};

void take_sequence_options(Kwargs& kw, schema::SequenceOptions& options) {
  options.start = kw.take_integer("start");
  options.increment = kw.take_integer("increment");
  options.min_value = kw.take_integer("minvalue");
  options.max_value = kw.take_integer("maxvalue");
  options.cache = kw.take_integer("cache");
  options.cycle = kw.take_boolean("cycle", false);
}

std::optional<schema::Default> test_sequence(lua_State* L, int index) {
  const auto* box = test_box<SequenceBox>(L, index);
  if (box == nullptr) return std::nullopt;
  schema::Default next;
  next.kind = schema::Default::Kind::kSql;
  next.sql.text = next_value(*box->sequence);
  next.sql.variants["sqlite"] = "";  // which has none: there it is no default
  next.sequence = box->sequence;
  return next;
}

void open_sequences(lua_State* L, int module) {
  register_class(L, kSequenceClass);
  push_class(L, kSequenceClass);
  lua_setfield(L, module, kSequenceClass.name);
}

}  // namespace moonbase::bindings
