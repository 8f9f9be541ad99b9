-- Expressions: operators, methods, functions, and what they give on real rows.
app = moonbase.App 'expressions'
app.config:update{DATABASE_URI = fresh_database()}
db = moonbase.Database(app)
T = db.Model 'T' {
  id = db.Column{db.Integer, primary_key = true},
  s = db.Column{db.String(20)},
  n = db.Column{db.Integer},
  f = db.Column{db.Float},
  b = db.Column{db.Boolean},
  d = db.Column{db.DateTime},
  num = db.Column{db.Numeric(10, 2)},
  j = db.Column{db.JSON},
}
db.create_all()
dt = moonbase.datetime
db.session:add_all{
  T{id = 1, s = 'moon', n = 7, f = 1.5, b = true, d = dt(2026, 11, 20, 13, 5), num = moonbase.decimal '10.50', j = {a = {5, 6}, k = 'v'}},
  T{id = 2, s = '50%_a', n = 2, f = -2.5, b = false, d = dt(2025, 1, 2), num = moonbase.decimal '3.25'},
  T{id = 3},
}
db.session:commit()
function ids(...)
  local out = {}
  for _, t in ipairs(T.query:filter(...):order_by(T.id):all()) do out[#out + 1] = t.id end
  return '{' .. table.concat(out, ' ') .. '}'
end
-- Prints the SQL of a condition, its values, and the rows that fit.
function cond(c)
  local x = c:compile()
  local values = {}
  for i, v in ipairs(x.params) do values[i] = tostring(v) end
  print(tostring(x), '[' .. table.concat(values, ', ') .. ']', ids(c))
end
-- Prints the SQL of an expression and its value in the first row.
function value(e, id) print(tostring(e), db.session:query(e):filter(T.id:eq(id or 1)):scalar()) end

cond(T.n:eq(7))
--> t.n = ?	[7]	{1}
cond(T.n:eq(nil))
cond(T.n:ne(nil))
cond(T.n:eq(db.null))
--> t.n IS NULL	[]	{3}
--> t.n IS NOT NULL	[]	{1 2}
--> t.n IS NULL	[]	{3}
cond(T.n:ne(7))
cond(T.n:lt(7))
cond(T.n:le(7))
cond(T.n:gt(2))
cond(T.n:ge(2))
--> t.n != ?	[7]	{2}
--> t.n < ?	[7]	{2}
--> t.n <= ?	[7]	{1 2}
--> t.n > ?	[2]	{1}
--> t.n >= ?	[2]	{1 2}
cond(T.n:is_(nil))
cond(T.n:is_not(nil))
cond(T.b:is_(true))
cond(T.b:is_not(true))
--> t.n IS NULL	[]	{3}
--> t.n IS NOT NULL	[]	{1 2}
--> t.b IS 1	[]	{1}
--> t.b IS NOT 1	[]	{2 3}
cond(T.n:is_distinct_from(7))
cond(T.n:is_not_distinct_from(nil))
--> t.n IS NOT ?	[7]	{2 3}
--> t.n IS NULL	[]	{3}
cond(T.n:in_{7, 8})
cond(T.n:not_in{7, 8})
cond(T.n:in_{})
cond(T.n:not_in{})
cond(T.n:in_{7, db.null})
cond(T.n:not_in{7, db.null})
--> t.n IN (?, ?)	[7, 8]	{1}
--> (t.n NOT IN (?, ?))	[7, 8]	{2}
--> (t.n IN (NULL) AND (1 != 1))	[]	{}
--> (t.n NOT IN (NULL) OR (1 = 1))	[]	{1 2 3}
--> t.n IN (?, NULL)	[7]	{1}
--> (t.n NOT IN (?, NULL))	[7]	{}
T.n:in_(7, 8)
--! ArgumentError: in_ takes one list, got 2 arguments
--!   write the values in braces: :in_{1, 2, 3}
T.n:in_{1, nil, 3}
--! ArgumentError: in_: the list has holes: one of its items is nil
--!   NULL inside a table is db.null; a name that is not defined is nil
T.n:in_{'x'}
--! TypeError: T.n: Integer takes a whole number, got text 'x'
T.n:in_ 'abc'
--! ArgumentError: in_: expected a list or a query, got string
--!   write the values in braces: :in_{1, 2, 3}
cond(T.s:like 'm%')
cond(T.s:ilike 'M%')
cond(T.s:not_like 'm%')
cond(T.s:like('50\\%%', {escape = '\\'}))
--> t.s LIKE ?	[m%]	{1}
--> lower(t.s) LIKE lower(?)	[M%]	{1}
--> t.s NOT LIKE ?	[m%]	{2}
--> t.s LIKE ? ESCAPE '\'	[50\%%]	{2}
cond(T.s:startswith 'mo')
cond(T.s:endswith 'on')
cond(T.s:contains 'oo')
cond(T.s:contains '%')
cond(T.s:contains('%', {autoescape = true}))
cond(T.s:startswith('50%_', {autoescape = true}))
cond(T.s:contains('/%', {escape = '/'}))
cond(T.s:icontains 'OO')
--> (t.s LIKE ? || '%')	[mo]	{1}
--> (t.s LIKE '%' || ?)	[on]	{1}
--> (t.s LIKE '%' || ? || '%')	[oo]	{1}
--> (t.s LIKE '%' || ? || '%')	[%]	{1 2}
--> (t.s LIKE '%' || ? || '%' ESCAPE '/')	[/%]	{2}
--> (t.s LIKE ? || '%' ESCAPE '/')	[50/%/_]	{2}
--> (t.s LIKE '%' || ? || '%' ESCAPE '/')	[/%]	{2}
--> (lower(t.s) LIKE '%' || lower(?) || '%')	[OO]	{1}
T.s:startswith(nil)
--! TypeError: startswith: argument 1 is nil
--!   a name that is not defined is nil: look for a misspelt or later one
T.s:like(5)
--! TypeError: T.s: String takes text, got 5; write tostring(…)
T.s:like(nil)
--! TypeError: like: argument 1 is nil
--!   a name that is not defined is nil: look for a misspelt or later one
cond(T.n:between(2, 6))
cond(~T.n:between(2, 6))
--> t.n BETWEEN ? AND ?	[2, 6]	{2}
--> t.n NOT BETWEEN ? AND ?	[2, 6]	{1}
T.n:between(1)
--! TypeError: between takes 2 positional arguments, got 1
cond(db.and_(T.n:gt(1), T.s:eq 'moon'))
cond(db.or_(T.n:eq(7), T.n:eq(nil)))
cond(db.not_(T.n:eq(7)))
cond(db.and_())
--> t.n > ? AND t.s = ?	[1, moon]	{1}
--> t.n = ? OR t.n IS NULL	[7]	{1 3}
--> t.n != ?	[7]	{2}
--> 1	[]	{1 2 3}
cond(T.n:eq(7) & T.b)
cond((T.n:eq(7) | T.n:eq(2)) & ~T.b)
cond(~(T.n:eq(7) & T.b))
cond(~T.b)
cond(T.b)
cond(~T.s:like 'm%')
cond(~T.n:in_{7})
--> t.n = ? AND t.b = 1	[7]	{1}
--> (t.n = ? OR t.n = ?) AND t.b = 0	[7, 2]	{2}
--> NOT (t.n = ? AND t.b = 1)	[7]	{2}
--> t.b = 0	[]	{2}
--> t.b	[]	{1}
--> t.s NOT LIKE ?	[m%]	{2}
--> (t.n NOT IN (?))	[7]	{2}
cond(T.b:eq(true))
cond(T.b:eq(false))
--> t.b = ?	[true]	{1}
--> t.b = ?	[false]	{2}
T.query:filter(T.n)
--! ArgumentError: filter(): T.n is no condition but a value of type Integer
--!   compare it with something: :eq(…), :gt(…), :ne(nil)
-- --- arithmetic ---
value(T.n + 1)
value(1 + T.n)
value(T.n - 2)
value(T.n * 3)
value(-T.n)
value(T.n / 2)
value(T.n // 2)
value(T.n % 4)
value(2 * (T.n + 1))
value((T.n + 1) * 2 - T.n / 2)
value(T.f * 2)
value(T.num * 2)
value(T.num + T.n)
value(T.num / 2)
value(T.n / 2.0)
value(-7 // T.n)
--> t.n + ?	8
--> ? + t.n	8
--> t.n - ?	5
--> t.n * ?	21
--> -t.n	-7
--> t.n / (? + 0.0)	3.5
--> floordiv(t.n, ?)	3
--> t.n % ?	3
--> ? * (t.n + ?)	16
--> (t.n + ?) * ? - t.n / (? + 0.0)	12.5
--> t.f * ?	3.0
--> t.num * ?	21.0
--> t.num + t.n	17.50
--> t.num / (? + 0.0)	5.25
--> t.n / (? + 0.0)	3.5
--> floordiv(?, t.n)	-1
--postgresql> t.n + ?	8
--postgresql> ? + t.n	8
--postgresql> t.n - ?	5
--postgresql> t.n * ?	21
--postgresql> -t.n	-7
--postgresql> t.n / (? + 0.0)	3.5
--postgresql> floordiv(t.n, ?)	3
--postgresql> t.n % ?	3
--postgresql> ? * (t.n + ?)	16
--postgresql> (t.n + ?) * ? - t.n / (? + 0.0)	12.5
--postgresql> t.f * ?	3.0
--postgresql> t.num * ?	21.00
--postgresql> t.num + t.n	17.50
--postgresql> t.num / (? + 0.0)	5.2500000000000000
--postgresql> t.n / (? + 0.0)	3.5
--postgresql> floordiv(?, t.n)	-1
value(-T.n // 2)
--> floordiv(-t.n, ?)	-4
value(T.n // 0)
--> floordiv(t.n, ?)	nil
--postgresql! DataError: division by zero
db.session:rollback()
value(T.n / 0)
--> t.n / (? + 0.0)	nil
--postgresql! DataError: division by zero
db.session:rollback()
value(T.s .. '!')
value('<' .. T.s .. '>')
value(T.s .. T.s)
value(T.s:concat 'x')
value(T.s .. 5)
--> t.s || ?	moon!
--> ? || t.s || ?	<moon>
--> t.s || t.s	moonmoon
--> t.s || ?	moonx
--> t.s || ?	moon5
value(T.n .. 'x')
--> t.n || ?	7x
local x = T.n + nil
--! TypeError: an operand is nil
--!   a name that is not defined is nil; NULL is db.null
local x = T.n + 'a'
--! TypeError: T.n: Integer takes a whole number, got text 'a'
value(T.n ^ 2)
--> power(t.n, ?)	49.0
local x = T.s + 1
--! TypeError: T.s: String takes text, got 1; write tostring(…)
value(T.n:op '<<' (1))
--> t.n << ?	14
value(T.n:op('+')(1))
--> t.n + ?	8
-- --- functions ---
value(db.func.lower 'ABC')
value(db.func.upper(T.s))
value(db.func.length(T.s))
value(db.func.substr(T.s, 2, 2))
value(db.func.coalesce(T.s, 'none'), 3)
value(db.func.abs(T.f), 2)
value(db.func.round(T.f))
--> lower(?)	abc
--> upper(t.s)	MOON
--> length(t.s)	4
--> substr(t.s, ?, ?)	oo
--> coalesce(t.s, ?)	none
--> abs(t.f)	2.5
--> round(t.f)	2.0
value(db.func.ifnull(nil, 3))
--! TypeError: func.ifnull: argument 1 is nil
--!   a name that is not defined is nil: look for a misspelt or later one
print(db.session:query(db.func.count()):select_from(T):scalar(), db.session:query(db.func.count(T.n)):scalar(), db.session:query(db.func.count(db.distinct(T.b))):scalar())
print(db.session:query(db.func.sum(T.n), db.func.min(T.n), db.func.max(T.s), db.func.avg(T.n)):one())
print(db.session:query(db.func.sum(T.num), db.func.avg(T.num), db.func.max(T.num), db.func.min(T.d)):one())
--> 3	2	2
--> (9, 2, 'moon', 4.5)
--> (13.75, 6.875, 10.50, 2025-01-02 00:00:00)
--postgresql> 3	2	2
--postgresql> (9, 2, 'moon', 4.5)
--postgresql> (13.75, 6.8750000000000000, 10.50, 2025-01-02 00:00:00)
print(db.session:query(db.func.sum(T.n)):filter(T.id:gt(9)):scalar())
--> nil
print(math.type(db.session:query(db.func.random()):scalar()), #tostring(db.session:query(db.func.now()):scalar()) > 18)
print(db.func.now(), db.func.current_timestamp(), db.func.count(), db.func.count(T.id):label 'n')
--> integer	true
--> CURRENT_TIMESTAMP	CURRENT_TIMESTAMP	count(*)	count(t.id)
--postgresql> float	true
--postgresql> CURRENT_TIMESTAMP	CURRENT_TIMESTAMP	count(*)	count(t.id)
now = db.session:query(db.func.now()):scalar()
print(type(now), now.year >= 2024)
--> userdata	true
db.session:query(db.func.frobnicate(T.n)):all()
--! OperationalError: no such function: frobnicate
--!   LINE 1: SELECT frobnicate(t.n) AS frobnicate_1
--!                  ^
--!   [SQL: SELECT frobnicate(t.n) AS frobnicate_1
--!   FROM t]
--postgresql! ProgrammingError: function frobnicate(integer) does not exist
--postgresql!   LINE 1: SELECT frobnicate(t.n) AS frobnicate_1
--postgresql!                  ^
--postgresql!   HINT:  No function matches the given name and argument types. You might need to add explicit type casts.
--postgresql!   No function matches the given name and argument types. You might need to add explicit type casts.
db.session:rollback()
db.session:query(db.func.substr(T.s)):all()
--! OperationalError: wrong number of arguments to function substr()
--!   LINE 1: SELECT substr(t.s) AS substr_1
--!                  ^
--!   [SQL: SELECT substr(t.s) AS substr_1
--!   FROM t]
--postgresql! ProgrammingError: function substr(character varying) does not exist
--postgresql!   LINE 1: SELECT substr(t.s) AS substr_1
--postgresql!                  ^
--postgresql!   HINT:  No function matches the given name and argument types. You might need to add explicit type casts.
--postgresql!   No function matches the given name and argument types. You might need to add explicit type casts.
db.session:rollback()
db.func.lower(nil, T.s)
--! TypeError: func.lower: argument 1 is nil
--!   a name that is not defined is nil: look for a misspelt or later one
db.func.lower(print)
--! ArgumentError: operand: expected a value or an SQL expression, got function
--!   call the function; for SQL functions write db.func.name(…)
print(db.func.count)
--> <func.count>
-- --- case, cast, literal, label, extract, collate, type_coerce ---
value(db.case{ {T.n:ge(5), 'big'}, {T.n:ge(1), 'small'}, else_ = 'none' })
value(db.case{ {T.n:ge(5), 'big'}, else_ = T.s }, 2)
value(db.case{ {T.n:ge(5), 'big'} }, 2)
value(db.case{ {7, 'seven'}, {2, 'two'}, value = T.n, else_ = '?' })
--> CASE WHEN t.n >= ? THEN ? WHEN t.n >= ? THEN ? ELSE ? END	big
--> CASE WHEN t.n >= ? THEN ? ELSE t.s END	50%_a
--> CASE WHEN t.n >= ? THEN ? END	nil
--> CASE t.n WHEN ? THEN ? WHEN ? THEN ? ELSE ? END	seven
db.case{}
--! ArgumentError: A CASE needs at least one condition and its result
db.case{ {T.n, 'x'} }
--! ArgumentError: case(): T.n is no condition but a value of type Integer
--!   compare it with something: :eq(…), :gt(…), :ne(nil)
db.case{ {true, 'x'} }
--! ArgumentError: case() got true: in this place == compares Lua values. Write User.id:eq(1), or db.expr(…)
--!   db.true_() and db.false_() are SQL's own truth values
db.case{ T.n:eq(1), 'x' }
--! ArgumentError: case: argument 1 is no pair of a condition and its result
--!   write db.case{ {User.age:ge(18), 'adult'}, else_ = 'minor' }
db.case{ {T.n:eq(1), 'x'}, els = 2 }
--! TypeError: case has no option 'els'
value(db.cast(T.n, db.String))
value(db.cast('12', db.Integer))
value(db.cast(T.n, db.Numeric(10, 3)))
value(T.n:cast(db.Float))
print(math.type(db.session:query(T.n:cast(db.Float)):filter(T.id:eq(1)):scalar()))
--> CAST(t.n AS VARCHAR)	7
--> CAST(? AS INTEGER)	12
--> CAST(t.n AS NUMERIC(10, 3))	7.000
--> CAST(t.n AS FLOAT)	7.0
--> float
value(db.cast(T.s, db.Integer))
--> CAST(t.s AS INTEGER)	0
--postgresql! DataError: invalid input syntax for type integer: "moon"
db.session:rollback()
db.cast(T.n, 'int')
--! TypeError: expected a type such as db.Integer or db.String(64), got string
value(db.literal(5))
value(db.literal 'x' .. T.s)
value(db.literal_column '1 + 1')
value(db.literal(true))
value(db.null)
--> ?	5
--> ? || t.s	xmoon
--> 1 + 1	2
--> ?	true
--> null	nil
value(db.extract('year', T.d))
value(db.extract('month', T.d))
value(db.extract('hour', T.d))
--> CAST(strftime('%Y', t.d) AS INTEGER)	2026
--> CAST(strftime('%m', t.d) AS INTEGER)	11
--> CAST(strftime('%H', t.d) AS INTEGER)	13
db.extract('century', T.d):compile()
--! CompileError: SQLite cannot extract century from a date
--!   It can extract year, month, day, hour, minute, second, epoch, dow, doy, week.
value(db.func.total(T.n))
--> total(t.n)	7.0
--postgresql! ProgrammingError: function total(integer) does not exist
--postgresql!   LINE 1: SELECT total(t.n) AS total_1
--postgresql!                  ^
--postgresql!   HINT:  No function matches the given name and argument types. You might need to add explicit type casts.
--postgresql!   No function matches the given name and argument types. You might need to add explicit type casts.
db.session:rollback()
value(T.s:collate 'NOCASE')
cond(T.s:collate 'NOCASE':eq 'MOON')
--> t.s COLLATE "NOCASE"	moon
--> t.s COLLATE "NOCASE" = ?	[MOON]	{1}
--postgresql! ProgrammingError: collation "NOCASE" for encoding "UTF8" does not exist
--postgresql!   LINE 1: SELECT t.s COLLATE "NOCASE" AS anon_1
--postgresql!                      ^
db.session:rollback()
print(T.n:label 'x', db.session:query(T.n:label 'x'):order_by(T.id):first().x)
--> t.n	7
print(db.session:query((T.n + 1):label 'm'):filter(T.n > 0):order_by(db.desc 'm'):first().m)
--> 8
print(db.type_coerce(T.n, db.String), db.tuple_(T.id, T.n))
cond(db.tuple_(T.id, T.n):in_{ {1, 7}, {2, 9} })
--> t.n	(t.id, t.n)
--> (t.id, t.n) IN (VALUES (?, ?), (?, ?))	[1, 7, 2, 9]	{1}
print(T.n:desc(), T.n:asc(), T.n:desc():nulls_last(), db.desc(T.n), T.n:distinct())
--> t.n DESC	t.n ASC	t.n DESC NULLS LAST	t.n DESC	DISTINCT t.n
cond(T.s:regexp_match '^m')
--> t.s REGEXP ?	[^m]	{1}
-- --- dates ---
cond(T.d:gt(dt(2026, 1, 1)))
cond(T.d:between(dt(2025, 1, 1), dt(2025, 12, 31)))
--> t.d > ?	[2026-01-01 00:00:00]	{1}
--> t.d BETWEEN ? AND ?	[2025-01-01 00:00:00, 2025-12-31 00:00:00]	{2}
T.d:gt '2026-01-01'
--! TypeError: T.d: DateTime takes a datetime, got text '2026-01-01'; use moonbase.datetime.fromisoformat('2026-01-01')
T.d:gt(5)
--! TypeError: T.d: DateTime takes a datetime, got 5; use moonbase.datetime.fromtimestamp(5)
-- --- JSON ---
value(T.j:path('a', 1))
value(T.j:path 'k')
value(T.j:path('a', 9))
--> t.j -> ('$."' || ? || '"[' || ? || ']')	5
--> t.j -> ('$."' || ? || '"')	v
--> t.j -> ('$."' || ? || '"[' || ? || ']')	nil
print(#db.session:query(T.j:path 'a'):order_by(T.id):first()[1])
--> 2
cond(T.j:path('a', 1):as_integer():eq(5))
cond(T.j:path 'k':as_string():eq 'v')
--> json_extract(t.j, '$."' || ? || '"[' || ? || ']') = ?	[a, 0, 5]	{1}
--> json_extract(t.j, '$."' || ? || '"') = ?	[k, v]	{1}
T.j:path()
--! TypeError: path: argument 1: expected a key or a position, got nil
T.j:path(1.5)
--! TypeError: path: argument 1: expected integer, got number
-- --- text with binds ---
cond(db.text 'n > :low':bindparams{low = 2})
print(#T.query:filter(db.text 'n = 7'):all())
--> n > ?	[2]	{1}
--> 1
T.query:filter(db.text 'n > :low'):all()
--! StatementError: A value is required for bind parameter 'low'
--!   [SQL: SELECT t.id AS t_id, t.s AS t_s, t.n AS t_n, t.f AS t_f, t.b AS t_b, t.d AS t_d, t.num AS t_num, t.j AS t_j
--!   FROM t
--!   WHERE n > ?]
-- --- what Lua cannot overload ---
print(T.n == 7, T.n == T.n, T.n ~= T.s)
--> false	false	true
return T.n < 7
--! ArgumentError: in this place < and > compare Lua values, and T.n is an SQL expression
--!   write T.n:lt(…), :le, :gt or :ge, or keep the condition with db.expr(T.n < …)
return T.n >= 7
--! ArgumentError: in this place < and > compare Lua values, and T.n is an SQL expression
--!   write T.n:lt(…), :le, :gt or :ge, or keep the condition with db.expr(T.n < …)
return 7 <= T.n
--! ArgumentError: in this place < and > compare Lua values, and T.n is an SQL expression
--!   write T.n:lt(…), :le, :gt or :ge, or keep the condition with db.expr(T.n < …)
condition = T.n == 7
T.query:filter(condition)
--! ArgumentError: filter() got false: in this place == compares Lua values. Write User.id:eq(1), or db.expr(…)
--!   db.true_() and db.false_() are SQL's own truth values
condition = not T.b
T.query:filter(condition)
--! ArgumentError: filter() got false: in this place == compares Lua values. Write User.id:eq(1), or db.expr(…)
--!   db.true_() and db.false_() are SQL's own truth values
condition = T.n:eq(1) == true
T.query:filter(condition)
--! ArgumentError: filter() got false: in this place == compares Lua values. Write User.id:eq(1), or db.expr(…)
--!   db.true_() and db.false_() are SQL's own truth values
db.expr(true)
--! ArgumentError: expr() got true: in this place == compares Lua values. Write User.id:eq(1), or db.expr(…)
--!   db.true_() and db.false_() are SQL's own truth values
print(db.expr(T.n:eq(7)))
--> t.n = ?
if T.n:eq(7) then print 'an expression is true' end
--> an expression is true
return #T.n
--! TypeError: '#': T.n is an SQL expression and has no length
--!   the length of a text in SQL is db.func.length(x)
T.n()
--! TypeError: T.n is an SQL expression and cannot be called
--!   an SQL function is db.func.name(…); a method takes a colon: User.name:like 'a%'
T.n.foo()
--! AttributeError: Expression has no attribute 'foo'
T.n.eq(7)
--! TypeError: User.name.eq(7): methods take a colon: User.name:eq(7)
T.n:equals(7)
--! AttributeError: Expression has no attribute 'equals'
T.nn:eq(7)
--! AttributeError: T has no attribute 'nn'; did you mean 'n'?
print(T.n:eq(7):compile().params[1], T.n:eq(7):compile{literal_binds = true})
--> 7	t.n = 7
T.n:eq(7):compile{dialect = 'oracle'}
--! ArgumentError: there is no dialect 'oracle'
--!   dialects: sqlite
T.n:eq({})
--! ArgumentError: T.n: expected a value or an SQL expression, got table
--!   for a list of values write :in_{…}
T.n:eq(print)
--! ArgumentError: T.n: expected a value or an SQL expression, got function
--!   call the function; for SQL functions write db.func.name(…)
T.n:eq(T)
--! ArgumentError: T.n: expected a value or an SQL expression, got the model class T
--!   a column is compared with a value, another column or a query of one column; to compare with an object, use the relationship (Post.author:eq(user)) or the object's key (Post.user_id:eq(user.id))
T.n:eq()
--! TypeError: eq: argument 1: expected a value to compare with (nil for NULL), got nil
T.n:eq(1, 2)
