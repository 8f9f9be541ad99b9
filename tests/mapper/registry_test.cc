// Declaring classes and configuring what they say of each other.
#include <catch2/catch.hpp>

#include "tests/support/model_builders.h"

using namespace moonbase;
using base::ErrorKind;
using mapper::Attribute;
using mapper::Direction;
using mapper::RelationshipDef;
using schema::make_column;
using schema::make_def;
using schema::make_key;
using test::add_reference;
using test::caught;
using test::Models;
using test::relationship;
using test::with_backref;

namespace {

using Names = std::vector<std::string>;

schema::TableDef user_table() {
  return make_def("user", {make_key("id"), make_column("name", types::string(20))});
}

schema::TableDef post_table() {
  schema::TableDef def = make_def("post", {make_key("id")});
  add_reference(def, "user_id", "user.id");
  return def;
}

}  // namespace

TEST_CASE("attributes have slots in the order they were written") {
  Models m;
  const mapper::Mapper& user = m.declare("User", user_table());
  CHECK(user.attribute_names() == Names{"id", "name"});
  CHECK(user.attribute("name").slot == 1);
  CHECK(user.slot_count() == 2);
  CHECK(user.column(1)->name == "name");
  CHECK(user.slot_of(*user.table()->find_column("name")) == 1);
  CHECK(user.type(1)->repr() == "String(20)");
  CHECK(user.primary_key() == std::vector<int>{0});
  CHECK(user.has_integer_key());
}

TEST_CASE("an attribute that is not there names the nearest") {
  Models m;
  const base::Error e =
      caught([&, &user = m.declare("User", user_table())] { user.attribute("nmae"); });
  CHECK(e.kind() == ErrorKind::kInvalidRequestError);
  CHECK(e.message() == "User has no attribute 'nmae'; did you mean 'name'?");
}

TEST_CASE("a key of two columns or of text is no integer key") {
  Models m;
  CHECK_FALSE(
      m.declare("Pair", make_def("pair", {make_key("a"), make_key("b")})).has_integer_key());
  CHECK_FALSE(
      m.declare("Tag", make_def("tag", {make_key("name", types::string(10))})).has_integer_key());
}

TEST_CASE("a foreign key column takes its type from the key it refers to") {
  Models m;
  m.declare("Tag", make_def("tag", {make_key("name", types::string(10))}));
  schema::TableDef use = make_def("use", {make_key("id")});
  add_reference(use, "tag_name", "tag.name");
  use.columns.back().type = nullptr;
  CHECK(m.declare("Use", std::move(use)).type(1)->repr() == "String(10)");
}

TEST_CASE("a class needs a primary key") {
  Models m;
  const base::Error e = caught([&] { m.declare("Log", make_def("log", {make_column("line")})); });
  CHECK(e.kind() == ErrorKind::kArgumentError);
  CHECK(e.message() == "model Log has no primary key: no column of table 'log' is one");
}

TEST_CASE("a declaration that fails leaves nothing behind") {
  Models m;
  caught([&] { m.declare("Log", make_def("log", {make_column("line")})); });
  CHECK(m.registry.find("Log") == nullptr);
  CHECK(m.registry.mappers().empty());
  CHECK_NOTHROW(m.registry.configure());
  CHECK(m.registry.flush_order().empty());
}

TEST_CASE("a name is declared once, unless it is replaced") {
  Models m;
  const mapper::Mapper& first = m.declare("User", user_table());
  const base::Error e = caught([&] { m.declare("User", make_def("user2", {make_key("id")})); });
  CHECK(e.kind() == ErrorKind::kInvalidRequestError);
  CHECK(e.message() == "a model named User is declared already");
  CHECK(&m["User"] == &first);
  const mapper::Mapper& second = m.declare("User", user_table(), {}, true);
  CHECK(first.is_replaced());
  CHECK_FALSE(second.is_replaced());
  CHECK(&m["User"] == &second);
  CHECK(first.uid() != second.uid());
  CHECK(m.registry.mappers().size() == 1);
}

TEST_CASE("a backref makes the other side and the pair") {
  Models m;
  m.declare_microblog();
  const mapper::Relationship& posts = m.relationship("User.posts");
  const mapper::Relationship& author = m.relationship("Post.author");
  CHECK(posts.direction == Direction::kOneToMany);
  CHECK(posts.uselist);
  CHECK(author.direction == Direction::kManyToOne);
  CHECK_FALSE(author.uselist);
  CHECK(author.use_get);
  CHECK(posts.reverse == &author);
  CHECK(author.reverse == &posts);
  CHECK(posts.full_name() == "User.posts");
  CHECK(posts.pairs.size() == 1);
  CHECK(posts.pairs[0].source_slot == m["User"].attribute("id").slot);
  CHECK(posts.pairs[0].destination_slot == m["Post"].attribute("user_id").slot);
  CHECK(m["Post"].attribute_names() == Names{"id", "body", "user_id", "author"});
}

TEST_CASE("a relationship to a class that comes later waits for it") {
  Models m;
  m.declare("User", user_table(), {with_backref("posts", "Post", "author")});
  const base::Error e = caught([&] { m.registry.configure(); });
  CHECK(e.kind() == ErrorKind::kInvalidRequestError);
  CHECK(e.message() ==
        "relationship User.posts refers to 'Post', and there is no model of that name");
  CHECK_FALSE(m["User"].is_configured());
  m.declare("Post", post_table());
  CHECK_NOTHROW(m.registry.configure());
  CHECK(m["User"].is_configured());
  CHECK(m.relationship("User.posts").target == &m["Post"]);
}

TEST_CASE("one relationship that cannot be resolved keeps the others working") {
  Models m;
  m.declare("User", user_table(),
            {relationship("pets", "Pet"), with_backref("posts", "Post", "author")});
  m.declare("Post", post_table());
  CHECK(caught([&] { m.registry.configure(); }).message().find("'Pet'") != std::string::npos);
  CHECK(m.relationship("Post.author").reverse == &m.relationship("User.posts"));
  CHECK(m["User"].find("pets") == nullptr);
}

TEST_CASE("back_populates pairs two declared sides, whichever comes first") {
  Models m;
  m.declare(
      "User", user_table(),
      {relationship("posts", "Post", [](RelationshipDef& d) { d.back_populates = "author"; })});
  m.declare(
      "Post", post_table(),
      {relationship("author", "User", [](RelationshipDef& d) { d.back_populates = "posts"; })});
  m.registry.configure();
  CHECK(m.relationship("User.posts").reverse == &m.relationship("Post.author"));
  CHECK(m.relationship("Post.author").reverse == &m.relationship("User.posts"));
}

TEST_CASE("back_populates that does not come back is an error") {
  Models m;
  m.declare(
      "User", user_table(),
      {relationship("posts", "Post", [](RelationshipDef& d) { d.back_populates = "author"; })});
  m.declare(
      "Post", post_table(),
      {relationship("author", "User", [](RelationshipDef& d) { d.back_populates = "articles"; })});
  const base::Error e = caught([&] { m.registry.configure(); });
  CHECK(e.kind() == ErrorKind::kArgumentError);
  // It stays one until it is mended.
  CHECK(caught([&] { m.registry.configure(); }).message() == e.message());
}

TEST_CASE("back_populates of an attribute that is not there is an error") {
  Models m;
  m.declare(
      "User", user_table(),
      {relationship("posts", "Post", [](RelationshipDef& d) { d.back_populates = "writer"; })});
  m.declare("Post", post_table());
  const base::Error e = caught([&] { m.registry.configure(); });
  CHECK(e.kind() == ErrorKind::kInvalidRequestError);
}

TEST_CASE("a table that refers to itself: children, and with remote_side the parent") {
  Models m;
  m.declare_tree();
  CHECK(m.relationship("Node.children").direction == Direction::kOneToMany);
  CHECK(m.relationship("Node.parent").direction == Direction::kManyToOne);
  CHECK(m.relationship("Node.parent").use_get);
  CHECK(m.relationship("Node.parent").reverse == &m.relationship("Node.children"));

  Models other;
  schema::TableDef node = make_def("node", {make_key("id")});
  add_reference(node, "parent_id", "node.id");
  other.declare("Node", std::move(node), {relationship("parent", "Node", [](RelationshipDef& d) {
                  d.remote_side = {"Node.id"};
                  d.backref = "children";
                })});
  other.registry.configure();
  CHECK(other.relationship("Node.parent").direction == Direction::kManyToOne);
  CHECK(other.relationship("Node.children").direction == Direction::kOneToMany);
}

TEST_CASE("no foreign key between two tables is an error that says so") {
  Models m;
  m.declare("User", user_table(), {relationship("pets", "Pet")});
  m.declare("Pet", make_def("pet", {make_key("id")}));
  const base::Error e = caught([&] { m.registry.configure(); });
  CHECK(e.kind() == ErrorKind::kNoForeignKeysError);
  CHECK(e.message() == "relationship User.pets: there is no foreign key between 'user' and 'pet'");
}

TEST_CASE("two foreign keys are ambiguous until foreign_keys chooses") {
  const auto message = [] {
    schema::TableDef def = make_def("message", {make_key("id")});
    add_reference(def, "sender_id", "user.id");
    add_reference(def, "receiver_id", "user.id");
    return def;
  };
  Models m;
  m.declare("User", user_table());
  m.declare("Message", message(), {relationship("sender", "User")});
  const base::Error e = caught([&] { m.registry.configure(); });
  CHECK(e.kind() == ErrorKind::kAmbiguousForeignKeysError);
  CHECK(e.message() ==
        "relationship Message.sender can be joined to User in several ways: by message.sender_id, "
        "message.receiver_id");
  CHECK(e.hint() == "say which one with foreign_keys, e.g. foreign_keys = 'message.sender_id'");

  Models chosen;
  chosen.declare("User", user_table());
  chosen.declare("Message", message(), {relationship("receiver", "User", [](RelationshipDef& d) {
                   d.foreign_keys = {"Message.receiver_id"};
                   d.backref = "received";
                 })});
  chosen.registry.configure();
  CHECK(chosen.relationship("Message.receiver").pairs[0].destination->name == "receiver_id");
  CHECK(chosen.relationship("User.received").pairs[0].destination->name == "receiver_id");
}

TEST_CASE("foreign_keys that names no column of the join is an error") {
  Models m;
  m.declare("User", user_table());
  m.declare(
      "Post", post_table(),
      {relationship("author", "User", [](RelationshipDef& d) { d.foreign_keys = {"writer_id"}; })});
  const base::Error e = caught([&] { m.registry.configure(); });
  CHECK(e.kind() == ErrorKind::kArgumentError);
  CHECK(e.message() ==
        "relationship Post.author: foreign_keys names 'writer_id', which is no column of 'post' or "
        "'user'");
}

TEST_CASE("an association table makes a pair of many to many") {
  Models m;
  m.declare_courses();
  const mapper::Relationship& courses = m.relationship("Student.courses");
  const mapper::Relationship& students = m.relationship("Course.students");
  CHECK(courses.direction == Direction::kManyToMany);
  CHECK(students.direction == Direction::kManyToMany);
  CHECK(students.reverse == &courses);
  CHECK(courses.pairs[0].destination->name == "student_id");
  CHECK(courses.secondary_pairs[0].destination->name == "course_id");
  CHECK(students.pairs[0].destination->name == "course_id");
  CHECK(students.secondary_pairs[0].destination->name == "student_id");
}

TEST_CASE("a class associated with itself uses the two keys of the table, one per side") {
  Models m;
  schema::TableDef link = make_def("follow", {make_key("from_id"), make_key("to_id")});
  link.foreign_keys = {schema::make_foreign_key({"from_id"}, {"user.id"}),
                       schema::make_foreign_key({"to_id"}, {"user.id"})};
  m.metadata->add(std::move(link));
  m.declare("User", user_table(), {relationship("follows", "User", [](RelationshipDef& d) {
              d.secondary_name = "follow";
              d.backref = "followers";
            })});
  m.registry.configure();
  const mapper::Relationship& follows = m.relationship("User.follows");
  const mapper::Relationship& followers = m.relationship("User.followers");
  CHECK(follows.pairs[0].destination->name == "from_id");
  CHECK(follows.secondary_pairs[0].destination->name == "to_id");
  CHECK(followers.pairs[0].destination->name == "to_id");
  CHECK(followers.secondary_pairs[0].destination->name == "from_id");
}

TEST_CASE("words of lazy and cascade that do not exist name the nearest") {
  CHECK(caught([] { mapper::parse_lazy("dynamik"); }).message() ==
        "relationship's lazy has no 'dynamik'; did you mean 'dynamic'?");
  CHECK(caught([] { mapper::parse_cascade("all, delete-orfan"); }).message() ==
        "relationship's cascade has no 'delete-orfan'; did you mean 'delete-orphan'?");
  CHECK(mapper::parse_cascade("save-update, merge") ==
        (mapper::kCascadeSaveUpdate | mapper::kCascadeMerge));
  CHECK((mapper::parse_cascade("all") & mapper::kCascadeDelete) != 0);
  CHECK((mapper::parse_cascade("all") & mapper::kCascadeDeleteOrphan) == 0);
}

TEST_CASE("a relationship to one object cannot be dynamic") {
  Models m;
  m.declare("User", user_table());
  m.declare("Post", post_table(),
            {relationship("author", "User", [](RelationshipDef& d) { d.lazy = "dynamic"; })});
  CHECK(caught([&] { m.registry.configure(); }).kind() == ErrorKind::kInvalidRequestError);
}

TEST_CASE("a backref that would hide an attribute is an error, and neither side is made") {
  Models m;
  m.declare("User", user_table(), {with_backref("posts", "Post", "id")});
  m.declare("Post", post_table());
  const base::Error e = caught([&] { m.registry.configure(); });
  CHECK(e.kind() == ErrorKind::kArgumentError);
  CHECK(m["User"].find("posts") == nullptr);
  CHECK(m["User"].relationships().empty());
}

TEST_CASE("classes are saved after those they refer to") {
  Models m;
  schema::TableDef reply = make_def("reply", {make_key("id")});
  add_reference(reply, "post_id", "post.id");
  m.declare("Reply", std::move(reply));  // bare foreign keys count too
  m.declare("Post", post_table());
  m.declare("User", user_table());
  const auto& order = m.registry.flush_order();
  REQUIRE(order.size() == 3);
  CHECK(order[0].mappers[0]->name() == "User");
  CHECK(order[1].mappers[0]->name() == "Post");
  CHECK(order[2].mappers[0]->name() == "Reply");
  CHECK(m.registry.flush_position(m["Reply"]) == 2);
  CHECK_FALSE(order[0].is_cyclic);
}

TEST_CASE("classes that refer to each other are one component, a tree one of its own") {
  Models m;
  schema::TableDef x = make_def("x", {make_key("id")}), y = make_def("y", {make_key("id")});
  add_reference(x, "y_id", "y.id");
  add_reference(y, "x_id", "x.id");
  m.declare("X", std::move(x));
  m.declare("Y", std::move(y));
  m.declare_tree();
  const auto& order = m.registry.flush_order();
  REQUIRE(order.size() == 2);
  CHECK(order[0].is_cyclic);
  CHECK(order[1].is_cyclic);
  CHECK(order[0].mappers.size() + order[1].mappers.size() == 3);
}

TEST_CASE("a column added later gets a slot behind the others") {
  Models m;
  m.declare_microblog();
  std::vector<std::string> grown;
  m.registry.set_on_grown([&](const mapper::Mapper& mapper) { grown.push_back(mapper.name()); });
  const schema::TablePtr extended =
      m.metadata->extend(*m["User"].table(), make_column("nickname", types::string(40)));
  m.registry.add_column(m["User"], extended, "nickname", "nickname");
  CHECK(grown == Names{"User"});
  CHECK(m["User"].attribute("nickname").slot == 3);
  CHECK(m["User"].attribute("posts").slot == 2);
  CHECK(m["User"].column_slots() == std::vector<int>{0, 1, 3});
  CHECK(m["User"].labelled_columns().size() == 3);
  CHECK(m["User"].table() == extended);
  CHECK(m.relationship("User.posts").reverse == &m.relationship("Post.author"));
}

TEST_CASE("a relationship added later is configured at the next use") {
  Models m;
  m.declare("User", user_table());
  m.declare("Post", post_table());
  m.registry.configure();
  m.registry.add_relationship(m["User"], with_backref("posts", "Post", "author"));
  CHECK(m["User"].find("posts") == nullptr);
  m.registry.configure();
  CHECK(m["User"].find("posts") != nullptr);
  CHECK(m["Post"].find("author") != nullptr);
}

TEST_CASE("relationships to a class that is declared again are resolved anew") {
  Models m;
  m.declare_microblog();
  // The key column stands elsewhere now.
  schema::TableDef user =
      make_def("user", {make_column("name", types::string(20)), make_key("id")});
  m.declare("User", std::move(user), {with_backref("posts", "Post", "author")}, true);
  m.registry.configure();
  const mapper::Relationship& author = m.relationship("Post.author");
  CHECK(author.target == &m["User"]);
  CHECK(author.reverse == &m.relationship("User.posts"));
  CHECK(author.pairs[0].source_slot == m["User"].attribute("id").slot);

  // The other way round: the class that the backref was made on.
  schema::TableDef post = make_def("post", {make_column("body", types::string(9)), make_key("id")});
  add_reference(post, "user_id", "user.id");
  m.declare("Post", std::move(post), {}, true);
  m.registry.configure();
  const mapper::Relationship& posts = m.relationship("User.posts");
  CHECK(posts.target == &m["Post"]);
  CHECK(posts.pairs[0].destination_slot == m["Post"].attribute("user_id").slot);
  REQUIRE(m["Post"].find("author") != nullptr);
  CHECK(m.relationship("Post.author").reverse == &posts);
}
