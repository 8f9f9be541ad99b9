-- Subqueries, correlation, VALUES, texts and statements of the user's, and the rest of a SELECT.
require 'selectables'
local check = require 'support.table'

-- --- subqueries ---
check({
  { lua = [[s = User.query:filter(User.id:gt(1)):subquery()
           return db.select(s.c.name, s.c.id):order_by(s.c.id)]],
    sql =
      'SELECT anon_1.name, anon_1.id FROM (SELECT user.id, user.name FROM user WHERE ' ..
      'user.id > ?) AS anon_1 ORDER BY anon_1.id',
    params = {1}, result = {{'bob', 2}, {'cyd', 3}} },
  { lua = [[s = db.select(User.id, Post.id):join(Post):subquery 's'
           return db.select(s.c.id, s.c.id_1):order_by(s.c.id_1)]],
    sql =
      'SELECT s.id, s.id_1 FROM (SELECT user.id, post.id AS id_1 FROM user JOIN post ON ' ..
      'user.id = post.user_id) AS s ORDER BY s.id_1',
    params = {}, result = {{1, 1}, {1, 2}, {2, 3}} },
  { lua = "User.query:filter(User.id:in_(db.select(Post.user_id))):order_by(User.id)",
    sql =
      'SELECT user.id AS user_id, user.name AS user_name FROM user WHERE user.id IN ' ..
      '(SELECT post.user_id FROM post) ORDER BY user.id',
    params = {}, result = {'<User ada>', '<User bob>'} },
  { lua = "User.query:filter(User.id:not_in(db.select(Post.user_id):where(Post.user_id:ne(nil))))",
    sql =
      'SELECT user.id AS user_id, user.name AS user_name FROM user WHERE (user.id NOT IN ' ..
      '(SELECT post.user_id FROM post WHERE post.user_id IS NOT NULL))',
    params = {}, result = {'<User cyd>'} },
  { lua = [[db.select(User.name, db.select(db.func.count(Post.id))
             :where(Post.user_id:eq(User.id)):scalar_subquery():label 'n'):order_by(db.desc 'n',
             User.name)]],
    sql =
      'SELECT user.name, (SELECT count(post.id) AS count_1 FROM post WHERE post.user_id = ' ..
      'user.id) AS n FROM user ORDER BY n DESC, user.name',
    params = {}, result = {{'ada', 2}, {'bob', 1}, {'cyd', 0}} },
  { lua = "User.query:filter(User.id:eq(db.select(db.func.max(Post.user_id)):scalar_subquery()))",
    sql =
      'SELECT user.id AS user_id, user.name AS user_name FROM user WHERE user.id = (SELECT ' ..
      'max(post.user_id) AS max_1 FROM post)',
    params = {}, result = {'<User bob>'} },
  { lua = "User.query:filter(db.select(Post.id):where(Post.user_id:eq(User.id)):exists())",
    sql =
      'SELECT user.id AS user_id, user.name AS user_name FROM user WHERE EXISTS (SELECT 1 ' ..
      'FROM post WHERE post.user_id = user.id)',
    params = {}, result = {'<User ada>', '<User bob>'} },
  { lua = "User.query:filter(db.exists():where(Post.user_id:eq(User.id), Post.title:eq 'b1'))",
    sql =
      'SELECT user.id AS user_id, user.name AS user_name FROM user WHERE EXISTS (SELECT 1 ' ..
      'FROM post WHERE post.user_id = user.id AND post.title = ?)',
    params = {'b1'}, result = {'<User bob>'} },
  { lua = "db.select(User.name):where(db.exists(Post.user_id:eq(User.id)):correlate(User))",
    sql =
      'SELECT user.name FROM user WHERE EXISTS (SELECT 1 FROM post WHERE post.user_id = ' ..
      'user.id)',
    params = {}, result = {{'ada'}, {'bob'}} },
  { lua = [[db.select(User.name):where(db.select(Post.id):where(Post.user_id:eq(User.id))
             :correlate(User):exists())]],
    sql =
      'SELECT user.name FROM user WHERE EXISTS (SELECT 1 FROM post WHERE post.user_id = ' ..
      'user.id)',
    params = {}, result = {{'ada'}, {'bob'}} },
  { lua = [[db.select(User.name):where(db.select(Post.id):where(Post.user_id:eq(User.id))
             :correlate(nil):exists())]],
    sql =
      'SELECT user.name FROM user WHERE EXISTS (SELECT 1 FROM post, user WHERE ' ..
      'post.user_id = user.id)',
    params = {}, result = {{'ada'}, {'bob'}, {'cyd'}} },
  { lua = [[db.select(User.name):where(db.select(Post.id):where(Post.user_id:eq(User.id))
             :correlate_except(Post):exists())]],
    sql =
      'SELECT user.name FROM user WHERE EXISTS (SELECT 1 FROM post WHERE post.user_id = ' ..
      'user.id)',
    params = {}, result = {{'ada'}, {'bob'}} },
  { lua = [[db.select(User.name):where(db.select(db.func.count()):select_from(User)
             :correlate(User):scalar_subquery():gt(0))]],
    sql = 'SELECT user.name FROM user WHERE (SELECT count(*) AS count_1) > ?',
    params = {0}, result = {{'ada'}, {'bob'}, {'cyd'}} },
  { lua = [[db.select(User.name):join(Post):where(db.select(Tag.id)
             :where(post_tag.c.post_id:eq(Post.id), post_tag.c.tag_id:eq(Tag.id), User.id:eq(1))
             :correlate_except(Tag, post_tag):exists())]],
    sql =
      'SELECT user.name FROM user JOIN post ON user.id = post.user_id WHERE EXISTS (SELECT ' ..
      '1 FROM tag, post_tag WHERE post_tag.post_id = post.id AND post_tag.tag_id = tag.id ' ..
      'AND user.id = ?)',
    params = {1}, result = {{'ada'}} },
  { only = 'sqlite', lua = "db.select(User.name, db.select(User.id):scalar_subquery())",
    sql = 'SELECT user.name, (SELECT user.id FROM user) AS anon_1 FROM user',
    params = {}, result = {{'ada', 1}, {'bob', 1}, {'cyd', 1}} },
  { lua = [[db.select(User.name):where(User.id:eq(db.select(User.id):where(User.id:eq(2)):correlate(User):scalar_subquery()))]],
    sql = 'SELECT user.name FROM user WHERE user.id = (SELECT user.id WHERE user.id = ?)',
    params = {2}, result = {{'bob'}} },
  { lua = "db.select(User.name):where(db.exists(Post.user_id:eq(User.id)):correlate(5))",
    error = 'ArgumentError: correlate takes classes, tables or subqueries, got number' },
  { lua = "db.select(User.id):correlate()",
    error = 'ArgumentError: correlate needs a class, a table or a subquery' },
  { lua = "User.name:correlate(User)",
    error =
      'ArgumentError: correlate() is for subqueries: db.exists(…), ' ..
      'query:scalar_subquery()' },
  { lua = [[l = db.select(Post.title):where(Post.user_id:eq(User.id)):limit(1):lateral 'l'
           return db.select(User.name, l.c.title):join(l, db.true_())]],
    error = 'CompileError: sqlite has no LATERAL subqueries' },
}, run_query)

-- --- values, texts, functions of rows ---
check({
  { lua = [[v = db.values{db.column('id', db.Integer), db.column('word', db.String), name = 'v'}
             :data{ {1, 'one'}, {2, 'two'} }
           return db.select(User.name, v.c.word):join(v, v.c.id:eq(User.id)):order_by(v.c.id)]],
    sql =
      'SELECT user.name, v.word FROM user JOIN (SELECT column1 AS id, column2 AS word FROM ' ..
      '(VALUES (?, ?), (?, ?)) AS rows) AS v ON v.id = user.id ORDER BY v.id',
    params = {1, 'one', 2, 'two'}, result = {{'ada', 'one'}, {'bob', 'two'}} },
  { lua = [[v = db.values({db.column('id', db.Integer)}, {name = 'v'}):data{ {1}, {3} }
           return db.select(v)]],
    sql = 'SELECT v.id FROM (SELECT column1 AS id FROM (VALUES (?), (?)) AS rows) AS v',
    params = {1, 3}, result = {{1}, {3}} },
  { lua = "v = db.values(db.column 'x'):data{ {db.null} } return db.select(v.c.x)",
    sql = 'SELECT anon_1.x FROM (SELECT column1 AS x FROM (VALUES (?)) AS rows) AS anon_1',
    params = {db.null}, result = {{db.null}} },
  { lua = "db.values{db.column('id', db.Integer)}:data{ {1, 2} }",
    error = 'ArgumentError: data: row 1 has 2 values for 1 columns' },
  { lua = "db.values{db.column('id', db.Integer)}:data{ {'x'} }",
    error = "TypeError: id: Integer takes a whole number, got text 'x'" },
  { lua = "db.values{db.column('id', db.Integer)}:data{}",
    error = 'ArgumentError: VALUES needs at least one row' },
  { lua = "db.values{db.column('id', db.Integer)}:data(5)",
    error = 'ArgumentError: data: expected a list, got number' },
  { lua = "db.values{}",
    error = 'ArgumentError: values needs its columns' },
  { lua = "db.values{'id'}",
    error = 'ArgumentError: values: expected a column, got string' },
  { only = 'sqlite', lua = [[j = db.func.json_each('[3, 4]'):table_valued('key', 'value')
           return db.select(j.c.value):order_by(j.c.key:desc())]],
    sql = 'SELECT anon_1.value FROM json_each(?) AS anon_1 ORDER BY anon_1."key" DESC',
    params = {'[3, 4]'}, result = {{4}, {3}} },
  { only = 'sqlite', lua = [[j = db.func.json_each('[1, 3]'):table_valued('value')
           return db.select(User.name):join(j, j.c.value:eq(User.id)):order_by(User.id)]],
    sql =
      'SELECT user.name FROM user JOIN json_each(?) AS anon_1 ON anon_1.value = user.id ' ..
      'ORDER BY user.id',
    params = {'[1, 3]'}, result = {{'ada'}, {'cyd'}} },
  { lua = [[t = db.text 'select id, name from "user" where id > :n':bindparams{n = 1}:columns(User.id, User.name):subquery 't'
           u = db.aliased(User, t)
           return db.session:query(u):order_by(u.id)]],
    sql =
      'SELECT t.id AS t_id, t.name AS t_name FROM (select id, name from "user" where id > ?) ' ..
      'AS t ORDER BY t.id',
    params = {1}, result = {'<User bob>', '<User cyd>'} },
  { lua = [[t = db.text 'select 1 as a, 2 as b':columns{b = db.Integer, a = db.Integer}:subquery 't'
           return db.select(t.c.b, t.c.a)]],
    sql = 'SELECT t.b, t.a FROM (select 1 as a, 2 as b) AS t',
    params = {}, result = {{2, 1}} },
  { lua = [[t = db.text 'select user_id from post':columns{user_id = db.Integer}:cte 't'
           return User.query:filter(User.id:in_(db.select(t.c.user_id))):order_by(User.id)]],
    sql =
      'WITH t AS (select user_id from post)  SELECT user.id AS user_id, user.name AS ' ..
      'user_name FROM user WHERE user.id IN (SELECT t.user_id FROM t) ORDER BY user.id',
    params = {}, result = {'<User ada>', '<User bob>'} },
  { lua = [[db.union(db.text 'select 7 as id':columns{id = db.Integer}, db.select(User.id)):order_by 'id']],
    sql = 'select 7 as id UNION SELECT user.id FROM user ORDER BY id',
    params = {}, result = {{1}, {2}, {3}, {7}} },
  { lua = [[db.text 'select name, id from "user" where id = 2':columns{id = db.Integer, name = db.String}]],
    sql = 'select name, id from "user" where id = 2',
    params = {}, result = {{'bob', 2}} },
  { lua = "db.text 'select 1':subquery()",
    error =
      'InvalidRequestError: a text is no part of another statement until it says what its ' ..
      'columns are' },
  { lua = "db.text 'select 1':columns()",
    error = 'ArgumentError: columns needs the columns of the result' },
  { lua = "db.text 'select 1':columns{db.column 'x', y = db.Integer}",
    error = 'ArgumentError: columns: all columns are given by position, or all by name' },
  { lua = "db.text 'select 1':columns{y = 5}",
    error = 'TypeError: expected a type such as db.Integer or db.String(64), got number' },
}, run_query)

-- --- from_statement ---
check({
  { lua = [[User.query:from_statement(db.text 'select * from "user" where id = :x':bindparams{x = 2})]],
    sql = 'select * from "user" where id = ?',
    params = {2}, result = {'<User bob>'} },
  { lua = [[db.select(User):from_statement(db.text 'select name, id from "user" order by id desc')]],
    sql = 'select name, id from "user" order by id desc',
    params = {}, result = {{'<User cyd>'}, {'<User bob>'}, {'<User ada>'}} },
  { lua = [[db.session:query(User):from_statement(db.text 'select id from "user" where id = 1')]],
    sql = 'select id from "user" where id = 1',
    params = {}, result = {'<User ada>'} },
  { lua = [[db.session:query(User, Post):from_statement(db.text 'select "user".id as user_id, post.id as post_id, post.title as post_title, post.user_id as post_user_id from "user" join post on post.user_id = "user".id order by post.id')]],
    sql =
      'select "user".id as user_id, post.id as post_id, post.title as post_title, ' ..
      'post.user_id as post_user_id from "user" join post on post.user_id = "user".id order by ' ..
      'post.id',
    params = {},
    result = {{'<User ada>', '<Post a1>'}, {'<User ada>', '<Post a2>'}, {'<User bob>', '<Post b1>'}} },
  { lua = [[db.session:query(User.name, Post.title):from_statement(db.text 'select name, title from "user" join post on post.user_id = "user".id order by post.id limit 1')]],
    sql =
      'select name, title from "user" join post on post.user_id = "user".id order by post.id ' ..
      'limit 1',
    params = {}, result = {{'ada', 'a1'}} },
  { lua = [[db.select(User):from_statement(db.text "select 2 as x, 'zed' as y":columns(User.id, User.name))]],
    sql = "select 2 as x, 'zed' as y",
    params = {}, result = {{'<User bob>'}} },
  { lua = [[db.select(User):from_statement(db.union(db.select(User):where(User.id:eq(1)),
             db.select(User):where(User.id:eq(2))):order_by 'id')]],
    sql =
      'SELECT user.id, user.name FROM user WHERE user.id = ? UNION SELECT user.id, ' ..
      'user.name FROM user WHERE user.id = ? ORDER BY id',
    params = {1, 2}, result = {{'<User ada>'}, {'<User bob>'}} },
  { lua = "db.select(User):from_statement(db.select(User.id, User.name):where(User.id:eq(3)))",
    sql = 'SELECT user.id, user.name FROM user WHERE user.id = ?',
    params = {3}, result = {{'<User cyd>'}} },
  { lua = [[User.query:from_statement(db.text 'select name from "user"')]],
    error = 'NoSuchColumnError: the statement returns no column for User.id; it returns name' },
  { lua = [[db.session:query(User.id, User.name):from_statement(db.text 'select id from "user"')]],
    error = "NoSuchColumnError: the statement returns no column for 'name'; it returns id" },
  { lua = "User.query:from_statement 'select * from user'",
    error =
      'ArgumentError: from_statement takes db.text(…), a select or a statement with ' ..
      'returning(…), got string' },
  { lua = "User.query:from_statement(User)",
    error =
      'ArgumentError: from_statement takes db.text(…), a select or a statement with ' ..
      'returning(…), got Model' },
  { lua = [[User.query:filter_by{id = 1}:from_statement(db.text 'select * from "user"')]],
    error =
      'InvalidRequestError: from_statement() on a query that has conditions, joins or an ' ..
      'order already' },
  { lua = [[User.query:from_statement(db.text 'select * from "user"'):filter_by{id = 1}]],
    error =
      'InvalidRequestError: filter_by() cannot change a query that has its statement from ' ..
      'from_statement()' },
  { lua = [[User.query:from_statement(db.text 'select * from "user"'):subquery()]],
    error =
      'InvalidRequestError: a query from from_statement() cannot be used as a part of ' ..
      'another query' },
}, run_query)

-- --- the rest of a SELECT ---
check({
  { lua = [[User.query:with_for_update{read = true, nowait = true, of = User}:order_by(User.id)
             :limit(1)]],
    sql =
      'SELECT user.id AS user_id, user.name AS user_name FROM user ORDER BY user.id  LIMIT ' ..
      '?',
    params = {1}, result = {'<User ada>'} },
  { lua = "User.query:with_for_update():limit(1)",
    sql = 'SELECT user.id AS user_id, user.name AS user_name FROM user  LIMIT ?',
    params = {1}, result = {'<User ada>'} },
  { lua = "User.query:with_for_update{nowait = true, skip_locked = true}",
    error = 'ArgumentError: with_for_update takes nowait or skip_locked, not both' },
  { lua = "User.query:with_for_update{of = 5}",
    error =
      'ArgumentError: with_for_update: of takes classes, tables or subqueries, got number' },
  { lua = "User.query:with_for_update{noway = true}",
    error = "TypeError: with_for_update has no option 'noway'; did you mean 'nowait'?" },
  { lua = "db.select(User.name):prefix_with('ALL'):suffix_with('-- all')",
    sql = 'SELECT ALL user.name FROM user -- all',
    params = {}, result = {{'ada'}, {'bob'}, {'cyd'}} },
  { lua = "db.select(User.name):prefix_with(5)",
    error = 'TypeError: prefix_with: argument 1: expected string, got number' },
  { lua = "db.select(User):with_only_columns(User.name):order_by(User.id)",
    sql = 'SELECT user.name FROM user ORDER BY user.id',
    params = {}, result = {{'ada'}, {'bob'}, {'cyd'}} },
  { lua = "db.select(User):where(User.id:eq(1)):with_only_columns(db.func.count())",
    sql = 'SELECT count(*) AS count_1 FROM user WHERE user.id = ?',
    params = {1}, result = {{1}} },
  { lua = "db.select(User):with_only_columns{db.func.count(), maintain_column_froms = true}",
    sql = 'SELECT count(*) AS count_1 FROM user',
    params = {}, result = {{3}} },
  { lua = "db.select(User):with_only_columns()",
    error = 'ArgumentError: with_only_columns needs something to select' },
  { lua = [[db.select(User.id):add_columns(User.name):order_by(User.id):order_by(nil)
             :order_by(User.name:desc())]],
    sql = 'SELECT user.id, user.name FROM user ORDER BY user.name DESC',
    params = {}, result = {{3, 'cyd'}, {2, 'bob'}, {1, 'ada'}} },
  { lua = [[db.select(db.func.count(User.id):label 'n', User.name):group_by 'name'
             :order_by(db.desc 'n', 'name')]],
    sql =
      'SELECT count(user.id) AS n, user.name FROM user GROUP BY user.name ORDER BY n DESC, ' ..
      'user.name',
    params = {}, result = {{1, 'ada'}, {1, 'bob'}, {1, 'cyd'}} },
  { lua = "db.select(User):limit(2):where(User.id:gt(1))",
    sql = 'SELECT user.id, user.name FROM user WHERE user.id > ?  LIMIT ?',
    params = {1, 2}, result = {{'<User bob>'}, {'<User cyd>'}} },
  { lua = "User.query:distinct(User.name)",
    error = 'CompileError: sqlite has no DISTINCT ON' },
  { lua = [[x = db.select(User.id, (User.id + 1):label 'next').selected_columns
           return db.select(x.next, x[1], x.id):limit(1)]],
    sql = 'SELECT user.id + ? AS next, user.id, user.id AS id_1 FROM user  LIMIT ?',
    params = {1, 1}, result = {{2, 1, 1}} },
  { lua = "db.select(User.id).selected_columns.idd",
    error = "AttributeError: the SELECT has no attribute 'idd'; did you mean 'id'?" },
  { lua = [[db.select(User.id, db.select(Post.title):where(Post.user_id:eq(User.id))
             :order_by(Post.id):limit(1):label 'first'):order_by(User.id)]],
    sql =
      'SELECT user.id, (SELECT post.title FROM post WHERE post.user_id = user.id ORDER BY ' ..
      'post.id  LIMIT ?) AS first FROM user ORDER BY user.id',
    params = {1}, result = {{1, 'a1'}, {2, 'b1'}, {3, db.null}} },
}, run_query)

-- --- statements of the user's: what is loaded, and how they are shown ---
db.session:expunge_all()
statement = db.text 'select id from "user" where id > :x'
users = User.query:from_statement(statement):params{x = 1}:all()
print(#users, users[1].name)
--> 2	bob
print(User.query:from_statement(statement))
--> select id from "user" where id > ?
--postgresql> select id from "user" where id > $1
print(User.query:from_statement(statement:bindparams{x = 0}):first(), db.session:scalars(db.select(User):from_statement(db.text 'select * from "user" order by id')):first())
--> <User ada>	<User ada>
User.query:from_statement(statement):count()
--! InvalidRequestError: a query from from_statement() cannot be used in count()
--!   write it into the statement, or take db.text(…):columns{…}:subquery()
User.query:from_statement(statement):exists()
--! InvalidRequestError: a query from from_statement() cannot be used in exists()
--!   write it into the statement, or take db.text(…):columns{…}:subquery()
-- columns by name have their types, in whatever order they come
texts = db.text 'select name, id from "user" where id = 2':columns{id = db.Integer, name = db.String}
print(db.session:execute(texts):first().id, db.session:execute(texts):first().name, texts.selected_columns)
--> 2	bob	<columns id, name>
-- --- what a SELECT selects and from where ---
both = db.select(User.id, Tag.id)
print(both.selected_columns, #both.columns, #both.froms, both.froms[2])
--> <columns user.id, tag.id>	2	2	SELECT tag.*
--> FROM tag
print(db.join(User, Post))
--> SELECT *
--> FROM user JOIN post ON user.id = post.user_id
-- --- for another database ---
function postgresql(x) print((tostring(x:compile{dialect = 'postgresql'}))) end
postgresql(User.query:with_for_update{read = true, nowait = true, of = {User}})
--> SELECT "user".id AS user_id, "user".name AS user_name
--> FROM "user" FOR SHARE OF "user" NOWAIT
postgresql(User.query:with_for_update{skip_locked = true, key_share = true})
--> SELECT "user".id AS user_id, "user".name AS user_name
--> FROM "user" FOR NO KEY UPDATE SKIP LOCKED
postgresql(User.query:distinct(User.name))
--> SELECT DISTINCT ON ("user".name) "user".id AS user_id, "user".name AS user_name
--> FROM "user"
lateral = db.select(Post.title):where(Post.user_id:eq(User.id)):limit(1):lateral 'l'
postgresql(db.select(User.name, lateral.c.title):join(lateral, db.true_()))
--> SELECT "user".name, l.title
--> FROM "user" JOIN LATERAL (SELECT post.title
--> FROM post
--> WHERE post.user_id = "user".id
-->  LIMIT $1) AS l ON true
-- --- every method gives a new query ---
query = User.query
for _, change in ipairs{
  function(q) return q:join(Post) end, function(q) return q:select_from(Tag) end,
  function(q) return q:union(q) end, function(q) return q:prefix_with 'ALL' end,
  function(q) return q:suffix_with '-- end' end, function(q) return q:correlate(User) end,
  function(q) return q:with_for_update() end, function(q) return q:add_cte(q:cte 'c') end,
  function(q) return q:with_only_columns(User.id) end, function(q) return q:order_by(User.id) end,
  function(q) return q:from_statement(db.text 'select 1') end,
} do
  assert(change(query) ~= query)
end
print(query)
--> SELECT user.id AS user_id, user.name AS user_name
--> FROM user
