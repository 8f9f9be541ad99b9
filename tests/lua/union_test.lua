-- UNION and its kin: of statements, and of queries whose objects are read from it.
require 'selectables'
local check = require 'support.table'

-- --- unions of statements ---
check({
  { lua = "db.union(db.select(User.id), db.select(Post.id)):order_by(User.id)",
    sql = 'SELECT user.id FROM user UNION SELECT post.id FROM post ORDER BY id',
    params = {}, result = {{1}, {2}, {3}, {4}} },
  { lua = "db.select(User.name):union_all(db.select(Post.title)):order_by 'name'",
    sql = 'SELECT user.name FROM user UNION ALL SELECT post.title FROM post ORDER BY name',
    params = {}, result = {{'a1'}, {'a2'}, {'ada'}, {'b1'}, {'bob'}, {'cyd'}, {'stray'}} },
  { lua = [[db.union_all{db.select(User.name), db.select(Post.title), db.select(Tag.word)}
             :order_by 'name':limit(3)]],
    sql =
      'SELECT user.name FROM user UNION ALL SELECT post.title FROM post UNION ALL SELECT ' ..
      'tag.word FROM tag ORDER BY name  LIMIT ?',
    params = {3}, result = {{'a1'}, {'a2'}, {'ada'}} },
  { lua = "db.select(User.id):intersect(db.select(Post.user_id)):order_by(db.desc 'id')",
    sql = 'SELECT user.id FROM user INTERSECT SELECT post.user_id FROM post ORDER BY id DESC',
    params = {}, result = {{2}, {1}} },
  { lua = "db.select(User.id):except_(db.select(Post.user_id))",
    sql = 'SELECT user.id FROM user EXCEPT SELECT post.user_id FROM post',
    params = {}, result = {{3}} },
  { lua = "db.except(db.select(User.id), db.select(Post.user_id))",
    sql = 'SELECT user.id FROM user EXCEPT SELECT post.user_id FROM post',
    params = {}, result = {{3}} },
  { lua = [[db.union(db.select(User.id):order_by(User.id:desc()):limit(1), db.select(Post.id)
             :limit(1)):order_by 'id']],
    sql =
      'SELECT * FROM (SELECT user.id FROM user ORDER BY user.id DESC  LIMIT ?) UNION ' ..
      'SELECT * FROM (SELECT post.id FROM post  LIMIT ?) ORDER BY id',
    params = {1, 1}, result = {{1}, {3}} },
  { lua = [[db.union(db.select(User.id), db.select(Post.id)):except_(db.select(Tag.id))
             :order_by 'id']],
    sql =
      'SELECT user.id FROM user UNION SELECT post.id FROM post EXCEPT SELECT tag.id FROM ' ..
      'tag ORDER BY id',
    params = {}, result = {{3}, {4}} },
  { lua = [[db.select(Tag.id):union(db.select(User.id)
             :intersect(db.select(Post.id):where(Post.id:eq(3)))):order_by 'id']],
    sql =
      'SELECT tag.id FROM tag UNION SELECT * FROM (SELECT user.id FROM user INTERSECT ' ..
      'SELECT post.id FROM post WHERE post.id = ?) ORDER BY id',
    params = {3}, result = {{1}, {2}, {3}} },
  { lua = [[u = db.union(db.select(User.name), db.select(Post.title)):subquery 'u'
           return db.select(u.c.name):where(u.c.name:like '%1'):order_by(u.c.name)]],
    sql =
      'SELECT u.name FROM (SELECT user.name FROM user UNION SELECT post.title FROM post) ' ..
      'AS u WHERE u.name LIKE ? ORDER BY u.name',
    params = {'%1'}, result = {{'a1'}, {'b1'}} },
  { lua = [[u = db.union(db.select(User.id), db.select(Post.id)):cte 'u'
           return db.select(db.func.count()):select_from(u)]],
    sql =
      'WITH u AS (SELECT user.id FROM user UNION SELECT post.id FROM post)  SELECT ' ..
      'count(*) AS count_1 FROM u',
    params = {}, result = {{4}} },
  { lua = [[User.query:filter(User.id:in_(db.union(db.select(Post.user_id):where(Post.id:eq(3)),
             db.select(Mail.from_id):where(Mail.id:eq(1))))):order_by(User.id)]],
    sql =
      'SELECT user.id AS user_id, user.name AS user_name FROM user WHERE user.id IN ' ..
      '(SELECT post.user_id FROM post WHERE post.id = ? UNION SELECT mail.from_id FROM ' ..
      'mail WHERE mail.id = ?) ORDER BY user.id',
    params = {3, 1}, result = {'<User ada>', '<User bob>'} },
  { lua = [[db.select(db.func.max(User.id):label 'm'):union(db.select(db.func.max(Post.id)))
             :order_by(db.text '1')]],
    sql =
      'SELECT max(user.id) AS m FROM user UNION SELECT max(post.id) AS max_1 FROM post ' ..
      'ORDER BY 1',
    params = {}, result = {{3}, {4}} },
  { lua = "db.union(User.query, db.select(Tag)):order_by('id', 'name'):offset(3)",
    sql =
      'SELECT user.id, user.name FROM user UNION SELECT tag.id, tag.word FROM tag ORDER BY ' ..
      'id, name  LIMIT -1 OFFSET ?',
    params = {3}, result = {{2, 'bob'}, {3, 'cyd'}} },
  { lua = [[u = db.union(db.select(User):where(User.id:eq(1)), db.select(User)
             :where(User.id:eq(3))):subquery()
           a = db.aliased(User, u)
           return db.select(a):order_by(a.id)]],
    sql =
      'SELECT anon_1.id, anon_1.name FROM (SELECT user.id, user.name FROM user WHERE ' ..
      'user.id = ? UNION SELECT user.id, user.name FROM user WHERE user.id = ?) AS anon_1 ' ..
      'ORDER BY anon_1.id',
    params = {1, 3}, result = {{'<User ada>'}, {'<User cyd>'}} },
  { lua = "db.select(User.id):except_all(db.select(Post.id))",
    error = 'CompileError: sqlite has no EXCEPT ALL' },
  { lua = "db.union(db.select(User.id), db.select(Post.id, Post.title))",
    error =
      'ArgumentError: the parts of a union and the like must have the same number of ' ..
      'columns: part 1 has 1, part 2 has 2' },
  { lua = "db.union(db.select(User.id))",
    sql = 'SELECT user.id FROM user',
    params = {}, result = {{1}, {2}, {3}} },
  { lua = "db.union()",
    error = 'ArgumentError: union needs another query' },
  { lua = "db.select(User.id):union()",
    error = 'ArgumentError: union needs another query' },
  { lua = "db.select(User.id):union(5)",
    error = 'ArgumentError: union takes queries, got number' },
  { lua = "db.union(db.select(User.id), User)",
    error = 'ArgumentError: union takes queries, got Model' },
  { lua = "db.union(db.select(User.id), db.select(Post.id)):where(User.id:eq(1))",
    error =
      'InvalidRequestError: where(): a union and the like take order_by, limit and offset ' ..
      'alone' },
  { lua = "db.union(db.select(User.id), db.select(Post.id)):join(Post)",
    error =
      'InvalidRequestError: join(): a union and the like take order_by, limit and offset ' ..
      'alone' },
  { lua = "db.union(db.select(User.id), db.select(Post.id)):group_by(User.id)",
    error =
      'InvalidRequestError: group_by(): a union and the like take order_by, limit and ' ..
      'offset alone' },
  { lua = "db.union(db.select(User.id), db.select(Post.id)):distinct()",
    error =
      'InvalidRequestError: distinct(): a union and the like take order_by, limit and ' ..
      'offset alone' },
  { lua = "db.union(db.select(User.id), db.select(Post.id)):with_entities(User.id)",
    error =
      'InvalidRequestError: with_entities(): a union and the like take order_by, limit and ' ..
      'offset alone' },
}, run_query)

-- --- unions of queries ---
check({
  { lua = [[User.query:filter(User.id:eq(1)):union(User.query:filter(User.id:eq(3)))
             :order_by(User.name:desc())]],
    sql =
      'SELECT anon_1.id AS anon_id, anon_1.name AS anon_name FROM (SELECT user.id, ' ..
      'user.name FROM user WHERE user.id = ? UNION SELECT user.id, user.name FROM user ' ..
      'WHERE user.id = ?) AS anon_1 ORDER BY anon_1.name DESC',
    params = {1, 3}, result = {'<User cyd>', '<User ada>'} },
  { lua = "User.query:union(User.query):filter(User.name:eq 'bob')",
    sql =
      'SELECT anon_1.id AS anon_id, anon_1.name AS anon_name FROM (SELECT user.id, ' ..
      'user.name FROM user UNION SELECT user.id, user.name FROM user) AS anon_1 WHERE ' ..
      'anon_1.name = ?',
    params = {'bob'}, result = {'<User bob>'} },
  { lua = "User.query:union(User.query):filter_by{name = 'bob'}:with_entities(User.id, User.name)",
    sql =
      'SELECT anon_1.id AS anon_id, anon_1.name AS anon_name FROM (SELECT user.id, ' ..
      'user.name FROM user UNION SELECT user.id, user.name FROM user) AS anon_1 WHERE ' ..
      'anon_1.name = ?',
    params = {'bob'}, result = {{2, 'bob'}} },
  { lua = [[User.query:union_all(User.query:filter_by{id = 1}):join(User.posts)
             :filter(Post.title:eq 'a2'):order_by(User.id)]],
    sql =
      'SELECT anon_1.id AS anon_id, anon_1.name AS anon_name FROM (SELECT user.id, ' ..
      'user.name FROM user UNION ALL SELECT user.id, user.name FROM user WHERE user.id = ' ..
      '?) AS anon_1 JOIN post ON anon_1.id = post.user_id WHERE post.title = ? ORDER BY ' ..
      'anon_1.id',
    params = {1, 'a2'}, result = {'<User ada>'} },
  { lua = [[User.query:union(User.query):join(Post, Post.user_id:eq(User.id))
             :filter_by{title = 'b1'}]],
    sql =
      'SELECT anon_1.id AS anon_id, anon_1.name AS anon_name FROM (SELECT user.id, ' ..
      'user.name FROM user UNION SELECT user.id, user.name FROM user) AS anon_1 JOIN post ' ..
      'ON post.user_id = anon_1.id WHERE post.title = ?',
    params = {'b1'}, result = {'<User bob>'} },
  { lua = "User.query:union(User.query):filter(User.posts:any(Post.title:eq 'a1'))",
    sql =
      'SELECT anon_1.id AS anon_id, anon_1.name AS anon_name FROM (SELECT user.id, ' ..
      'user.name FROM user UNION SELECT user.id, user.name FROM user) AS anon_1 WHERE ' ..
      'EXISTS (SELECT 1 FROM post WHERE anon_1.id = post.user_id AND post.title = ?)',
    params = {'a1'}, result = {'<User ada>'} },
  { lua = [[User.query:union(User.query):filter(db.exists(Post.user_id:eq(User.id),
             Post.title:eq 'b1'))]],
    sql =
      'SELECT anon_1.id AS anon_id, anon_1.name AS anon_name FROM (SELECT user.id, ' ..
      'user.name FROM user UNION SELECT user.id, user.name FROM user) AS anon_1 WHERE ' ..
      'EXISTS (SELECT 1 FROM post WHERE post.user_id = anon_1.id AND post.title = ?)',
    params = {'b1'}, result = {'<User bob>'} },
  { lua = [[db.session:query(User.name):union(db.session:query(Post.title)):order_by(User.name)
             :limit(2)]],
    sql =
      'SELECT anon_1.name AS anon_name FROM (SELECT user.name FROM user UNION SELECT ' ..
      'post.title FROM post) AS anon_1 ORDER BY anon_1.name  LIMIT ?',
    params = {2}, result = {{'a1'}, {'a2'}} },
  { lua = [[db.session:query(User, Post):join(User.posts):filter(Post.id:eq(1))
             :union(db.session:query(User, Post):join(User.posts):filter(Post.id:eq(3)))
             :order_by(Post.id:desc())]],
    sql =
      'SELECT anon_1.id AS anon_id, anon_1.name AS anon_name, anon_1.id_1 AS anon_id_1, ' ..
      'anon_1.title AS anon_title, anon_1.user_id AS anon_user_id FROM (SELECT user.id, ' ..
      'user.name, post.id AS id_1, post.title, post.user_id FROM user JOIN post ON user.id ' ..
      '= post.user_id WHERE post.id = ? UNION SELECT user.id, user.name, post.id AS id_1, ' ..
      'post.title, post.user_id FROM user JOIN post ON user.id = post.user_id WHERE ' ..
      'post.id = ?) AS anon_1 ORDER BY anon_1.id_1 DESC',
    params = {1, 3}, result = {{'<User bob>', '<Post b1>'}, {'<User ada>', '<Post a1>'}} },
  { lua = [[User.query:filter_by{id = 1}:union(User.query:filter_by{id = 2})
             :union(User.query:filter_by{id = 3}):order_by(User.id)]],
    sql =
      'SELECT anon_1.id AS anon_id, anon_1.name AS anon_name FROM (SELECT anon_2.id, ' ..
      'anon_2.name FROM (SELECT user.id, user.name FROM user WHERE user.id = ? UNION ' ..
      'SELECT user.id, user.name FROM user WHERE user.id = ?) AS anon_2 UNION SELECT ' ..
      'user.id, user.name FROM user WHERE user.id = ?) AS anon_1 ORDER BY anon_1.id',
    params = {1, 2, 3}, result = {'<User ada>', '<User bob>', '<User cyd>'} },
  { lua = [[User.query:order_by(User.id):limit(1):union(User.query:order_by(User.id:desc())
             :limit(1)):order_by(User.id)]],
    sql =
      'SELECT anon_1.id AS anon_id, anon_1.name AS anon_name FROM (SELECT * FROM (SELECT ' ..
      'user.id, user.name FROM user ORDER BY user.id  LIMIT ?) UNION SELECT * FROM (SELECT ' ..
      'user.id, user.name FROM user ORDER BY user.id DESC  LIMIT ?)) AS anon_1 ORDER BY ' ..
      'anon_1.id',
    params = {1, 1}, result = {'<User ada>', '<User cyd>'} },
  { lua = "User.query:except_(User.query:join(User.posts))",
    sql =
      'SELECT anon_1.id AS anon_id, anon_1.name AS anon_name FROM (SELECT user.id, ' ..
      'user.name FROM user EXCEPT SELECT user.id, user.name FROM user JOIN post ON user.id ' ..
      '= post.user_id) AS anon_1',
    params = {}, result = {'<User cyd>'} },
  { lua = [[User.query:intersect(User.query:filter(User.id:gt(1)),
             User.query:filter(User.id:lt(3)))]],
    sql =
      'SELECT anon_1.id AS anon_id, anon_1.name AS anon_name FROM (SELECT user.id, ' ..
      'user.name FROM user INTERSECT SELECT user.id, user.name FROM user WHERE user.id > ? ' ..
      'INTERSECT SELECT user.id, user.name FROM user WHERE user.id < ?) AS anon_1',
    params = {1, 3}, result = {'<User bob>'} },
  { lua = [[User.query:union(User.query):group_by(User.name):having(User.name:ne 'bob')
             :with_entities(User.name, db.func.count(User.id)):order_by 'name']],
    sql =
      'SELECT anon_1.name AS anon_name, count(anon_1.id) AS count_1 FROM (SELECT user.id, ' ..
      'user.name FROM user UNION SELECT user.id, user.name FROM user) AS anon_1 GROUP BY ' ..
      'anon_1.name HAVING anon_1.name != ? ORDER BY anon_name',
    params = {'bob'}, result = {{'ada', 1}, {'cyd', 1}} },
  { lua = "User.query:union(db.session:query(User.id))",
    error =
      'ArgumentError: the parts of a union and the like must have the same number of ' ..
      'columns: part 1 has 2, part 2 has 1' },
  { lua = "User.query:union(User.query):update{name = 'x'}",
    error = 'InvalidRequestError: query:update() cannot be combined with a union' },
}, run_query)

-- --- unions that are run in other ways ---
both = User.query:union(User.query)
print(both:count(), both:filter(User.id:gt(1)):first(), db.session:query(both:exists()):scalar())
--> 3	<User bob>	true
for user in both:order_by(User.id) do print(user) end
--> <User ada>
--> <User bob>
--> <User cyd>
print(db.session:execute(db.union(db.select(User.id), db.select(Post.id))):keys()[1])
--> id
print((tostring(db.select(User.id):intersect_all(db.select(Post.id)):compile{dialect = 'postgresql'})))
--> SELECT "user".id
--> FROM "user" INTERSECT ALL SELECT post.id
--> FROM post
print((tostring(db.union(db.select(User.id):limit(1), db.select(Post.id)):except_(db.select(Tag.id)):compile{dialect = 'postgresql'})))
--> ((SELECT "user".id
--> FROM "user"
-->  LIMIT $1) UNION SELECT post.id
--> FROM post) EXCEPT SELECT tag.id
--> FROM tag
