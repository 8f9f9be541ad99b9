// A session script in Lua whose n-th allocation fails, for each n: what is committed is whole, and
// the session goes on after a rollback.
#include <algorithm>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "tests/bindings/lua_fixture.h"

namespace moonbase::bindings {
namespace {

// Between Lua and its allocator: refuses one allocation, and the second attempt that Lua makes
// after it has collected its garbage.
class FailingAllocator {
 public:
  explicit FailingAllocator(lua_State* L) : L_(L), inner_(lua_getallocf(L, &data_)) {
    lua_setallocf(L, allocate, this);
  }
  ~FailingAllocator() { lua_setallocf(L_, inner_, data_); }
  FailingAllocator(const FailingAllocator&) = delete;

  void fail_at(long n) { left_ = n; }
  bool has_failed() const { return left_ <= 0; }

 private:
  static void* allocate(void* self, void* block, size_t old_size, size_t new_size) {
    auto& a = *static_cast<FailingAllocator*>(self);
    const bool grows = new_size > (block == nullptr ? 0 : old_size);
    if (grows && a.left_ > -1 && --a.left_ <= 0) return nullptr;
    return a.inner_(a.data_, block, old_size, new_size);
  }

  lua_State* L_;
  void* data_ = nullptr;
  lua_Alloc inner_;
  long left_ = -2;  // until the one that fails; -1 and less: none
};

class ScriptedDay : public LuaFixture {
 public:
  ScriptedDay() {
    run(R"lua(
      local moonbase = require 'moonbase'
      local app = moonbase.App 'day'
      app.config:update{DATABASE_URI = 'sqlite://'}
      db = moonbase.Database(app)
      session = db.session
      db.Table{'enrolment', db.Column{'student_id', db.Integer, db.ForeignKey 'student.id', primary_key = true},
               db.Column{'course_id', db.Integer, db.ForeignKey 'course.id', primary_key = true}}
      Student = db.Model 'Student' {
        id = db.Column{db.Integer, primary_key = true},
        name = db.Column{db.String(20)},
        seen = db.Column{db.String(20), default = function() return 'at ' .. tostring(#session.new) end},
        courses = db.relationship{'Course', secondary = 'enrolment', backref = 'students'},
      }
      Course = db.Model 'Course' {
        id = db.Column{db.Integer, primary_key = true},
        title = db.Column{db.String(20)},
      }
      db.create_all()
      function day()
        local ada, logic = Student{name = 'ada'}, Course{title = 'logic'}
        ada.courses:append(logic)
        session:add(ada)
        for _, step in ipairs(session:plan()) do assert(#tostring(step) > 0) end
        session:flush()
        ada.name = 'lovelace'
        assert(tostring(ada):find 'Student' and #tostring(Student.query:filter_by{name = 'x'}) > 0)
        session:commit()
        session:begin_nested()
        session:add(Student{name = 'nobody', courses = {logic}})
        session:flush()
        session:rollback()
        local alan = Student{name = 'alan'}
        session:add(alan)
        logic.students:append(alan)
        for _, student in ipairs(Student.query:order_by(Student.name):all()) do
          assert(#student.courses:all() == 1)
        end
        session:commit()
        assert(not pcall(function() ada.nonsense = 1 end))
        for _, row in ipairs(session:query(Student.name, db.func.count(Course.id)):join(Student.courses)
                             :group_by(Student.name):all()) do
          assert(row[1] .. row[2] ~= '')
        end
        ada.courses:remove(logic)
        session:delete(alan)
        session:commit()
      end
      function contents()
        local lines = {}
        for _, sql in ipairs{'select id || name from student', 'select id || title from course',
                             "select student_id || '-' || course_id from enrolment"} do
          for _, line in ipairs(session:execute(db.text(sql)):scalars():all()) do lines[#lines + 1] = line end
        end
        return table.concat(lines, ' ')
      end
      function seen()
        local lines = {}
        for _, student in ipairs(Student.query:all()) do lines[#lines + 1] = student.id .. student.name end
        for _, course in ipairs(Course.query:all()) do lines[#lines + 1] = course.id .. course.title end
        for _, student in ipairs(Student.query:all()) do
          for _, course in ipairs(student.courses:all()) do
            lines[#lines + 1] = student.id .. '-' .. course.id
          end
        end
        return table.concat(lines, ' ')
      end
    )lua");
  }
};

}  // namespace

TEST_CASE("whichever allocation fails, what is committed is whole and the session goes on") {
  const std::vector<std::string> committed{"", "1lovelace 1logic 1-1",
                                           "1lovelace 2alan 1logic 1-1 2-1", "1lovelace 1logic"};
  for (long n = 1;; ++n) {
    INFO("allocation " << n);
    ScriptedDay lua;
    std::string message;
    bool has_failed = false;
    {
      FailingAllocator allocator(lua.L);
      allocator.fail_at(n);
      message = lua.failure("day()");
      has_failed = allocator.has_failed();
    }
    if (!has_failed) {
      CHECK(message == "no error");
      CHECK(lua.eval("contents()") == committed[3]);
      CHECK(n > 100);
      return;
    }
    lua.run("while session:in_nested_transaction() do session:rollback() end session:rollback()");
    const std::string contents = lua.eval("contents()");
    CHECK(std::count(committed.begin(), committed.end(), contents) == 1);
    if (message == "no error") CHECK(contents == committed[3]);
    CHECK(lua.eval("seen()") == contents);
    CHECK(lua.eval("#session.new + #session.dirty + #session.deleted") == "0");
    lua.run(
        "session:add(Student{name = 'next', courses = {Course{title = 'poetry'}}}) "
        "session:commit()");
    CHECK(lua.eval("Student.query:filter_by{name = 'next'}:one().courses[1].title") == "poetry");
    CHECK(lua.eval("seen() == contents()") == "true");
  }
}

}  // namespace moonbase::bindings
