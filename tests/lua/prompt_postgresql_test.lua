-- A slip at the prompt does not cost the work of a transaction: PostgreSQL refuses everything after an
-- error, so the shell runs each statement that could fail behind a savepoint.
moonbase = require 'moonbase'
server = assert(os.getenv 'MOONBASE_TEST_POSTGRESQL', 'MOONBASE_TEST_POSTGRESQL is not set: run scripts/test')
program = assert(os.getenv 'MOONBASE_BINARY', 'MOONBASE_BINARY is not set: run scripts/test')

-- What the prompt answers to these lines.
function answers(text)
  local file = assert(io.open('inputs', 'w'))
  file:write(text)
  file:close()
  local shell = io.popen(("MOONBASE_TRANSCRIPT=1 '%s' --database '%s' <inputs 2>&1"):format(program, server))
  local said = shell:read 'a':gsub('^.-moonbase> ', 'moonbase> ')
  shell:close()
  print((said:gsub('\n+$', '')))
end

answers [[
create temporary table slip (n integer)
insert into slip values (1)
selct 1
select nothing from slip
db.session:execute(db.text 'insert into slip values (2)').rowcount
db.session:execute(db.text 'select nothing from slip')
db.session:execute(db.text 'insert into slip values (:n)', {{n = 3}, {n = 'x'}})
db.session:connection():exec_driver_sql 'select nothing'
select sum(n) as sum, count(*) as count from slip
:rollback
]]
--> moonbase> create temporary table slip (n integer)
--> done
--> moonbase> insert into slip values (1)
--> 1 row changed
--> moonbase> selct 1
--> error: syntax error near '1'
-->   selct 1
-->         ^
--> moonbase> select nothing from slip
--> ProgrammingError: column "nothing" does not exist
-->   the database said: ERROR:  column "nothing" does not exist
-->   LINE 1: select nothing from slip
-->                  ^
-->   [SQL: select nothing from slip]
-->   The table in the database has no such column: if the model gained it, migrate the database.
--> moonbase> db.session:execute(db.text 'insert into slip values (2)').rowcount
--> 1
--> moonbase> db.session:execute(db.text 'select nothing from slip')
--> ProgrammingError: column "nothing" does not exist
-->   the database said: ERROR:  column "nothing" does not exist
-->   LINE 1: select nothing from slip
-->                  ^
-->   [SQL: select nothing from slip]
-->   The table in the database has no such column: if the model gained it, migrate the database.
--> moonbase> db.session:execute(db.text 'insert into slip values (:n)', {{n = 3}, {n = 'x'}})
--> DataError: invalid input syntax for type integer: "x"
-->   the database said: ERROR:  invalid input syntax for type integer: "x"
-->   CONTEXT:  unnamed portal parameter $1 = '...'
-->   while parameter set 2
-->   [SQL: insert into slip values ($1)]
-->   [parameters: ('x')]
--> moonbase> db.session:connection():exec_driver_sql 'select nothing'
--> ProgrammingError: column "nothing" does not exist
-->   the database said: ERROR:  column "nothing" does not exist
-->   LINE 1: select nothing
-->                  ^
-->   [SQL: select nothing]
-->   The table in the database has no such column: if the model gained it, migrate the database.
--> moonbase> select sum(n) as sum, count(*) as count from slip
--> ┌────────┬────────┐
--> │    sum │  count │
--> │ bigint │ bigint │
--> ├────────┼────────┤
--> │      3 │      2 │
--> └────────┴────────┘
--> 1 row
--> moonbase> :rollback
--> rolled back
--> moonbase>
