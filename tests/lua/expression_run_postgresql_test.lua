-- Operators, functions and clauses that SQLite lacks or spells otherwise, run on a PostgreSQL server. What
-- both have runs on SQLite: expression_table_test.lua, function_table_test.lua.
server = assert(os.getenv 'MOONBASE_TEST_POSTGRESQL', 'MOONBASE_TEST_POSTGRESQL is not set: run scripts/test')
admin = moonbase.create_engine(server, {isolation_level = 'AUTOCOMMIT'})
name = 'moonbase_lua_' .. tostring(os.time()) .. '_' .. tostring(math.random(1000000))
connection = admin:connect()
connection:execute(moonbase.text('CREATE DATABASE ' .. name))
moons_url = server:gsub('/[^/]*$', '/' .. name)
require 'moons'
check = require 'support.table'

-- A query gives its rows, an expression its values.
function run_any(x)
  local is_query = type(x) == 'userdata' and pcall(function() return x.froms end)
  local ok, rows = pcall(function() return is_query and db.session:execute(x):all() or run(x) end)
  db.session:rollback()
  return ok and rows or error(rows, 0)
end

check({
  -- Operators.
  { lua = "Moon.size:is_distinct_from(7)",
    postgresql = 'moon.size IS DISTINCT FROM $1',
    result = {2, 3, 4} },
  { lua = "Moon.size:in_{}",
    postgresql = '(moon.size IN (NULL) AND (1 != 1))',
    result = {} },
  { lua = "db.tuple_(Moon.id, Moon.size):in_{ {1, 7}, {2, 9} }",
    postgresql = '(moon.id, moon.size) IN (($1, $2), ($3, $4))',
    result = {1} },
  { lua = "db.tuple_(Moon.id, Moon.size):not_in{}",
    postgresql = '((moon.id, moon.size) NOT IN ((NULL, NULL)) OR (1 = 1))',
    result = {1, 2, 3, 4} },
  { lua = "Moon.size:between{9, 0, symmetric = true}",
    postgresql = 'moon.size BETWEEN SYMMETRIC $1 AND $2',
    result = {1, 4} },
  { lua = "Moon.name:ilike 'iO'",
    postgresql = 'moon.name ILIKE $1',
    result = {1} },
  { lua = "Moon.name:not_ilike('i/_', {escape = '/'})",
    postgresql = "moon.name NOT ILIKE $1 ESCAPE '/'",
    result = {1, 2, 4} },
  { lua = "Moon.name:istartswith 'mO'",
    postgresql = "(lower(moon.name) LIKE lower($1) || '%')",
    result = {4} },
  { lua = "Moon.name:icontains('%_', {autoescape = true})",
    postgresql = "(lower(moon.name) LIKE '%' || lower($1) || '%' ESCAPE '/')",
    result = {2} },
  { lua = "Moon.name:match 'moon'",
    postgresql = 'moon.name @@ plainto_tsquery(CAST($1 AS TEXT))',
    result = {4} },
  { lua = "Moon.name:regexp_match '^I'",
    postgresql = 'moon.name ~ $1',
    result = {1} },
  { lua = "Moon.name:regexp_match('^i', {flags = 'i'})",
    postgresql = 'moon.name ~ $1',
    result = {1} },
  { lua = "~Moon.name:regexp_match '^I'",
    postgresql = 'moon.name !~ $1',
    result = {2, 4} },
  { lua = "Moon.name:regexp_replace('o', '0')",
    postgresql = 'regexp_replace(moon.name, $1, $2)',
    result = {'I0', '50%_a', db.null, 'M0on'} },
  { lua = "Moon.name:regexp_replace('O', '0', {flags = 'gi'})",
    postgresql = 'regexp_replace(moon.name, $1, $2, $3)',
    result = {'I0', '50%_a', db.null, 'M00n'} },
  { lua = "order(Moon.name:collate 'C':desc())", result = {3, 4, 1, 2} },
  { lua = "Moon.size // 2",
    postgresql = 'CAST(FLOOR(moon.size / ($1 + 0.0)) AS INTEGER)',
    result = {3, -4, db.null, 1} },
  { lua = "Moon.size / 2",
    postgresql = 'moon.size / ($1 + 0.0)',
    result = {3.5, -3.5, db.null, 1.0} },
  { lua = "Moon.size % 3",
    postgresql = 'moon.size % $1',
    result = {1, -1, db.null, 2} },
  { lua = "Moon.weight // 2",
    postgresql = 'FLOOR(moon.weight / $1)',
    result = {0.0, -2.0, db.null, db.null} },
  { lua = "Moon.weight % 2",
    postgresql = 'mod(CAST(moon.weight AS NUMERIC), CAST($1 AS NUMERIC))',
    result = {1.5, -0.5, db.null, db.null} },
  { lua = "Moon.size ^ 2",
    postgresql = 'power(moon.size, $1)',
    result = {49.0, 49.0, db.null, 4.0} },
  { lua = "Moon.size:bitwise_xor(3)",
    postgresql = 'moon.size # $1',
    result = {4, -6, db.null, 1} },
  { lua = "Moon.size:bitwise_not():bitwise_and(6)",
    postgresql = '(~moon.size) & $1',
    result = {0, 6, db.null, 4} },
  { lua = "Moon.size:bitwise_lshift(2):bitwise_or(1)",
    postgresql = '(moon.size << $1) | $2',
    result = {29, -27, db.null, 9} },
  { lua = "Moon.size:eq(db.any_(db.select(Other.c.size):where(Other.c.id:lt(3))))",
    postgresql = 'moon.size = ANY (SELECT other.size FROM moon AS other WHERE other.id < $1)',
    result = {1, 2} },
  { lua = "Moon.size:gt(db.all_(db.select(Other.c.size):where(Other.c.id:eq(2))))",
    postgresql = 'moon.size > ALL (SELECT other.size FROM moon AS other WHERE other.id = $1)',
    result = {1, 4} },
  { lua = "Moon.size:eq(db.any_(db.literal({7, 2}, db.ARRAY(db.Integer))))",
    postgresql = 'moon.size = ANY (CAST($1 AS INTEGER[]))',
    result = {1, 4} },
  { lua = "Moon.icy",
    postgresql = 'moon.icy',
    result = {1, 4} },
  { lua = "Moon.icy:is_(true)",
    postgresql = 'moon.icy IS true',
    result = {1, 4} },
  { lua = "db.not_(Moon.icy)",
    postgresql = 'NOT moon.icy',
    result = {2} },
  { lua = "db.extract('year', Moon.found)",
    postgresql = 'EXTRACT(year FROM moon.found)',
    result = {2026, 2025, db.null, db.null} },
  { lua = "db.extract('dow', Moon.day)",
    postgresql = 'EXTRACT(dow FROM moon.day)',
    result = {5, db.null, db.null, db.null} },
  { lua = "db.extract('epoch', Moon.orbit)",
    postgresql = 'CAST(FLOOR(EXTRACT(epoch FROM moon.orbit)) AS BIGINT)',
    result = {7200, db.null, db.null, db.null} },
  { lua = "Moon.found - at(2026, 11, 20)",
    postgresql = 'moon.found - $1',
    result = {text '13:05:00', text '-687 days, 0:00:00', db.null, db.null} },
  { lua = "Moon.day + 1",
    postgresql = 'moon.day + $1',
    result = {text '2026-11-21', db.null, db.null, db.null} },
  { lua = "Moon.found + Moon.orbit",
    postgresql = 'moon.found + moon.orbit',
    result = {text '2026-11-20 15:05:00', db.null, db.null, db.null} },
  { lua = "Moon.doc:path('a', 1)",
    postgresql = '(moon.doc -> CAST($1 AS TEXT) -> $2)',
    result = {5, db.null, db.null, db.null} },
  { lua = "Moon.doc:path('a', 1):as_integer():gt(4)",
    postgresql = 'CAST((moon.doc -> CAST($1 AS TEXT) ->> $2) AS INTEGER) > $3',
    result = {1} },
  { lua = "Moon.doc:path('o', 'deep', 2):as_integer()",
    postgresql = 'CAST((moon.doc -> CAST($1 AS TEXT) -> CAST($2 AS TEXT) ->> $3) AS INTEGER)',
    result = {2, db.null, db.null, db.null} },
  { lua = "Moon.doc:path 't':as_boolean()",
    postgresql = 'CAST((moon.doc ->> CAST($1 AS TEXT)) AS BOOLEAN)',
    result = {1} },
  { lua = "Moon.doc:path 'k':as_string():eq 'v'",
    postgresql = '(moon.doc ->> CAST($1 AS TEXT)) = $2',
    result = {1} },
  { lua = "Moon.size:cast(db.String) .. '!'",
    postgresql = 'CAST(moon.size AS VARCHAR) || $1',
    result = {'7!', '-7!', db.null, '2!'} },
  { lua = "db.cast('2026-11-20', db.Date):eq(Moon.day)",
    postgresql = 'CAST($1 AS DATE) = moon.day',
    result = {1} },
  { lua = "order(Moon.size:nulls_first())", result = {3, 2, 4, 1} },
  { lua = "order(Moon.size:desc():nulls_last())", result = {1, 4, 2, 3} },
  -- Functions.
  { lua = "db.select(db.func.count(), db.func.count(Moon.size), db.func.count(Moon.icy:distinct()))",
    postgresql =
      'SELECT count(*) AS count_1, count(moon.size) AS count_2, count(DISTINCT moon.icy) AS ' ..
      'count_3 FROM moon',
    result = {{4, 3, 2}} },
  { lua = "db.select(db.func.sum(Moon.size), db.func.min(Moon.name), db.func.max(Moon.size))",
    postgresql =
      'SELECT sum(moon.size) AS sum_1, min(moon.name) AS min_1, max(moon.size) AS max_1 FROM ' ..
      'moon',
    result = {{2, '50%_a', 7}} },
  { lua = "db.select(db.func.avg(Moon.size), db.func.avg(Moon.weight))",
    postgresql = 'SELECT avg(moon.size) AS avg_1, avg(moon.weight) AS avg_2 FROM moon',
    result = {{0.66666666666667, -0.5}} },
  { lua = "db.select(db.func.sum(Moon.price), db.func.avg(Moon.price))",
    postgresql = 'SELECT sum(moon.price) AS sum_1, avg(moon.price) AS avg_1 FROM moon',
    result = {{text '13.25', text '6.6250000000000000'}} },
  { lua = "db.select(db.func.array_agg(Moon.size))",
    postgresql = 'SELECT array_agg(moon.size) AS array_agg_1 FROM moon',
    result = {{{7, -7, db.null, 2}}} },
  { lua = "db.select(db.func.aggregate_strings(Moon.name, ', '))",
    postgresql = 'SELECT string_agg(moon.name, $1) AS aggregate_strings_1 FROM moon',
    result = {{'Io, 50%_a, Moon'}} },
  { lua = "db.select(db.func.mode():within_group(Moon.icy))",
    postgresql = 'SELECT mode() WITHIN GROUP (ORDER BY moon.icy) AS anon_1 FROM moon',
    result = {{true}} },
  { lua = "db.select(db.func.percentile_cont(0.5):within_group(Moon.size))",
    postgresql = 'SELECT percentile_cont($1) WITHIN GROUP (ORDER BY moon.size) AS anon_1 FROM moon',
    result = {{2.0}} },
  { lua = "db.select(db.func.percentile_disc(0.5):within_group(Moon.size:desc()))",
    postgresql =
      'SELECT percentile_disc($1) WITHIN GROUP (ORDER BY moon.size DESC) AS anon_1 FROM moon',
    result = {{2}} },
  { lua = [[db.select(Moon.icy, db.func.count())
             :group_by(db.func.rollup(Moon.icy)):order_by(Moon.icy:nulls_first(), db.func.count())]],
    postgresql =
      'SELECT moon.icy, count(*) AS count_1 FROM moon GROUP BY rollup(moon.icy) ORDER BY ' ..
      'moon.icy NULLS FIRST, count(*)',
    result = {{db.null, 1}, {db.null, 4}, {false, 1}, {true, 2}} },
  { lua = [[db.select(Moon.icy, Moon.size, db.func.count()):where(Moon.size:gt(0))
             :group_by(db.func.cube(Moon.icy, Moon.size)):order_by(Moon.icy, Moon.size)]],
    postgresql =
      'SELECT moon.icy, moon.size, count(*) AS count_1 FROM moon WHERE moon.size > $1 GROUP BY ' ..
      'cube(moon.icy, moon.size) ORDER BY moon.icy, moon.size',
    result = {{true, 2, 1}, {true, 7, 1}, {true, db.null, 2}, {db.null, 2, 1}, {db.null, 7, 1},
      {db.null, db.null, 2}} },
  { lua = [[db.select(Moon.icy, Moon.size, db.func.count()):where(Moon.size:gt(0))
             :group_by(db.func.grouping_sets(db.tuple_(Moon.icy, Moon.size), Moon.size, db.tuple_()))
             :order_by(Moon.icy, Moon.size)]],
    postgresql =
      'SELECT moon.icy, moon.size, count(*) AS count_1 FROM moon WHERE moon.size > $1 GROUP BY ' ..
      'GROUPING SETS((moon.icy, moon.size), moon.size, ()) ORDER BY moon.icy, moon.size',
    result = {{true, 2, 1}, {true, 7, 1}, {db.null, 2, 1}, {db.null, 7, 1}, {db.null, db.null, 2}} },
  { lua = "db.select(db.func.user():eq(db.func.current_user()))",
    postgresql = 'SELECT USER = CURRENT_USER AS anon_1',
    result = {{true}} },
  { lua = "db.select(db.func.now():is_not(nil), db.func.localtime():is_not(nil))",
    postgresql = 'SELECT now() IS NOT NULL AS anon_1, LOCALTIME IS NOT NULL AS anon_2',
    result = {{true, true}} },
  { lua = "db.select(db.func.random():between(0, 1))",
    postgresql = 'SELECT random() BETWEEN $1 AND $2 AS anon_1',
    result = {{true}} },
  { lua = "db.func.char_length(Moon.name)",
    postgresql = 'char_length(moon.name)',
    result = {2, 5, db.null, 4} },
  { lua = "db.func.concat(Moon.name, '-', Moon.size)",
    postgresql = 'concat(moon.name, CAST($1 AS TEXT), moon.size)',
    result = {'Io-7', '50%_a--7', '-', 'Moon-2'} },
  { lua = "db.func.coalesce(Moon.size, 0)",
    postgresql = 'coalesce(moon.size, $1)',
    result = {7, -7, 0, 2} },
  { lua = "db.select(db.func.count(Moon.id):filter(Moon.size:gt(0)))",
    postgresql = 'SELECT count(moon.id) FILTER (WHERE moon.size > $1) AS anon_1 FROM moon',
    result = {{2}} },
  { lua = "db.func.sum(Moon.id):over{order_by = Moon.id, rows = {-1, 1}}",
    postgresql = 'sum(moon.id) OVER (ORDER BY moon.id ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING)',
    result = {3, 6, 9, 7} },
  { lua = "db.func.sum(Moon.id):over{order_by = Moon.id, groups = {0, 1}}",
    postgresql = 'sum(moon.id) OVER (ORDER BY moon.id GROUPS BETWEEN CURRENT ROW AND 1 FOLLOWING)',
    result = {3, 5, 7, 4} },
  { lua = "db.func.sum(Moon.id):over{order_by = Moon.id, range = {nil, -1}}",
    postgresql =
      'sum(moon.id) OVER (ORDER BY moon.id RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)',
    result = {db.null, 1, 3, 6} },
  { lua = "db.func.rank():over{order_by = Moon.icy:desc(), partition_by = Moon.size:is_(nil)}",
    postgresql = 'rank() OVER (PARTITION BY moon.size IS NULL ORDER BY moon.icy DESC)',
    result = {1, 3, 1, 1} },
  { lua = "db.func.lag(Moon.name):over{order_by = Moon.id}",
    postgresql = 'lag(moon.name) OVER (ORDER BY moon.id)',
    result = {db.null, 'Io', '50%_a', db.null} },
  { lua = [[n = db.func.generate_series(1, 3):alias 'n'
           return db.select(n.c.n)]],
    postgresql = 'SELECT n.n FROM generate_series($1, $2) AS n',
    result = {{1}, {2}, {3}} },
  { lua = [[x = db.func.unnest(db.literal({5, 6}, db.ARRAY(db.Integer))):alias 'x'
           return db.select(x.c.x + 1)]],
    postgresql = 'SELECT x.x + $1 AS anon_1 FROM unnest(CAST($2 AS INTEGER[])) AS x',
    result = {{6}, {7}} },
  { lua = [[e = db.func.json_array_elements_text(Moon.doc:path 'a'):table_valued('value')
           return db.select(Moon.name, e.c.value)]],
    postgresql =
      'SELECT moon.name, anon_1.value FROM moon, json_array_elements_text((moon.doc -> CAST($1 ' ..
      'AS TEXT))) AS anon_1',
    result = {{'Io', '5'}, {'Io', '6'}} },
  -- Clauses.
  { lua = "db.select(Moon.icy, Moon.id):distinct(Moon.icy):order_by(Moon.icy, Moon.id)",
    postgresql = 'SELECT DISTINCT ON (moon.icy) moon.icy, moon.id FROM moon ORDER BY moon.icy, moon.id',
    result = {{false, 2}, {true, 1}, {db.null, 3}} },
  { lua = [[best = db.select(Other.c.name):where(Other.c.size:lt(Moon.size)):correlate(Moon)
             :order_by(Other.c.size:desc()):limit(1):lateral 'best'
           return db.select(Moon.name, best.c.name):join(best, db.true_()):order_by(Moon.id)]],
    postgresql =
      'SELECT moon.name, best.name AS name_1 FROM moon JOIN LATERAL (SELECT other.name FROM ' ..
      'moon AS other WHERE other.size < moon.size ORDER BY other.size DESC  LIMIT $1) AS best ' ..
      'ON true ORDER BY moon.id',
    result = {{'Io', 'Moon'}, {'Moon', '50%_a'}} },
  { lua = [[db.select(Moon.id, Other.c.id):join{Other, Other.c.size:eq(Moon.id), full = true}
             :order_by(Moon.id, Other.c.id)]],
    postgresql =
      'SELECT moon.id, other.id AS id_1 FROM moon FULL OUTER JOIN moon AS other ON other.size ' ..
      '= moon.id ORDER BY moon.id, other.id',
    result = {{1, db.null}, {2, 4}, {3, db.null}, {4, db.null}, {db.null, 1}, {db.null, 2}, {db.null, 3}} },
  { lua = "db.intersect_all(db.select(Moon.icy), db.select(Moon.icy)):order_by 'icy'",
    postgresql = 'SELECT moon.icy FROM moon INTERSECT ALL SELECT moon.icy FROM moon ORDER BY icy',
    result = {{false}, {true}, {true}, {db.null}} },
  { lua = "db.except_all(db.select(Moon.icy), db.select(Moon.icy):where(Moon.id:eq(1))):order_by 'icy'",
    postgresql =
      'SELECT moon.icy FROM moon EXCEPT ALL SELECT moon.icy FROM moon WHERE moon.id = $1 ORDER ' ..
      'BY icy',
    result = {{false}, {true}, {db.null}} },
  { lua = [[first = db.select(Moon.id):order_by(Moon.id):limit(1)
           return db.union(first, db.select(Moon.size)):order_by 'id':limit(3)]],
    postgresql =
      '(SELECT moon.id FROM moon ORDER BY moon.id  LIMIT $1) UNION SELECT moon.size FROM moon ' ..
      'ORDER BY id  LIMIT $2',
    result = {{-7}, {1}, {2}} },
  { lua = [[db.select(Moon.id):where(Moon.id:lt(3)):order_by(Moon.id)
             :with_for_update{of = Moon, skip_locked = true}]],
    postgresql =
      'SELECT moon.id FROM moon WHERE moon.id < $1 ORDER BY moon.id FOR UPDATE OF moon SKIP ' ..
      'LOCKED',
    result = {{1}, {2}} },
  { lua = "db.select(Moon.id):where(Moon.id:eq(3)):with_for_update{read = true, nowait = true}",
    postgresql = 'SELECT moon.id FROM moon WHERE moon.id = $1 FOR SHARE NOWAIT',
    result = {{3}} },
  { lua = "db.select(Moon.id):where(Moon.id:eq(3)):with_for_update{key_share = true}",
    postgresql = 'SELECT moon.id FROM moon WHERE moon.id = $1 FOR NO KEY UPDATE',
    result = {{3}} },
  { lua = "db.select(Moon.id):prefix_with '/* first */':suffix_with '/* last */':where(Moon.id:eq(1))",
    postgresql = 'SELECT /* first */ moon.id FROM moon WHERE moon.id = $1 /* last */',
    result = {{1}} },
  { lua = [[v = db.values{db.column('id', db.Integer), db.column('word', db.String), name = 'v'}
           v = v:data{ {1, 'a'}, {4, 'b'} }
           return db.select(Moon.name, v.c.word):join(v, v.c.id:eq(Moon.id)):order_by(v.c.id)]],
    postgresql =
      'SELECT moon.name, v.word FROM moon JOIN (SELECT column1 AS id, column2 AS word FROM ' ..
      '(VALUES ($1, $2), ($3, $4)) AS rows) AS v ON v.id = moon.id ORDER BY v.id',
    result = {{'Io', 'a'}, {'Moon', 'b'}} },
  { lua = [[c = db.select(Other.c.id, Other.c.size):where(Other.c.size:gt(0)):cte{'c', nesting = true}
           n = db.select(db.func.count()):select_from(c):where(c.c.size:le(Moon.size)):scalar_subquery()
           return db.select(Moon.id, n:label 'n'):order_by(Moon.id)]],
    postgresql =
      'SELECT moon.id, (WITH c AS (SELECT other.id, other.size FROM moon AS other WHERE ' ..
      'other.size > $1)  SELECT count(*) AS count_1 FROM c WHERE c.size <= moon.size) AS n ' ..
      'FROM moon ORDER BY moon.id',
    result = {{1, 2}, {2, 0}, {3, 0}, {4, 1}} },
  { lua = [[n = db.select(db.literal(1):label 'x'):cte{'n', recursive = true, nesting = true}
           n = n:union_all(db.select(n.c.x + 1):where(n.c.x:lt(3)))
           s = db.select(db.func.sum(n.c.x):label 's'):subquery 's'
           return db.select(Moon.id):join(s, s.c.s:gt(Moon.id)):order_by(Moon.id)]],
    postgresql =
      'SELECT moon.id FROM moon JOIN (WITH RECURSIVE n(x) AS (SELECT $1 AS x UNION ALL SELECT ' ..
      'n.x + $2 AS anon_1 FROM n WHERE n.x < $3)  SELECT sum(n.x) AS s FROM n) AS s ON s.s > ' ..
      'moon.id ORDER BY moon.id',
    result = {{1}, {2}, {3}, {4}} },
}, run_any)
print 'all rows hold'
--> all rows hold
db.session:close()
db.engine:dispose()
connection:execute(moonbase.text('DROP DATABASE ' .. name .. ' WITH (FORCE)'))
connection:close()
