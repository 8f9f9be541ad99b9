-- db.aliased: a class a second time in a query, or read from a subquery; and what it is not.
require 'selectables'
local check = require 'support.table'

-- --- aliased ---
check({
  { lua = "u2 = db.aliased(User, 'u2') return db.session:query(u2):filter(u2.name:eq 'bob')",
    sql = 'SELECT u2.id AS u2_id, u2.name AS u2_name FROM user AS u2 WHERE u2.name = ?',
    params = {'bob'}, result = {'<User bob>'} },
  { lua = "u2 = db.aliased(User) return db.session:query(u2.name):order_by(u2.id)",
    sql = 'SELECT user_1.name AS user_name FROM user AS user_1 ORDER BY user_1.id',
    params = {}, result = {{'ada'}, {'bob'}, {'cyd'}} },
  { lua = [[a, b = db.aliased(User, 'a'), db.aliased(User, 'b')
           return db.session:query(a, b):filter(a.id:lt(b.id)):order_by(a.id, b.id)]],
    sql =
      'SELECT a.id AS a_id, a.name AS a_name, b.id AS b_id, b.name AS b_name FROM user AS ' ..
      'a, user AS b WHERE a.id < b.id ORDER BY a.id, b.id',
    params = {},
    result = {{'<User ada>', '<User bob>'}, {'<User ada>', '<User cyd>'}, {'<User bob>', '<User cyd>'}} },
  { lua = "db.select(db.aliased(User)):limit(1)",
    sql = 'SELECT user_1.id, user_1.name FROM user AS user_1  LIMIT ?',
    params = {1}, result = {{'<User ada>'}} },
  { lua = [[u2 = db.aliased{User, name = 'u2'}
           return db.select(User.name, u2.name):join(u2, u2.id:gt(User.id)):order_by(User.id,
             u2.id)]],
    sql =
      'SELECT user.name, u2.name AS name_1 FROM user JOIN user AS u2 ON u2.id > user.id ' ..
      'ORDER BY user.id, u2.id',
    params = {}, result = {{'ada', 'bob'}, {'ada', 'cyd'}, {'bob', 'cyd'}} },
  { lua = [[e2 = db.aliased(Employee, 'e2')
           return db.session:query(Employee.name, e2.name):join(e2, Employee.boss)
             :order_by(Employee.id)]],
    sql =
      'SELECT employee.name AS employee_name, e2.name AS e2_name FROM employee JOIN ' ..
      'employee AS e2 ON e2.id = employee.boss_id ORDER BY employee.id',
    params = {}, result = {{'fay', 'eve'}, {'gus', 'eve'}, {'hal', 'fay'}} },
  { lua = [[e2 = db.aliased(Employee, 'e2')
           return db.session:query(Employee.name, e2.name):join(Employee.boss, e2)
             :order_by(Employee.id)]],
    sql =
      'SELECT employee.name AS employee_name, e2.name AS e2_name FROM employee JOIN ' ..
      'employee AS e2 ON e2.id = employee.boss_id ORDER BY employee.id',
    params = {}, result = {{'fay', 'eve'}, {'gus', 'eve'}, {'hal', 'fay'}} },
  { lua = [[e2 = db.aliased(Employee, 'e2')
           return db.session:query(Employee.name, e2.name):outerjoin(Employee.boss:of_type(e2))
             :order_by(Employee.id)]],
    sql =
      'SELECT employee.name AS employee_name, e2.name AS e2_name FROM employee LEFT OUTER ' ..
      'JOIN employee AS e2 ON e2.id = employee.boss_id ORDER BY employee.id',
    params = {}, result = {{'eve', db.null}, {'fay', 'eve'}, {'gus', 'eve'}, {'hal', 'fay'}} },
  { lua = [[e2 = db.aliased(Employee, 'e2')
           return db.session:query(e2):join(e2.team):filter(Employee.name:eq 'hal')]],
    sql =
      'SELECT e2.id AS e2_id, e2.name AS e2_name, e2.boss_id AS e2_boss_id FROM employee ' ..
      'AS e2 JOIN employee ON e2.id = employee.boss_id WHERE employee.name = ?',
    params = {'hal'}, result = {'<Employee fay>'} },
  { lua = [[e2, e3 = db.aliased(Employee, 'e2'), db.aliased(Employee, 'e3')
           return db.select(Employee.name, e3.name):join(Employee.boss:of_type(e2))
             :join(e2.boss:of_type(e3))]],
    sql =
      'SELECT employee.name, e3.name AS name_1 FROM employee JOIN employee AS e2 ON e2.id ' ..
      '= employee.boss_id JOIN employee AS e3 ON e3.id = e2.boss_id',
    params = {}, result = {{'hal', 'eve'}} },
  { lua = [[u2 = db.aliased(User, 'u2')
           return db.select(u2.name):where(u2.posts:any(Post.title:eq 'b1'))]],
    sql =
      'SELECT u2.name FROM user AS u2 WHERE EXISTS (SELECT 1 FROM post WHERE u2.id = ' ..
      'post.user_id AND post.title = ?)',
    params = {'b1'}, result = {{'bob'}} },
  { lua = [[e2 = db.aliased(Employee, 'e2')
           return Employee.query:filter(Employee.team:of_type(e2):any(e2.name:eq 'hal'))]],
    sql =
      'SELECT employee.id AS employee_id, employee.name AS employee_name, employee.boss_id ' ..
      'AS employee_boss_id FROM employee WHERE EXISTS (SELECT 1 FROM employee AS e2 WHERE ' ..
      'employee.id = e2.boss_id AND e2.name = ?)',
    params = {'hal'}, result = {'<Employee fay>'} },
  { lua = [[e2 = db.aliased(Employee, 'e2')
           return Employee.query:filter(Employee.boss:of_type(e2):has{name = 'fay'})]],
    sql =
      'SELECT employee.id AS employee_id, employee.name AS employee_name, employee.boss_id ' ..
      'AS employee_boss_id FROM employee WHERE EXISTS (SELECT 1 FROM employee AS e2 WHERE ' ..
      'e2.id = employee.boss_id AND e2.name = ?)',
    params = {'fay'}, result = {'<Employee hal>'} },
  { lua = [[e2 = db.aliased(Employee, 'e2')
           return db.session:query(e2):filter(e2.team:any(Employee.name:eq 'hal'))]],
    sql =
      'SELECT e2.id AS e2_id, e2.name AS e2_name, e2.boss_id AS e2_boss_id FROM employee ' ..
      'AS e2 WHERE EXISTS (SELECT 1 FROM employee WHERE e2.id = employee.boss_id AND ' ..
      'employee.name = ?)',
    params = {'hal'}, result = {'<Employee fay>'} },
  { lua = [[t2 = db.aliased(Tag, 't2')
           return Post.query:join(Post.tags:of_type(t2)):filter(t2.word:eq 'blue')]],
    sql =
      'SELECT post.id AS post_id, post.title AS post_title, post.user_id AS post_user_id ' ..
      'FROM post JOIN post_tag AS post_tag_1 ON post.id = post_tag_1.post_id JOIN tag AS ' ..
      't2 ON t2.id = post_tag_1.tag_id WHERE t2.word = ?',
    params = {'blue'}, result = {'<Post a1>'} },
  { lua = [[t1, t2 = db.aliased(Tag, 't1'), db.aliased(Tag, 't2')
           return Post.query:join(Post.tags:of_type(t1)):join(Post.tags:of_type(t2))
             :filter(t1.word:eq 'red', t2.word:eq 'blue')]],
    sql =
      'SELECT post.id AS post_id, post.title AS post_title, post.user_id AS post_user_id ' ..
      'FROM post JOIN post_tag AS post_tag_1 ON post.id = post_tag_1.post_id JOIN tag AS ' ..
      't1 ON t1.id = post_tag_1.tag_id JOIN post_tag AS post_tag_2 ON post.id = ' ..
      'post_tag_2.post_id JOIN tag AS t2 ON t2.id = post_tag_2.tag_id WHERE t1.word = ? ' ..
      'AND t2.word = ?',
    params = {'red', 'blue'}, result = {'<Post a1>'} },
  { lua = [[p2 = db.aliased(Post, 'p2')
           return db.select(User.name, p2.title):outerjoin(User.posts:of_type(p2)
             :and_(p2.title:like '%1')):order_by(User.id)]],
    sql =
      'SELECT user.name, p2.title FROM user LEFT OUTER JOIN post AS p2 ON user.id = ' ..
      'p2.user_id AND p2.title LIKE ? ORDER BY user.id',
    params = {'%1'}, result = {{'ada', 'a1'}, {'bob', 'b1'}, {'cyd', db.null}} },
  { lua = [[e2 = db.aliased(Employee, 'e2')
           return db.session:query(e2):filter(e2.boss:eq(Employee.query:get(1))):order_by(e2.id)]],
    sql =
      'SELECT e2.id AS e2_id, e2.name AS e2_name, e2.boss_id AS e2_boss_id FROM employee ' ..
      'AS e2 WHERE e2.boss_id = ? ORDER BY e2.id',
    params = {1}, result = {'<Employee fay>', '<Employee gus>'} },
  { lua = [[u2 = db.aliased(User, 'u2')
           return db.session:query(Post.title):select_from(u2):join(u2.posts)
             :filter_by{title = 'b1'}]],
    sql =
      'SELECT post.title AS post_title FROM user AS u2 JOIN post ON u2.id = post.user_id ' ..
      'WHERE post.title = ?',
    params = {'b1'}, result = {{'b1'}} },
  { lua = [[u2 = db.aliased(User, 'u2')
           return db.session:query(Post):join(u2, Post.author):filter_by{name = 'ada'}
             :order_by(Post.id)]],
    sql =
      'SELECT post.id AS post_id, post.title AS post_title, post.user_id AS post_user_id ' ..
      'FROM post JOIN user AS u2 ON u2.id = post.user_id WHERE u2.name = ? ORDER BY post.id',
    params = {'ada'}, result = {'<Post a1>', '<Post a2>'} },
  { lua = [[u2 = db.aliased(User, 'u2')
           return User.query:with_entities(u2.name):select_from(u2):limit(1)]],
    sql = 'SELECT u2.name AS u2_name FROM user AS u2  LIMIT ?',
    params = {1}, result = {{'ada'}} },
  { lua = [[u2 = db.aliased(User, 'u2')
           return db.session:query(u2):order_by(db.desc(u2.name)):offset(1):limit(1)]],
    sql =
      'SELECT u2.id AS u2_id, u2.name AS u2_name FROM user AS u2 ORDER BY u2.name DESC  ' ..
      'LIMIT ? OFFSET ?',
    params = {1, 1}, result = {'<User bob>'} },
}, run_query)

-- --- aliased to a subquery ---
check({
  { lua = [[sub = db.select(User):where(User.id:gt(1)):subquery 's'
           u2 = db.aliased(User, sub)
           return db.session:query(u2):order_by(u2.id)]],
    sql =
      'SELECT s.id AS s_id, s.name AS s_name FROM (SELECT user.id, user.name FROM user ' ..
      'WHERE user.id > ?) AS s ORDER BY s.id',
    params = {1}, result = {'<User bob>', '<User cyd>'} },
  { lua = [[sub = User.query:filter(User.id:gt(1)):subquery()
           u2 = db.aliased(User, sub, 'u2')
           return db.session:query(u2.name):join(u2.posts)]],
    sql =
      'SELECT u2.name AS u2_name FROM (SELECT user.id, user.name FROM user WHERE user.id > ' ..
      '?) AS u2 JOIN post ON u2.id = post.user_id',
    params = {1}, result = {{'bob'}} },
  { lua = [[sub = User.query:limit(2):subquery()
           u2 = db.aliased(User, sub)
           return db.session:query(u2):filter(u2.name:eq 'bob')]],
    sql =
      'SELECT anon_1.id AS anon_id, anon_1.name AS anon_name FROM (SELECT user.id, ' ..
      'user.name FROM user  LIMIT ?) AS anon_1 WHERE anon_1.name = ?',
    params = {2, 'bob'}, result = {'<User bob>'} },
  { lua = [[recent = db.select(Post):order_by(Post.id:desc()):limit(2):subquery 'recent'
           p = db.aliased(Post, recent)
           return db.session:query(User, p.title):join(User.posts:of_type(p))]],
    sql =
      'SELECT user.id AS user_id, user.name AS user_name, recent.title AS recent_title ' ..
      'FROM user JOIN (SELECT post.id, post.title, post.user_id FROM post ORDER BY post.id ' ..
      'DESC  LIMIT ?) AS recent ON user.id = recent.user_id',
    params = {2}, result = {{'<User bob>', 'b1'}} },
  { lua = [[sub = db.select(User.id:label 'key', User.name):subquery()
           u2 = db.aliased(User, sub)
           return db.select(u2)]],
    sql =
      'SELECT anon_1."key", anon_1.name FROM (SELECT user.id AS "key", user.name FROM ' ..
      'user) AS anon_1',
    params = {}, result = {{'<User ada>'}, {'<User bob>'}, {'<User cyd>'}} },
  { lua = "x = db.aliased(User.__table__, 'x') return db.select(x.c.name):where(x.c.id:eq(1))",
    sql = 'SELECT x.name FROM user AS x WHERE x.id = ?',
    params = {1}, result = {{'ada'}} },
  { lua = [[s = db.select(Post.user_id, db.func.count():label 'n'):group_by(Post.user_id)
             :subquery()
           t = db.aliased(s, 't')
           return db.select(User.name, t.c.n):join(t, t.c.user_id:eq(User.id)):order_by(User.id)]],
    sql =
      'SELECT user.name, t.n FROM user JOIN (SELECT post.user_id, count(*) AS n FROM post ' ..
      'GROUP BY post.user_id) AS t ON t.user_id = user.id ORDER BY user.id',
    params = {}, result = {{'ada', 2}, {'bob', 1}} },
}, run_query)

-- --- wrong aliases ---
check({
  { lua = "db.aliased(User, db.select(User.id):subquery 's')",
    error = 'ArgumentError: s has no column for User.name' },
  { lua = "db.aliased(User, User.query)",
    error = 'ArgumentError: aliased: expected a name or a subquery, got Query' },
  { lua = "db.aliased(User, 5)",
    error = 'ArgumentError: aliased: expected a name or a subquery, got number' },
  { lua = "db.aliased(5)",
    error = 'ArgumentError: aliased takes a class, a table or a subquery, got number' },
  { lua = "db.aliased()",
    error = 'TypeError: aliased takes 1 to 3 positional arguments, got 0' },
  { lua = "db.aliased(User.query)",
    error = 'ArgumentError: aliased takes a class, a table or a subquery, got Query' },
  { lua = "db.aliased{User, nme = 'x'}",
    error = "TypeError: aliased has no option 'nme'; did you mean 'name'?" },
  { lua = "db.aliased(User).nme",
    error = "AttributeError: the alias of User has no attribute 'nme'; did you mean 'name'?" },
  { lua = "db.aliased(User).query",
    error = 'AttributeError: an alias has no query of its own' },
  { lua = "db.aliased(User){}",
    error = 'TypeError: an alias makes no objects' },
  { lua = "u2 = db.aliased(User) u2.name = 5",
    error = 'AttributeError: an alias of User is read-only' },
  { lua = "User.query:filter(db.aliased(User))",
    error = 'ArgumentError: filter() got AliasedClass instead of a condition' },
  { lua = "User.posts:of_type(User)",
    error = 'ArgumentError: User.posts:of_type() takes an alias of Post, got User' },
  { lua = "User.posts:of_type(5)",
    error = 'ArgumentError: User.posts:of_type() takes an alias of Post, got number' },
  { lua = "User.posts:and_()",
    error = 'ArgumentError: and_ needs a condition' },
  { lua = "User.query:join(db.aliased(User).posts)",
    sql =
      'SELECT user.id AS user_id, user.name AS user_name FROM user AS user_1 JOIN post ON ' ..
      'user_1.id = post.user_id, user',
    params = {}, result = {'<User ada>', '<User bob>', '<User cyd>'} },
}, run_query)

-- --- the object itself ---
u2 = db.aliased(User, 'u2')
print(u2, db.aliased(User), u2.name, u2.posts, u2.__name__)
--> <alias of User u2>	<alias of User>	u2.name	User.posts	u2
row = db.session:query(User, u2):join(u2, u2.id:gt(User.id)):order_by(User.id, u2.id):first()
print(row.User, row.u2, row[2])
--> <User ada>	<User bob>	<User bob>
print(db.session:execute(db.select(u2):limit(1)):keys()[1])
--> u2
-- a row of the subquery is the object that is there already
sub = db.aliased(User, User.query:filter(User.id:eq(1)):subquery())
print(rawequal(db.session:query(sub):one(), User.query:get(1)))
--> true
db.session:query(u2):update{name = 'x'}
--! InvalidRequestError: query:update() cannot be combined with an alias
--!   select the keys first: filter(User.id:in_(subquery)):update()
db.session:query(u2):delete()
--! InvalidRequestError: query:delete() cannot be combined with an alias
--!   select the keys first: filter(User.id:in_(subquery)):delete()
