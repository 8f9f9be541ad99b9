-- Five million rows of raw SQL from a PostgreSQL server, in a transaction and without one: the process stays small.
moonbase = require 'moonbase'
server = assert(os.getenv 'MOONBASE_TEST_POSTGRESQL', 'MOONBASE_TEST_POSTGRESQL is not set: run scripts/test')
engine = moonbase.create_engine(server)
ROWS = 5000000
sql = ("SELECT i AS id, 'item ' || i AS name FROM generate_series(1, %d) AS i"):format(ROWS)
function peak()
  local file <close> = assert(io.open '/proc/self/status')
  return tonumber(file:read 'a':match 'VmHWM:%s+(%d+) kB') // 1024
end
function go(what, rows)
  local n, sum = 0, 0
  for x in rows do n, sum = n + 1, sum + x.id end
  print(what, n == ROWS, sum == ROWS * (ROWS + 1) // 2, peak() < 64 or peak())
end
connection = engine:connect()
go('a text', connection:execute(moonbase.text(sql), nil, {yield_per = 1000}))
go("the driver's SQL", connection:exec_driver_sql(sql, nil, {stream_results = true}))
connection:close()
--> a text	true	true	true
--> the driver's SQL	true	true	true
connection = engine:execution_options{isolation_level = 'AUTOCOMMIT', yield_per = 500}:connect()
go('without a transaction', connection:execute(moonbase.text(sql)))
connection:close()
--> without a transaction	true	true	true
