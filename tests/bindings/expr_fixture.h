// Two tables for the tests of expressions and statements: User and Post are their columns.
#pragma once

#include <string>

#include "tests/bindings/lua_fixture.h"

namespace moonbase::bindings {

class ExprFixture : public LuaFixture {
 public:
  ExprFixture() {
    run(R"(
      db = moonbase
      local Column = db.Column
      meta = db.MetaData()
      user = db.Table{'user', meta,
        Column{'id', db.Integer, primary_key = true},
        Column{'name', db.String(64), nullable = false, comment = 'full name', default = 'anonymous'},
        Column{'age', db.Integer, index = true},
        Column{'email', db.String(120), unique = true},
        Column{'active', db.Boolean},
        Column{'joined', db.DateTime},
        Column{'balance', db.Numeric(10, 2)},
        Column{'data', db.JSON}}
      post = db.Table{'post', meta,
        Column{'id', db.Integer, primary_key = true},
        Column{'body', db.String(140), key = 'text'},
        Column{'user_id', db.Integer, db.ForeignKey 'user.id'},
        Column{'touched', db.DateTime, onupdate = db.datetime(2026, 1, 2)}}
      User, Post = user.c, post.c
      function show(x)
        local compiled = x:compile()
        assert(tostring(compiled) == tostring(x))
        local values = {}
        for i, value in ipairs(compiled.params) do values[i] = tostring(value) end
        return tostring(x) .. (#values > 0 and '  <- ' .. table.concat(values, ', ') or '')
      end
    )");
  }

  // The SQL of an expression or statement, and the values at its placeholders: "user.id = ?  <- 1".
  std::string sql(const std::string& code) { return eval("show(" + code + ")"); }
};

}  // namespace moonbase::bindings
