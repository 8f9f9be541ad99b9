-- SQL injection: every method that takes a string gets texts that would end a string, a quoted name, a
-- parenthesis or a statement, or be taken for a placeholder. Each text stays a value, or becomes a quoted
-- name, or is refused. What takes SQL by its nature is the last group: even there one statement is all that
-- runs.
require 'selectables'
Doc = db.Model 'Doc' {
  id = db.Column{db.Integer, primary_key = true},
  data = db.Column{db.JSON},
}
db.create_all()
db.session:add(Doc{id = 1, data = {a = 1, secret = 'kept'}})
db.session:commit()

-- DROP is what must not come to stand outside quotes.
hostile = {
  "x'; DROP TABLE user; --", 'x"; DROP TABLE user; --', 'x`; DROP TABLE user; --', 'x]; DROP TABLE user; --',
  "'; DROP TABLE user; --'", "x\\'; DROP TABLE user; --", 'x\\"; DROP TABLE user; --', "x'''DROP", 'x"""DROP',
  'x) UNION SELECT DROP --', '1 OR 1 = 1 /* DROP */', 'id, DROP', 'id DESC; DROP', 'DROP\n--', 'count(*)DROP',
  "\0'; DROP TABLE user", 'id\0DROP', '\1' .. '0\2DROP', '\1DROP', "\xff'DROP", '\u{2019}; DROP',
  ':DROP', '?DROP', '$1DROP', '$$DROP$$', '%DROP%s', '',
}

-- The SQL without what stands in quotes.
function bare(sql)
  local out, at = {}, 1
  while true do
    local open = sql:find('[\'"]', at)
    out[#out + 1] = sql:sub(at, (open or #sql + 1) - 1)
    if not open then return table.concat(out, '""') end
    local close = sql:find(sql:sub(open, open), open + 1, true)
    if not close then return 'DROP: quotes are left open' end
    at = close + 1
  end
end

function is_broken(sql) return bare(sql):find '[%z\1\2]' or bare(sql):find('DROP', 1, true) end

-- Where the text got to: 'refused' before there was SQL (and the error's kind), 'sql' as a part of it,
-- 'database' refused it, 'data'.
function outcome_of(use, text)
  local ok, x = pcall(use, text)
  -- After a failure a server takes nothing more until the transaction is rolled back.
  if not ok then
    db.session:rollback()
    return 'refused', type(x) == 'userdata' and x.kind or error(x, 0)
  end
  if type(x) ~= 'userdata' or not pcall(function() return x.compile end) then return 'data' end
  local got = 'data'
  for _, dialect in ipairs{'sqlite', 'postgresql'} do
    local built, sql = pcall(function() return tostring(x:compile{dialect = dialect}) end)
    -- LATERAL and some functions are for one of the two.
    if not built and not tostring(sql):find 'has no' then return 'refused', sql.kind end
    if built and is_broken(sql) then got = 'sql' end
    local literal, full = pcall(function()
      return tostring(x:compile{dialect = dialect, literal_binds = true})
    end)
    if literal and is_broken(full) then got = 'sql' end
  end
  local ran, failure = pcall(function() return db.session:execute(x):all() end)
  db.session:rollback()
  if not ran and got == 'data' then return 'database', failure.kind end
  return got
end

function is_intact()
  return db.session:execute(db.text 'SELECT count(*) FROM "user"'):scalar() == 3 and
    db.session:get(Doc, 1).data.secret == 'kept'
end

-- Every use with every text; `allowed` are the outcomes, or kinds of error, that may come, the first of
-- them for one text at least.
function attempt(allowed, uses)
  local may, report = {}, {}
  for _, word in ipairs(allowed) do may[word] = true end
  for name, use in pairs(uses) do
    local seen = {}
    for _, text in ipairs(hostile) do
      local outcome, kind = outcome_of(use, text)
      seen[outcome] = true
      if not may[outcome] and not may[kind] then
        report[#report + 1] = ('%s with %q: %s %s'):format(name, text, outcome, kind or '')
      end
      assert(is_intact(), name)
    end
    if not seen[allowed[1]] then report[#report + 1] = ('%s: never %s'):format(name, allowed[1]) end
  end
  table.sort(report)
  if #report > 0 then error(table.concat(report, '\n'), 0) end
end

function where(f) return function(s) return db.select(User.id):where(f(s)) end end
function column(f) return function(s) return db.select(f(s)):select_from(User) end end

-- Values. Text that is no UTF-8 is refused for a String.
-- What a server refuses among them: a NUL, text that is no UTF-8 or too long, a kind that does not fit.
refuses = db.engine.name == 'postgresql' and 'DataError' or nil
attempt({'data', 'ValueError', refuses}, {
  filter_by = function(s) return User.query:filter_by{name = s} end,
  ['=='] = where(function(s) return User.name:eq(s) end),
  is_distinct_from = where(function(s) return User.name:is_distinct_from(s) end),
  in_ = where(function(s) return User.name:in_{s, 'x'} end),
  not_in = where(function(s) return User.name:not_in{s} end),
  ['tuple_ in_'] = where(function(s) return db.tuple_(User.id, User.name):in_{{1, s}} end),
  between = where(function(s) return User.name:between(s, s) end),
  ['..'] = column(function(s) return User.name .. s end),
  literal = column(function(s) return db.literal(s) end),
  case = column(function(s) return db.case{{User.name:eq(s), s}, else_ = s} end),
  ['case value'] = column(function(s) return db.case{{s, s}, value = User.name} end),
  cast = column(function(s) return db.cast(s, db.String) end),
  type_coerce = column(function(s) return db.type_coerce(s, db.String) end),
  coalesce = column(function(s) return db.func.coalesce(User.name, s) end),
  values = function(s) return db.insert(Tag):values{word = s:sub(1, 20)}:returning(Tag.word) end,
  ['db.values'] = function(s)
    return db.select(db.values{db.column('a', db.String), name = 'v'}:data{{s}}.c.a)
  end,
  ['update values'] = function(s) return db.update(Tag):values{word = s}:returning(Tag.word) end,
  ['text parameter'] = function(s) return db.session:execute(db.text 'SELECT :x', {x = s}):all() end,
  ['text bindparams'] = function(s) return db.text('SELECT :x'):bindparams{x = s} end,
  params = function(s) return User.query:filter(User.name:eq(db.bindparam 'x')):params{x = s}:all() end,
  execution_options = function(s) return User.query:execution_options{[s] = s} end,
  has_table = function(s) return moonbase.inspect(db.engine):has_table(s) end,
  ['get_table_names schema'] = function(s) return moonbase.inspect(db.engine):get_table_names{schema = s} end,
})

-- IS with a value is SQLite's; a server refuses it.
attempt({refuses and 'database' or 'data', 'ValueError'}, {
  is_ = where(function(s) return User.name:is_(s) end),
})

-- Patterns.
patterns = {}
for _, name in ipairs{'like', 'ilike', 'not_like', 'not_ilike', 'startswith', 'endswith', 'contains',
    'istartswith', 'iendswith', 'icontains', 'concat'} do
  patterns[name] = where(function(s) return User.name[name](User.name, s):is_not(nil) end)
end
for _, name in ipairs{'startswith', 'endswith', 'contains', 'icontains'} do
  patterns[name .. ' autoescape'] =
    where(function(s) return User.name[name](User.name, s, {autoescape = true}) end)
end
attempt({'data', 'ValueError', refuses}, patterns)

-- Parts of regular expressions, a key inside a document, a page of a query.
attempt({'data', 'database', 'refused'}, {
  regexp_replace = column(function(s) return User.name:regexp_replace(s, s) end),
  ['regexp_replace flags'] = column(function(s) return User.name:regexp_replace('x', 'y', {flags = s}) end),
  ['regexp flags'] = column(function(s) return User.name:regexp_match('x', {flags = s}) end),
  path = function(s) return db.select(Doc.data:path(s)) end,
  ['path as_string'] = function(s) return db.select(Doc.data:path('a', s):as_string()) end,
  ['paginate cursor'] = function(s) return User.query:order_by(User.id):paginate{after = s, per_page = 2} end,
})

-- Arguments that the database reads.
attempt({'database', 'CompileError', refuses and 'data'}, {
  ['like escape'] = where(function(s) return User.name:like('x', {escape = s}) end),
  ['contains escape'] = where(function(s) return User.name:contains('x', {escape = s}) end),
})

-- Names become quoted ones; a NUL cannot be in a name.
attempt({'data', 'database', 'CompileError', 'AttributeError', 'TypeError', 'ArgumentError'}, {
  label = column(function(s) return User.name:label(s) end),
  ['db.label'] = column(function(s) return db.label(s, User.name) end),
  ['label of a query'] = function(s) return db.select(db.select(User.id):limit(1):label(s)) end,
  alias = function(s) local a = db.alias(User.__table__, s) return db.select(a.c.id) end,
  aliased = function(s) local a = db.aliased(User, s) return db.session:query(a) end,
  subquery = function(s) local a = db.select(User.id):subquery(s) return db.select(a.c.id) end,
  ['subquery column'] = function(s)
    local a = db.select(User.id:label(s)):subquery 'a'
    return db.select(a.c[s])
  end,
  cte = function(s) local a = db.select(User.id):cte(s) return db.select(a.c.id) end,
  ['cte recursive'] = function(s)
    local a = db.select(User.id:label(s)):cte{s, recursive = true}
    return db.select(a.c[s])
  end,
  ['values name'] = function(s)
    return db.select(db.values{db.column('a', db.String), name = s}:data{{'x'}}.c.a)
  end,
  ['values column'] = function(s)
    return db.select(db.values{db.column(s, db.String), name = 'v'}:data{{'x'}})
  end,
  ['String collation'] = column(function(s) return db.cast(User.name, db.String{20, collation = s}) end),
  ['Bundle'] = function(s) return db.session:query(db.Bundle(s, User.id)) end,
})

-- Names that SQLite takes as they come.
attempt({refuses and 'database' or 'data', 'data', 'database', 'CompileError', 'AttributeError', 'TypeError', 'ArgumentError'}, {
  ['table_valued name'] = function(s)
    return db.select(db.func.json_each('[1]'):table_valued{'value', name = s}.c.value)
  end,
  ['func alias'] = function(s) return db.select(db.func.json_each('[1]'):alias(s).c.value) end,
  collate = column(function(s) return User.name:collate(s) end),
  ['db.collate'] = column(function(s) return db.collate(User.name, s) end),
  column = column(function(s) return db.column(s) end),
})

-- Names that this database does not have.
attempt({'database', 'CompileError', 'TypeError', 'ArgumentError', 'data'}, {
  func = function(s) return db.select(db.func[s](1)) end,
  ['func package'] = function(s) return db.select(db.func.pkg[s](1)) end,
  table_valued = function(s) return db.select(db.func.json_each('[1]'):table_valued{s, name = 'j'}.c[s]) end,
  ['Table'] = function(s)
    local t = db.Table{s, db.Column{'id', db.Integer, primary_key = true}}
    db.metadata:remove(t) return db.select(t.c.id)
  end,
  constraint = function(s) return db.insert(User):values{id = 1}:on_conflict_do_nothing{constraint = s} end,
  lateral = function(s) local a = db.select(User.id):lateral(s) return db.select(a.c.id) end,
})

-- Where an expression, a class or a known name is meant, a text is refused: db.text marks SQL.
attempt({'refused'}, {
  get = function(s) return User.query:get(s) end,
  order_by = function(s) return db.select(User.id):order_by(s) end,
  ['order_by desc'] = function(s) return db.select(User.id):order_by(db.desc(s)) end,
  ['order_by of a query'] = function(s) return User.query:order_by(s) end,
  group_by = function(s) return db.select(User.id):group_by(s) end,
  ['order_by union'] = function(s) return db.union(db.select(User.id), db.select(User.id)):order_by(s) end,
  ['over order_by'] = column(function(s) return db.func.count():over{order_by = s} end),
  ['over partition_by'] = column(function(s) return db.func.count():over{partition_by = s} end),
  ['over rows'] = column(function(s) return db.func.count():over{rows = {s, 0}} end),
  within_group = column(function(s) return db.func.mode():within_group(s) end),
  distinct = function(s) return db.select(User.id):distinct(s) end,
  having = function(s) return db.select(User.id):group_by(User.id):having(s) end,
  filter = function(s) return db.select(User.id):filter(s) end,
  and_ = where(function(s) return db.and_(s, User.id:eq(1)) end),
  not_ = where(function(s) return db.not_(s) end),
  ['label order'] = function(s) return db.select(User.name:label(s)):order_by(s) end,
  extract = column(function(s) return db.extract(s, User.name) end),
  select = function(s) return db.select(s) end,
  query = function(s) return db.session:query(s) end,
  select_from = function(s) return db.select(User.id):select_from(s) end,
  join = function(s) return User.query:join(s) end,
  options = function(s) return User.query:options(db.joinedload(s)) end,
  load_only = function(s) return User.query:options(db.load_only(s)) end,
  with_entities = function(s) return User.query:with_entities(s) end,
  add_columns = function(s) return User.query:add_columns(s) end,
  value = function(s) return User.query:value(s) end,
  ['filter_by key'] = function(s) return User.query:filter_by{[s] = 1} end,
  ['values key'] = function(s) return db.insert(User):values{[s] = 1} end,
  ['update key'] = function(s) return db.update(User):values{[s] = 1} end,
  ['query update key'] = function(s) return User.query:update{[s] = 1} end,
  from_select = function(s) return db.insert(User):from_select({s}, db.select(User.id)) end,
  returning = function(s) return db.insert(User):values{name = 'x'}:returning(s) end,
  index_elements = function(s)
    return db.insert(User):values{id = 1}:on_conflict_do_nothing{index_elements = {s}}
  end,
  set_ = function(s)
    return db.insert(User):values{id = 1}:on_conflict_do_update{index_elements = {'id'}, set_ = {[s] = 1}}
  end,
  ['with_for_update of'] = function(s) return db.select(User.id):with_for_update{of = s} end,
  from_statement = function(s) return User.query:from_statement(s) end,
  execute = function(s) return db.session:execute(s) end,
  synchronize_session = function(s)
    return User.query:filter(User.id:eq(9)):delete{synchronize_session = s}
  end,
  get_columns = function(s) return moonbase.inspect(db.engine):get_columns(s) end,
  get_indexes = function(s) return moonbase.inspect(db.engine):get_indexes(s) end,
  autoload = function(s) return db.Table{s, autoload_with = db.engine} end,
})

-- SQL by its nature: one statement runs, and no NUL cuts it short.
attempt({'sql', 'data', 'database', 'refused'}, {
  text = function(s) return db.select(User.id):where(db.text(s)) end,
  literal_column = column(function(s) return db.literal_column(s) end),
  op = column(function(s) return User.name:op(s)('x') end),
  bool_op = where(function(s) return User.name:bool_op(s)('x') end),
  prefix_with = function(s) return db.select(User.id):prefix_with(s) end,
  suffix_with = function(s) return db.select(User.id):suffix_with(s) end,
  ['insert prefix_with'] = function(s) return db.insert(User):prefix_with(s):values{name = 'x'} end,
})
print 'every text was tried'
--> every text was tried

db.session:execute(db.text "DELETE FROM user\0WHERE id = 99")
--! ProgrammingError: the SQL text holds a NUL byte
db.session:execute(db.text 'SELECT 1; DROP TABLE user')
--! ProgrammingError: the text holds more than one statement
db.session:execute(db.select(User.id):suffix_with '; DROP TABLE user')
--! ProgrammingError: the text holds more than one statement
db.select(User.id:label 'a\0b'):compile()
--! CompileError: A name in SQL cannot hold a NUL byte: 'a\x00b'
User.query:filter_by{['id\0x'] = 1}
--! InvalidRequestError: User has no attribute
db.select(Doc.data:path 'a".secret."b')
--! ArgumentError: path: a key with a double quote cannot be part of a path: 'a".secret."b'
print(db.union(db.select(User.id), db.select(User.id)):prefix_with 'ALL')
--! InvalidRequestError: prefix_with(): a union and the like take order_by, limit and offset alone
