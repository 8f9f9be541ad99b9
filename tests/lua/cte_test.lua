-- Common table expressions, those that name themselves included.
require 'selectables'
local check = require 'support.table'

-- --- CTEs ---
check({
  { lua = [[c = db.select(User.id, User.name):where(User.id:gt(1)):cte 'c'
           return db.select(c.c.name):order_by(c.c.id)]],
    sql =
      'WITH c AS (SELECT user.id, user.name FROM user WHERE user.id > ?)  SELECT c.name ' ..
      'FROM c ORDER BY c.id',
    params = {1}, result = {{'bob'}, {'cyd'}} },
  { lua = [[c = User.query:cte 'c'
           u = db.aliased(User, c)
           return db.session:query(u):filter(u.id:eq(2))]],
    sql =
      'WITH c AS (SELECT user.id, user.name FROM user)  SELECT c.id AS c_id, c.name AS ' ..
      'c_name FROM c WHERE c.id = ?',
    params = {2}, result = {'<User bob>'} },
  { lua = [[c = db.select(Post.user_id):cte 'c'
           return User.query:filter(User.id:in_(db.select(c.c.user_id)))]],
    sql =
      'WITH c AS (SELECT post.user_id FROM post)  SELECT user.id AS user_id, user.name AS ' ..
      'user_name FROM user WHERE user.id IN (SELECT c.user_id FROM c)',
    params = {}, result = {'<User ada>', '<User bob>'} },
  { lua = [[c = db.select(db.func.count():label 'n'):select_from(Post):cte 'c'
           d = db.select(c.c.n + 1):cte 'd'
           return db.select(db.text '*'):select_from(d)]],
    sql =
      'WITH c AS (SELECT count(*) AS n FROM post), d AS (SELECT c.n + ? AS anon_1 FROM c)  ' ..
      'SELECT * FROM d',
    params = {1}, result = {{5}} },
  { lua = [[c = db.select(User.id):cte 'c' a = c:alias 'a'
           return db.select(c.c.id, a.c.id):where(a.c.id:eq(c.c.id + 1)):order_by(c.c.id)]],
    sql =
      'WITH c AS (SELECT user.id FROM user)  SELECT c.id, a.id AS id_1 FROM c, c AS a ' ..
      'WHERE a.id = c.id + ? ORDER BY c.id',
    params = {1}, result = {{1, 2}, {2, 3}} },
  { lua = [[tree = db.select(Employee.id, Employee.name, db.literal(0):label 'depth')
             :where(Employee.boss_id:is_(nil)):cte{'tree', recursive = true}
           tree = tree:union_all(db.select(Employee.id, Employee.name, tree.c.depth + 1)
             :join(tree, Employee.boss_id:eq(tree.c.id)))
           return db.select(tree.c.name, tree.c.depth):order_by(tree.c.depth, tree.c.id)]],
    sql =
      'WITH RECURSIVE tree(id, name, depth) AS (SELECT employee.id, employee.name, ? AS ' ..
      'depth FROM employee WHERE employee.boss_id IS NULL UNION ALL SELECT employee.id, ' ..
      'employee.name, tree.depth + ? AS anon_1 FROM employee JOIN tree ON employee.boss_id ' ..
      '= tree.id)  SELECT tree.name, tree.depth FROM tree ORDER BY tree.depth, tree.id',
    params = {0, 1}, result = {{'eve', 0}, {'fay', 1}, {'gus', 1}, {'hal', 2}} },
  { lua = [[n = db.select(db.literal(1):label 'x'):cte{'n', recursive = true}
           n = n:union_all(db.select(n.c.x + 1):where(n.c.x:lt(3)))
           return db.select(db.func.sum(n.c.x))]],
    sql =
      'WITH RECURSIVE n(x) AS (SELECT ? AS x UNION ALL SELECT n.x + ? AS anon_1 FROM n ' ..
      'WHERE n.x < ?)  SELECT sum(n.x) AS sum_1 FROM n',
    params = {1, 1, 3}, result = {{6}} },
  { only = 'sqlite', lua = [[n = db.select(db.literal(1):label 'x'):cte{'n', recursive = true}
           n = n:union_all(db.select(n.c.x + 1):where(n.c.x:lt(3)), db.select(n.c.x + 10)
             :where(n.c.x:lt(3)))
           return db.select(n.c.x):order_by(n.c.x)]],
    sql =
      'WITH RECURSIVE n(x) AS (SELECT ? AS x UNION ALL SELECT n.x + ? AS anon_1 FROM n ' ..
      'WHERE n.x < ? UNION ALL SELECT n.x + ? AS anon_1 FROM n WHERE n.x < ?)  SELECT n.x ' ..
      'FROM n ORDER BY n.x',
    params = {1, 1, 3, 10, 3}, result = {{1}, {2}, {3}, {11}, {12}} },
  { only = 'sqlite', lua = [[n = db.select(db.literal(1):label 'x'):cte{'n', recursive = true}
           n = n:union(db.select(n.c.x + 1):where(n.c.x:lt(3))):union(db.select(n.c.x + 10)
             :where(n.c.x:lt(3)))
           return db.select(n.c.x):order_by(n.c.x)]],
    sql =
      'WITH RECURSIVE n(x) AS (SELECT ? AS x UNION SELECT n.x + ? AS anon_1 FROM n WHERE ' ..
      'n.x < ? UNION SELECT n.x + ? AS anon_1 FROM n WHERE n.x < ?)  SELECT n.x FROM n ' ..
      'ORDER BY n.x',
    params = {1, 1, 3, 10, 3}, result = {{1}, {2}, {3}, {11}, {12}} },
  { lua = [[boss = db.aliased(Employee, 'boss')
           t = db.select(boss):where(boss.id:eq(2)):cte{'t', recursive = true}
           t = t:union_all(db.select(Employee):join(t, Employee.boss_id:eq(t.c.id)))
           e = db.aliased(Employee, t)
           return db.session:query(e):order_by(e.id)]],
    sql =
      'WITH RECURSIVE t(id, name, boss_id) AS (SELECT boss.id, boss.name, boss.boss_id ' ..
      'FROM employee AS boss WHERE boss.id = ? UNION ALL SELECT employee.id, ' ..
      'employee.name, employee.boss_id FROM employee JOIN t ON employee.boss_id = t.id)  ' ..
      'SELECT t.id AS t_id, t.name AS t_name, t.boss_id AS t_boss_id FROM t ORDER BY t.id',
    params = {2}, result = {'<Employee fay>', '<Employee hal>'} },
  { lua = [[c = db.select(db.literal(1):label 'x'):cte 'c'
           return db.select(User.id):add_cte(c):limit(1)]],
    sql = 'WITH c AS (SELECT ? AS x)  SELECT user.id FROM user  LIMIT ?',
    params = {1, 1}, result = {{1}} },
  { lua = [[c = db.select(Post.user_id):where(Post.id:lt(3)):cte{'c', nesting = true}
           return User.query:filter(User.id:in_(db.select(c.c.user_id)), User.name:ne 'x')]],
    sql =
      'SELECT user.id AS user_id, user.name AS user_name FROM user WHERE user.id IN (WITH c ' ..
      'AS (SELECT post.user_id FROM post WHERE post.id < ?)  SELECT c.user_id FROM c) AND ' ..
      'user.name != ?',
    params = {3, 'x'}, result = {'<User ada>'} },
  { lua = [[c = db.select(User.id):where(User.id:gt(1)):cte{'c', nesting = true}
           return db.select(c.c.id):order_by(c.c.id)]],
    sql =
      'WITH c AS (SELECT user.id FROM user WHERE user.id > ?)  SELECT c.id FROM c ORDER BY ' ..
      'c.id',
    params = {1}, result = {{2}, {3}} },
  { lua = [[c = db.select(Post.user_id):where(Post.id:gt(1)):cte{'c', nesting = true}
           s = db.select(c.c.user_id, db.func.count():label 'n'):group_by(c.c.user_id):subquery 's'
           return db.session:query(User.name, s.c.n):join(s, s.c.user_id:eq(User.id)):order_by(User.id)]],
    sql =
      'SELECT user.name AS user_name, s.n AS s_n FROM user JOIN (WITH c AS (SELECT ' ..
      'post.user_id FROM post WHERE post.id > ?)  SELECT c.user_id, count(*) AS n FROM c ' ..
      'GROUP BY c.user_id) AS s ON s.user_id = user.id ORDER BY user.id',
    params = {1}, result = {{'ada', 1}, {'bob', 1}} },
  { lua = [[c = db.select(Post.user_id):where(Post.id:gt(1)):cte{'c', nesting = true}
           n = db.select(db.func.count()):select_from(c):scalar_subquery()
           return db.select(User.name, n:label 'n'):where(User.id:eq(2))]],
    sql =
      'SELECT user.name, (WITH c AS (SELECT post.user_id FROM post WHERE post.id > ?)  ' ..
      'SELECT count(*) AS count_1 FROM c) AS n FROM user WHERE user.id = ?',
    params = {1, 2}, result = {{'bob', 3}} },
  { lua = [[a = db.select(db.literal(1):label 'x'):cte{'a', nesting = true}
           b = db.select(a.c.x + 1):cte 'b'
           return db.select(db.text '*'):select_from(b)]],
    sql =
      'WITH b AS (WITH a AS (SELECT ? AS x)  SELECT a.x + ? AS anon_1 FROM a)  SELECT * FROM ' ..
      'b',
    params = {1, 1}, result = {{2}} },
  { lua = [[a = db.select(db.literal(1):label 'x'):cte{'a', nesting = true}
           b = db.select((a.c.x + 2):label 'y'):cte{'b', nesting = true}
           s = db.select(a.c.x, b.c.y):subquery 's'
           return db.select(s.c.x, s.c.y)]],
    sql =
      'SELECT s.x, s.y FROM (WITH a AS (SELECT ? AS x), b AS (SELECT a.x + ? AS y FROM a)  ' ..
      'SELECT a.x, b.y FROM a, b) AS s',
    params = {1, 2}, result = {{1, 3}} },
  { lua = [[a = db.select(db.literal(1):label 'x'):cte{'a', nesting = true}
           b = db.select((a.c.x + 2):label 'y'):cte{'b', nesting = true}
           s = db.select(b.c.y, a.c.x):subquery 's'
           return db.select(s.c.x, s.c.y)]],
    sql =
      'SELECT s.x, s.y FROM (WITH b AS (WITH a AS (SELECT ? AS x)  SELECT a.x + ? AS y FROM ' ..
      'a), a AS (SELECT ? AS x)  SELECT b.y, a.x FROM b, a) AS s',
    params = {1, 2, 1}, result = {{1, 3}} },
  { lua = [[a = db.select(db.literal(1):label 'x'):cte{'c', nesting = true}
           b = db.select(db.literal(2):label 'x'):cte{'c', nesting = true}
           s, t = db.select(a.c.x):scalar_subquery(), db.select(b.c.x):scalar_subquery()
           return db.select(s:label 's', t:label 't')]],
    sql =
      'SELECT (WITH c AS (SELECT ? AS x)  SELECT c.x FROM c) AS s, (WITH c AS (SELECT ? AS ' ..
      'x)  SELECT c.x FROM c) AS t',
    params = {1, 2}, result = {{1, 2}} },
  { lua = [[tree = db.select(Employee.id):where(Employee.boss_id:eq(1))
             :cte{'tree', recursive = true, nesting = true}
           tree = tree:union_all(db.select(Employee.id):join(tree, Employee.boss_id:eq(tree.c.id)))
           return Employee.query:filter(Employee.id:in_(db.select(tree.c.id))):order_by(Employee.id)]],
    sql =
      'SELECT employee.id AS employee_id, employee.name AS employee_name, employee.boss_id ' ..
      'AS employee_boss_id FROM employee WHERE employee.id IN (WITH RECURSIVE tree(id) AS ' ..
      '(SELECT employee.id FROM employee WHERE employee.boss_id = ? UNION ALL SELECT ' ..
      'employee.id FROM employee JOIN tree ON employee.boss_id = tree.id)  SELECT tree.id ' ..
      'FROM tree) ORDER BY employee.id',
    params = {1}, result = {'<Employee fay>', '<Employee gus>', '<Employee hal>'} },
  { lua = [[c = db.select(User.id):where(User.id:lt(3)):cte{'c', nesting = true}
           a = db.select(c.c.id):where(c.c.id:eq(1))
           b = db.select(c.c.id + 10):where(c.c.id:eq(2))
           s = db.union_all(a, b):subquery 's'
           return db.select(s.c.id):order_by(s.c.id)]],
    sql =
      'SELECT s.id FROM (WITH c AS (SELECT user.id FROM user WHERE user.id < ?)  SELECT c.id ' ..
      'FROM c WHERE c.id = ? UNION ALL SELECT c.id + ? AS anon_1 FROM c WHERE c.id = ?) AS s ' ..
      'ORDER BY s.id',
    params = {3, 1, 10, 2}, result = {{1}, {12}} },
  { lua = [[c = db.select(Post.id, Post.user_id):where(Post.id:lt(9)):cte{'c', nesting = true}
           of_user = db.exists(db.select(c.c.id):where(c.c.user_id:eq(User.id)))
           return User.query:filter(of_user):order_by(User.id)]],
    sql =
      'SELECT user.id AS user_id, user.name AS user_name FROM user WHERE EXISTS (WITH c AS ' ..
      '(SELECT post.id, post.user_id FROM post WHERE post.id < ?)  SELECT c.id FROM c WHERE ' ..
      'c.user_id = user.id) ORDER BY user.id',
    params = {9}, result = {'<User ada>', '<User bob>'} },
  { lua = [[c = db.select(Post.user_id:label 'u'):where(Post.user_id:eq(User.id)):correlate(User)
             :cte{'c', nesting = true}
           n = db.select(db.func.count()):select_from(c):scalar_subquery()
           return db.select(User.name, n:label 'n'):order_by(User.id)]],
    sql =
      'SELECT user.name, (WITH c AS (SELECT post.user_id AS u FROM post WHERE post.user_id = ' ..
      'user.id)  SELECT count(*) AS count_1 FROM c) AS n FROM user ORDER BY user.id',
    params = {}, result = {{'ada', 2}, {'bob', 1}, {'cyd', 0}} },
  { lua = [[c = db.select(User.id, User.name):where(User.id:gt(1)):cte{'c', nesting = true}
           u = db.aliased(User, c)
           return db.session:query(u):filter(u.id:in_(db.select(c.c.id):where(c.c.id:lt(3))))]],
    sql =
      'WITH c AS (SELECT user.id, user.name FROM user WHERE user.id > ?)  SELECT c.id AS ' ..
      'c_id, c.name AS c_name FROM c WHERE c.id IN (SELECT c.id FROM c WHERE c.id < ?)',
    params = {1, 3}, result = {'<User bob>'} },
  { lua = [[c = db.select(db.literal(1):label 'x'):cte 'c'
           s = db.select(User.id):add_cte{c, nest_here = true}:limit(1):subquery 's'
           return db.select(s.c.id)]],
    sql = 'SELECT s.id FROM (WITH c AS (SELECT ? AS x)  SELECT user.id FROM user  LIMIT ?) AS s',
    params = {1, 1}, result = {{1}} },
  { lua = [[c = db.select(db.literal(1):label 'x'):cte 'c'
           s = db.select(c.c.x):add_cte{c, nest_here = true}:scalar_subquery()
           return db.select(s:label 'x')]],
    sql = 'SELECT (WITH c AS (SELECT ? AS x)  SELECT c.x FROM c) AS x',
    params = {1}, result = {{1}} },
  { lua = [[c = db.select(User.id):where(User.id:gt(1)):cte 'c'
           u = db.select(c.c.id):add_cte{c, nest_here = true}:union_all(db.select(c.c.id + 1))
           return db.select(u:subquery 'u'.c.id)]],
    sql =
      'WITH c AS (SELECT user.id FROM user WHERE user.id > ?)  SELECT u.id FROM (SELECT c.id ' ..
      'FROM c UNION ALL SELECT c.id + ? AS anon_1 FROM c) AS u',
    params = {1, 1}, result = {{2}, {3}, {3}, {4}} },
  { lua = [[a = db.select(db.literal(1):label 'x'):cte 'c'
           b = db.select(db.literal(2):label 'x'):cte 'c'
           return db.select(a.c.x, b.c.x)]],
    error = "CompileError: Two common table expressions of one statement are both named 'c'" },
  { lua = "db.select(User.id):cte{'c', nesting = 1}",
    error = "TypeError: cte: 'nesting' must be a boolean, got number" },
  { lua = "db.select(User.id):add_cte{nest_here = true}", error = 'ArgumentError: add_cte needs a CTE' },
  { lua = "db.select(User.id):add_cte(User)",
    error = 'ArgumentError: add_cte takes a CTE, made with query:cte(name)' },
  { lua = "db.select(User.id):subquery():union(db.select(User.id))",
    error = 'InvalidRequestError: union() is for CTEs: this is the subquery' },
  { lua = "db.select(User.id):cte{'c', recursiv = true}",
    error = "TypeError: cte has no option 'recursiv'; did you mean 'recursive'?" },
  { lua = "db.select(User.id):cte 'c':union_all(db.select(User.id, User.name))",
    error =
      'ArgumentError: the parts of a union and the like must have the same number of ' ..
      'columns: part 1 has 1, part 2 has 2' },
  { lua = "db.select(User.id):cte 'c':union_all()",
    error = 'ArgumentError: union_all needs another query' },
  { lua = "db.select(User.id):subquery(5)",
    error = 'TypeError: expected string, got number' },
}, run_query)
