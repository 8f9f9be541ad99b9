// Short ways to declare mapped classes, for tests: a registry with its metadata, and the models
// that several tests use.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "orm/mapper/registry.h"
#include "tests/support/schema_builders.h"

namespace moonbase::test {

using RelationshipPtr = std::shared_ptr<mapper::RelationshipDef>;

inline RelationshipPtr relationship(
    std::string name, std::string target,
    const std::function<void(mapper::RelationshipDef&)>& options = nullptr) {
  auto def = std::make_shared<mapper::RelationshipDef>();
  def->name = std::move(name);
  def->target = std::move(target);
  if (options) options(*def);
  return def;
}

inline RelationshipPtr with_backref(std::string name, std::string target, std::string backref) {
  return relationship(std::move(name), std::move(target),
                      [&](mapper::RelationshipDef& d) { d.backref = std::move(backref); });
}

// Adds a column that refers to `target` ("user.id").
inline void add_reference(schema::TableDef& def, const std::string& column,
                          const std::string& target, bool nullable = true) {
  schema::Column c = schema::make_column(column);
  c.nullable = nullable;
  def.columns.push_back(std::move(c));
  def.foreign_keys.push_back(schema::make_foreign_key({column}, {target}));
}

inline schema::Default constant_default(base::Value value) {
  schema::Default d;
  d.constant = std::move(value);
  return d;
}

inline schema::Default sql_default(std::string sql) {
  schema::Default d;
  d.kind = schema::Default::Kind::kSql;
  d.sql.text = std::move(sql);
  return d;
}

// Calls a function, and counts the calls.
class CountingDefault : public schema::DefaultFunction {
 public:
  explicit CountingDefault(std::function<base::Value(int)> make) : make_(std::move(make)) {}
  base::Value make(const schema::RowValues&) const override { return make_(++calls); }
  std::string describe() const override { return "counting"; }
  mutable int calls = 0;

 private:
  std::function<base::Value(int)> make_;
};

inline schema::Default function_default(std::shared_ptr<const schema::DefaultFunction> function) {
  schema::Default d;
  d.kind = schema::Default::Kind::kFunction;
  d.function = std::move(function);
  return d;
}

// Metadata and registry, and what declares into both.
class Models {
 public:
  schema::MetaDataPtr metadata = std::make_shared<schema::MetaData>();
  mapper::Registry registry;

  // Every column is mapped under its key, in order; relationships follow.
  const mapper::Mapper& declare(std::string name, schema::TableDef table,
                                std::vector<RelationshipPtr> relationships = {},
                                bool replace = false) {
    mapper::ModelDef def;
    def.name = std::move(name);
    def.table = metadata->add(std::move(table), replace);
    def.metadata = metadata;
    for (const schema::Column& c : def.table->columns())
      def.properties.push_back({c.key, c.key, nullptr});
    for (RelationshipPtr& r : relationships) def.properties.push_back({r->name, "", std::move(r)});
    return *registry.declare(std::move(def), replace);
  }

  const mapper::Mapper& operator[](const std::string& name) const { return *registry.find(name); }
  // "User.posts"
  const mapper::Relationship& relationship(const std::string& path) const {
    const size_t dot = path.find('.');
    const mapper::Mapper& m = (*this)[path.substr(0, dot)];
    return *m.attribute(path.substr(dot + 1)).relationship;
  }

  // User 1-n Post, posts/author; `lazy` of User.posts.
  void declare_microblog(const std::string& lazy = "select") {
    using schema::make_column;
    using schema::make_def;
    using schema::make_key;
    declare("User", make_def("user", {make_key("id"), make_column("username", types::string(64))}),
            {test::relationship("posts", "Post", [&](mapper::RelationshipDef& d) {
              d.backref = "author";
              d.lazy = lazy;
            })});
    schema::TableDef post =
        make_def("post", {make_key("id"), make_column("body", types::string(140))});
    add_reference(post, "user_id", "user.id");
    declare("Post", std::move(post));
    registry.configure();
  }

  // Node: a tree, parent/children.
  void declare_tree() {
    schema::TableDef node = schema::make_def(
        "node", {schema::make_key("id"), schema::make_column("name", types::string(20))});
    add_reference(node, "parent_id", "node.id");
    declare("Node", std::move(node), {with_backref("children", "Node", "parent")});
    registry.configure();
  }

  // Student n-n Course through `enrolment`, courses/students.
  void declare_courses() {
    using schema::make_column;
    using schema::make_def;
    using schema::make_key;
    schema::TableDef link = make_def("enrolment", {make_key("student_id"), make_key("course_id")});
    link.foreign_keys = {schema::make_foreign_key({"student_id"}, {"student.id"}),
                         schema::make_foreign_key({"course_id"}, {"course.id"})};
    const schema::TablePtr enrolment = metadata->add(std::move(link));
    declare("Student",
            make_def("student", {make_key("id"), make_column("name", types::string(20))}),
            {test::relationship("courses", "Course", [&](mapper::RelationshipDef& d) {
              d.secondary = enrolment;
              d.backref = "students";
            })});
    declare("Course",
            make_def("course", {make_key("id"), make_column("title", types::string(20))}));
    registry.configure();
  }

  // Person 1-1 Passport, passport/holder.
  void declare_passports() {
    using schema::make_column;
    using schema::make_def;
    using schema::make_key;
    declare("Person", make_def("person", {make_key("id"), make_column("name", types::string(20))}),
            {test::relationship("passport", "Passport", [](mapper::RelationshipDef& d) {
              d.uselist = false;
              d.backref = "holder";
            })});
    schema::TableDef passport =
        make_def("passport", {make_key("id"), make_column("number", types::string(20))});
    add_reference(passport, "person_id", "person.id");
    declare("Passport", std::move(passport));
    registry.configure();
  }
};

inline base::Value text(std::string_view s) { return base::Value::text(s); }
inline base::Value integer(int64_t n) { return base::Value::integer(n); }

// SQL on one line: a line break and the blanks around it are one blank.
inline std::string one_line(const std::string& sql) {
  std::string line;
  for (size_t i = 0; i < sql.size(); ++i) {
    if (sql[i] != '\n') {
      line += sql[i];
      continue;
    }
    while (!line.empty() && line.back() == ' ') line.pop_back();
    while (i + 1 < sql.size() && sql[i + 1] == ' ') ++i;
    line += ' ';
  }
  return line;
}

// The error that `action` ends with; an InternalError "nothing was thrown" otherwise.
inline base::Error caught(const std::function<void()>& action) {
  try {
    action();
  } catch (const base::Error& error) {
    return error;
  }
  return base::Error(base::ErrorKind::kInternalError, "nothing was thrown");
}

}  // namespace moonbase::test
