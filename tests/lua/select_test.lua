-- db.select, results, db.text.
app = moonbase.App 'selects'
app.config:update{DATABASE_URI = fresh_database()}
db = moonbase.Database(app)
User = db.Model 'User' {
  id = db.Column{db.Integer, primary_key = true},
  name = db.Column{db.String(40)},
  age = db.Column{db.Integer},
}
function User:__repr__() return ('<User %s>'):format(self.name) end
Post = db.Model 'Post' {
  id = db.Column{db.Integer, primary_key = true},
  user_id = db.Column{db.Integer, db.ForeignKey 'user.id'},
  author = db.relationship{'User', backref = 'posts'},
}
db.create_all()
db.session:add_all{User{name = 'ada', age = 36}, User{name = 'bob'}, User{name = 'cyd', age = 20}}
db.session:add_all{Post{user_id = 1}, Post{user_id = 1}}
db.session:commit()
function show(list)
  local out = {}
  for i, x in ipairs(list) do out[i] = tostring(x) end
  print('{' .. table.concat(out, ', ') .. '}')
end
S = db.session
print(db.select(User))
--> SELECT user.id, user.name, user.age
--> FROM user
print(db.select(User.id, Post.id):join(Post))
--> SELECT user.id, post.id AS id_1
--> FROM user JOIN post ON user.id = post.user_id
print(db.select(User.name):where(User.id:gt(1)):order_by(User.name):limit(2))
--> SELECT user.name
--> FROM user
--> WHERE user.id > ? ORDER BY user.name
-->  LIMIT ?
print(db.select(db.func.count()):select_from(User))
--> SELECT count(*) AS count_1
--> FROM user
print(db.select())
--! ArgumentError: select needs something to select
--!   db.select(User), db.select(User.id, User.name)
-- --- Result ---
show(S:execute(db.select(User):order_by(User.id)):all())
--> {(<User ada>,), (<User bob>,), (<User cyd>,)}
show(S:execute(db.select(User.id, User.name):order_by(User.id)):all())
--> {(1, 'ada'), (2, 'bob'), (3, 'cyd')}
show(S:scalars(db.select(User):order_by(User.id)):all())
--> {<User ada>, <User bob>, <User cyd>}
print(S:scalar(db.select(db.func.count(User.id))), S:scalar(db.select(User.name):where(User.id:gt(9))), S:scalar(db.select(User.age):where(User.name:eq 'bob')))
--> 3	nil	nil
q = db.select(User.id, User.name, User.age):order_by(User.id)
r = S:execute(q)
print(table.concat(r:keys(), ' '), r, r.returns_rows, r.closed)
print(r:fetchone(), r:fetchone().name, #r:all(), r:fetchone(), #r:all())
--> id name age	<Result, 3 rows>	true	false
--> (1, 'ada', 36)	bob	1	nil	0
show(S:execute(q):fetchmany(2))
--> {(1, 'ada', 36), (2, 'bob', null)}
r = S:execute(q)
for part in r:partitions(2) do print(#part, part[1]) end
--> 2	(1, 'ada', 36)
--> 1	(3, 'cyd', 20)
r = S:execute(q)
print(r:first(), r.closed, r)
--> (1, 'ada', 36)	true	<Result, closed>
r:all()
--! ResourceClosedError: This result object is closed.
r:scalars()
--! ResourceClosedError: This result object is closed.
S:execute(q:where(User.id:gt(9))):one()
--! NoResultFound: No row was found when one was required
S:execute(q):one()
--! MultipleResultsFound: Multiple rows were found when exactly one was required
print(S:execute(q:where(User.id:gt(9))):one_or_none(), S:execute(q:where(User.id:gt(9))):first())
--> nil	nil
S:execute(q):one_or_none()
--! MultipleResultsFound: Multiple rows were found when one or none was required
S:execute(q):scalar_one()
--! MultipleResultsFound: Multiple rows were found when exactly one was required
print(S:execute(q:where(User.id:eq(2))):scalar_one(), S:execute(q):scalar(), S:execute(q:where(User.id:eq(9))):scalar_one_or_none())
--> 2	1	nil
show(S:execute(q):scalars 'name':all())
--> {ada, bob, cyd}
show(S:execute(q):scalars(2):all())
--> {ada, bob, cyd}
show(S:execute(q):scalars(3):all())
--> {36, null, 20}
S:execute(q):scalars 'nme'
--! KeyError: Could not locate column in row for column 'nme'
--!   The columns are id, name, age; positions count from 1.
S:execute(q):scalars(0)
--! KeyError: Could not locate column in row for column '0'
--!   The columns are id, name, age; positions count from 1.
for m in S:execute(q):mappings() do print(m.id, m.name, m.age) end
--> 1	ada	36
--> 2	bob	null
--> 3	cyd	20
print(S:execute(q):mappings():first(), #S:execute(q):mappings():all())
--> {'id': 1, 'name': 'ada', 'age': 36}	3
show(S:execute(q):columns('age', 'id'):all())
--> {(36, 1), (null, 2), (20, 3)}
show(S:execute(db.select(User.age):order_by(User.id)):scalars():all())
--> {36, null, 20}
r = S:execute(q)
r:close()
print(r.closed, r)
--> true	<Result, closed>
for row in r do end
--! ResourceClosedError: This result object is closed.
r = S:execute(q)
for row in r do print(row.name) break end
print(#r:all())
--> ada
--> 2
do local r <close> = S:execute(q) kept = r end
print(kept.closed)
--> true
return #S:execute(q)
--! TypeError: Result has no length: count the rows with #result:all()
S:execute(q).all()
--! TypeError: result.all(): methods take a colon: result:all()
S:execute(q):al()
--! AttributeError: Result has no attribute 'al'; did you mean 'all'?
print(S:execute(q).nonsense)
--! AttributeError: Result has no attribute 'nonsense'
--!   it has all, close, columns, fetchall, fetchmany, fetchone, first, freeze, keys, mappings, one, one_or_none, partitions, scalar, scalar_one, scalar_one_or_none, scalars, tuples, unique, yield_per
S:execute(q):partitions(0)
--! ValueError: partitions: the size is a positive integer
S:execute(q):fetchmany(-1)
S:execute 'select 1'
--! ArgumentError: Not an executable object: 'select 1'
--!   Textual SQL is written db.text 'select 1'.
S:execute(User)
--! ArgumentError: Not an executable object: a Model
--!   execute() takes db.select(…), db.insert(…), db.update(…), db.delete(…) or db.text '…'.
S:execute(User.query:filter_by{id = 1}):one()
show(S:execute(db.select(User, User.age):where(User.id:eq(1))):all())
--> {(<User ada>, 36)}
print(S:execute(db.select(User, User.age)):first().User, S:execute(db.select(User, User.age)):first().age)
--> <User ada>	36
print(rawequal(S:scalars(db.select(User)):first(), User.query:get(1)))
--> true
show(S:scalars(db.select(Post.user_id)):unique():all())
--> {1}
show(S:scalars(db.select(User):order_by(User.id)):unique(function(u) return #u.name end):all())
--> {<User ada>}
show(S:execute(db.select(User.name):distinct():where(User.id:in_(db.select(Post.user_id)))):all())
--> {('ada',)}
print(db.select(User):where(db.exists(db.select(Post.id):where(Post.user_id:eq(User.id)))))
--> SELECT user.id, user.name, user.age
--> FROM user
--> WHERE EXISTS (SELECT post.id
--> FROM post
--> WHERE post.user_id = user.id)
print(db.select(User):filter_by{name = 'x'}:where(User.age:gt(1)))
--> SELECT user.id, user.name, user.age
--> FROM user
--> WHERE user.name = ? AND user.age > ?
print(db.select(User.age, db.func.count()):group_by(User.age):having(db.func.count():gt(1)))
--> SELECT user.age, count(*) AS count_1
--> FROM user GROUP BY user.age
--> HAVING count(*) > ?
print(db.select(User.name):join(User.posts):outerjoin(Post.author))
--! InvalidRequestError: User is in the query already: joining it again needs an alias
--!   other = db.aliased(User); query:join(Post.author:of_type(other))
db.select(User):all()
--! InvalidRequestError: db.select(…) does not run by itself
--!   db.session:execute(select):all(), db.session:scalars(select):all() or db.session:scalar(select)
db.select(User):first()
--! InvalidRequestError: db.select(…) does not run by itself
--!   db.session:execute(select):all(), db.session:scalars(select):all() or db.session:scalar(select)
db.select(5)
--! ArgumentError: a query selects classes and expressions, got number
--!   db.session:query(User), db.session:query(User.id, db.func.count(Post.id))
-- --- text ---
print(S:execute(db.text 'select :x + 1', {x = 2}):scalar())
--> 3
print(S:execute(db.text 'select :x, :y, :x', {x = 'a', y = db.null}):one())
--> ('a', null, 'a')
S:execute(db.text 'select :x + :y', {x = 2}):scalar()
--! StatementError: A value is required for bind parameter 'y'
--!   [SQL: select ? + ?]
S:execute(db.text 'select :x', {x = 1, z = 2}):scalar()
S:execute(db.text 'select :x'):scalar()
--! StatementError: A value is required for bind parameter 'x'
--!   [SQL: select ?]
print(S:execute(db.text "select ':no', 'a::b'"):one())
--> (':no', 'a::b')
print(S:execute(db.text 'select name from "user" where id = :id', {id = 2}):scalar())
--> bob
r = S:execute(db.text 'select id, name, age from "user" order by id')
for id, name in function() local row = r:fetchone() if row then return row:unpack() end end do print(id, name) end
--> 1	ada
--> 2	bob
--> 3	cyd
print(S:execute(db.text 'select 1; select 2'):scalar())
--! ProgrammingError: the text holds more than one statement
--!   [SQL: select 1; select 2]
--!   Run one at a time, or all of them as a script.
S:execute(db.text 'selec 1')
--! OperationalError: near "selec": syntax error
--!   LINE 1: selec 1
--!           ^
--!   [SQL: selec 1]
--postgresql! ProgrammingError: syntax error at or near "selec"
--postgresql!   LINE 1: selec 1
--postgresql!           ^
S:rollback()
S:execute(db.text '')
--! ProgrammingError: the text holds no SQL statement
print(S:execute(db.text 'update "user" set age = 1 where id < :n', {n = 3}).rowcount)
--> 2
S:rollback()
print(db.text('select :x'):bindparams{x = 3}, S:execute(db.text('select :x'):bindparams{x = 3}):scalar())
--> select ?	3
db.text('select :x'):bindparams{y = 3}
--! ArgumentError: the text has no parameter ':y'
print(S:execute(db.text 'select :d', {d = moonbase.date(2026, 1, 2)}):scalar())
--> 2026-01-02
print(S:execute(db.text 'select timestamp from (select :d as timestamp) as x', {d = moonbase.datetime(2026, 1, 2)}):scalar())
--> 2026-01-02 00:00:00.000000
--postgresql> 2026-01-02 00:00:00
S:execute(db.text 'select :d', {d = {}}):scalar()
--! TypeError: parameter 'd': expected a value, got table
--!   a table is a value for JSON and ARRAY columns only
S:execute(db.text 'select :d', {d = print}):scalar()
--! TypeError: parameter 'd': expected a value, got function
--!   call the function, or give it as a column's default
print(#S:execute(db.text 'select id from "user" where name like :p', {p = '%d%'}):all())
--> 2
S:execute(db.text 'insert into "user" (name) values (:name)', {{name = 'x1'}, {name = 'x2'}})
print(User.query:filter(User.name:like 'x%'):count())
S:rollback()
--> 2
print(S:execute(db.text 'select id, age from "user" order by id':columns(User.id, User.age)):first().age)
--> 36
show(S:scalars(db.select(User):where(db.text 'age > :a':bindparams{a = 30})):all())
--> {<User ada>}
print(S:execute(db.select(User.name):where(db.text 'age > :a'), {a = 30}):scalar())
--> ada
print(S:execute(db.select(User.name):where(User.age:gt(db.bindparam('low', db.Integer))), {low = 30}):scalar())
--> ada
db.text(5)
--! TypeError: text: argument 1: expected string, got number
show(S:scalars(db.select(User):where(db.text 'age > :a'), {a = 30}):all())
--> {<User ada>}
S:scalars(db.select(User):where(db.text 'age > :a'), {b = 30}):all()
--! StatementError: A value is required for bind parameter 'a'
--!   [SQL: SELECT user.id, user.name, user.age
--!   FROM user
--!   WHERE age > ?]
S:execute(db.select(User), {{a = 1}})
--! TypeError: parameters have names: write {x = 2} for :x in the text
