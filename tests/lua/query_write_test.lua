-- Query: its methods, what they send and what they return.
require 'people'

-- --- update ---
print(User.query:filter_by{age = 20}:update{age = 21}, bob.age, cyd.age, ada.age)
--> 2	21	21	36
print(User.query:filter(User.id:eq(1)):update{age = User.age + 1}, ada.age)
--> 1	37
print(User.query:filter_by{name = 'bob'}:update({email = 'b@x.org'}, {synchronize_session = 'fetch'}), bob.email)
--> 1	b@x.org
print(bob.name, User.query:filter_by{name = 'bob'}:update({name = 'rob'}, {synchronize_session = false}), bob.name)
--> bob	1	bob
db.session:refresh(bob)
print(bob.name, User.query:filter_by{name = 'rob'}:update({name = 'bob'}, {synchronize_session = 'evaluate'}), bob.name)
--> rob	1	bob
print(User.query:update{email = db.null}, ada.email, User.query:filter(User.email:eq(nil)):count())
--> 3	nil	3
print(User.query:filter(User.id:eq(1)):update{[User.name] = 'Ada', [User.age] = 40}, ada, ada.age)
--> 1	<User Ada>	40
print(User.query:filter(User.id:gt(99)):update{age = 1})
--> 0
print(User.query:filter(User.posts:any(Post.title:eq 'b1')):update{age = 99}, bob.age)
--> 1	99
print(User.query:filter(User.id:in_(db.session:query(Post.user_id))):update{age = 50}, ada.age, bob.age, cyd.age)
--> 2	50	50	21
print(User.query:filter_by{id = 1}:update{age = db.session:query(db.func.count(Post.id)):scalar_subquery()}, ada.age)
--> 1	4
User.query:update{}
--! ArgumentError: update{} sets nothing
--!   to set NULL write update{email = db.null}
User.query:update{nme = 'x'}
--! InvalidRequestError: User has no attribute 'nme'; did you mean 'name'?
User.query:update{age = 'old'}
--! TypeError: User.age: Integer takes a whole number, got text 'old'
User.query:update{posts = ada}
--! InvalidRequestError: User.posts is a relationship, and update sets columns
--!   set its foreign key column
User.query:update 'name'
--! TypeError: update: argument 1: expected table, got string
User.query:update({age = 1}, {synchronize_session = 'fech'})
--! ArgumentError: synchronize_session has no 'fech'; did you mean 'fetch'?
--!   there are: 'auto', 'evaluate', 'fetch', false
User.query:update({age = 1}, {syncronize_session = 'fetch'})
--! TypeError: update has no option 'syncronize_session'; did you mean 'synchronize_session'?
User.query:limit(1):update{age = 1}
--! InvalidRequestError: query:update() cannot be combined with limit()
--!   select the keys first: filter(User.id:in_(subquery)):update()
User.query:offset(1):update{age = 1}
--! InvalidRequestError: query:update() cannot be combined with offset()
--!   select the keys first: filter(User.id:in_(subquery)):update()
User.query:order_by(User.id):update{age = 1}
--! InvalidRequestError: query:update() cannot be combined with order_by()
--!   select the keys first: filter(User.id:in_(subquery)):update()
User.query:group_by(User.id):update{age = 1}
--! InvalidRequestError: query:update() cannot be combined with group_by()
--!   select the keys first: filter(User.id:in_(subquery)):update()
User.query:distinct():update{age = 1}
--! InvalidRequestError: query:update() cannot be combined with distinct()
--!   select the keys first: filter(User.id:in_(subquery)):update()
User.query:join(User.posts):update{age = 1}
--! InvalidRequestError: query:update() cannot be combined with join() or select_from()
--!   select the keys first: filter(User.id:in_(subquery)):update()
db.session:query(User.name):update{age = 1}
--! InvalidRequestError: query:update() needs a query of exactly one class
db.session:query(User, Post):delete()
--! InvalidRequestError: query:delete() needs a query of exactly one class
User.query:limit(1):delete()
--! InvalidRequestError: query:delete() cannot be combined with limit()
--!   select the keys first: filter(User.id:in_(subquery)):delete()
User.query:join(User.posts):delete()
--! InvalidRequestError: query:delete() cannot be combined with join() or select_from()
--!   select the keys first: filter(User.id:in_(subquery)):delete()
-- pending changes are written before
cyd.name = 'cid'
print(User.query:filter_by{name = 'cid'}:update{age = 5}, cyd.age)
--> 1	5
-- a change that is pending on the same object
ada.name = 'AA'
print(User.query:filter_by{id = 1}:update{age = 41}, ada.name, ada.age)
--> 1	AA	41
db.session:commit()
-- --- delete ---
p = Post.query:filter_by{title = 'a1'}:one()
print(Post.query:filter(Post.title:like 'a%'):delete(), Post.query:count(), moonbase.inspect(p).state, #db.session.deleted)
--> 2	2	deleted	0
print(db.session:get(Post, 1), #ada.posts)
--> nil	0
db.session:rollback()
print(Post.query:count(), moonbase.inspect(p).state, #ada.posts)
--> 4	persistent	2
print(Post.query:filter_by{title = 'nobody'}:delete{synchronize_session = false}, Post.query:count())
--> 1	3
print(Post.query:delete(), Post.query:count(), Post.query:delete())
--> 3	0	0
db.session:commit()
print(User.query:filter_by{id = 1}:delete())
--> 1
db.session:rollback()
print(User.query:filter(User.age:gt(1000)):delete())
--> 0
-- a foreign key in the way
db.session:add(Post{title = 'kept', user_id = 2})
db.session:commit()
print(select(2, pcall(function() User.query:filter_by{id = 2}:delete() end)).kind)
db.session:rollback()
print(User.query:count(), Post.query:count())
--> IntegrityError
--> 3	1
-- --- statements ---
r = db.session:execute(db.update(User):where(User.id:eq(2)):values{age = 60})
print(r.rowcount, bob.age)
--> 1	60
r = db.session:execute(db.delete(Post):where(Post.title:eq 'kept'))
print(r, r.rowcount, Post.query:count())
--> <Result, 1 row changed>	1	0
r:all()
--! ResourceClosedError: This result object does not return rows. It has been closed automatically.
r = db.session:execute(db.insert(User):values{name = 'dan', age = 3})
print(r.rowcount, table.unpack(r.inserted_primary_key))
--> 1	4
print(db.insert(User):values{age = 3, name = 'x'})
--> INSERT INTO user (name, age) VALUES (?, ?)
print(db.insert(User))
--> INSERT INTO user DEFAULT VALUES
print(db.update(User):where(User.id:eq(1)):values{age = User.age + 1, name = 'z'})
--> UPDATE user SET name=?, age=(user.age + ?) WHERE user.id = ?
print(db.delete(User):where(User.id:eq(1), User.name:eq 'x'))
--> DELETE FROM user WHERE user.id = ? AND user.name = ?
print(db.session:execute(db.insert(User):values{name = 'eve'}:returning(User.id, User.name)):one())
--> (5, 'eve')
print(db.session:execute(db.insert(User):values{name = 'eva'}:returning(User)):scalar_one())
--> <User eva>
print(db.session:execute(db.update(User):where(User.name:like 'ev%'):values{age = 1}:returning(User.name)):scalars():all()[2])
--> eva
print(#db.session:execute(db.delete(User):where(User.name:like 'ev%'):returning(User.id)):all())
--> 2
r = db.session:execute(db.insert(User), {{name = 'm1'}, {name = 'm2', age = 9}})
print(r.rowcount, User.query:filter(User.name:like 'm%'):count())
--> 2	2
r = db.session:execute(db.insert(User):values{{name = 'v1'}, {name = 'v2'}})
print(r.rowcount, User.query:filter(User.name:like 'v%'):count())
--> 2	2
print(db.insert(User):values{{name = 'v1'}, {name = 'v2'}})
--> INSERT INTO user (name) VALUES (?), (?)
print(db.session:execute(db.insert(User):from_select({'name', 'age'}, db.select(User.name, User.age + 100):where(User.name:like 'v%'))).rowcount)
--> 2
db.insert(User):values{nme = 'x'}
--! ArgumentError: values: User has no column 'nme'; did you mean 'name'?
db.insert(User):values{age = 'x'}
--! TypeError: User.age: Integer takes a whole number, got text 'x'
db.session:execute(db.insert(User), {{nme = 'x'}})
--! CompileError: Unconsumed column names: nme; did you mean 'name'?
--!   while parameter set 1
--!   The columns of user are id, name, age, email.
db.session:execute(db.insert(User):values{id = 1})
--! IntegrityError: UNIQUE constraint failed: user.id
--!   [SQL: INSERT INTO user (id) VALUES (?)]
--!   [parameters: (1)]
db.session:rollback()
-- --- on conflict ---
ins = db.insert(User):values{id = 1, name = 'conflict'}
print(ins:on_conflict_do_nothing())
--> INSERT INTO user (id, name) VALUES (?, ?) ON CONFLICT DO NOTHING
print(db.session:execute(ins:on_conflict_do_nothing()).rowcount)
--> 0
up = ins:on_conflict_do_update{index_elements = {'id'}, set_ = {name = ins.excluded.name, age = 1}}
print(up)
--> INSERT INTO user (id, name) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET name = excluded.name, age = ?
db.session:execute(up)
db.session:refresh(ada)
print(ada, ada.age)
--> <User conflict>	1
print(ins:on_conflict_do_update{index_elements = {User.id}, set_ = {age = User.age + 1}, where = User.age:lt(5)})
--> INSERT INTO user (id, name) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET age = (user.age + ?) WHERE user.age < ?
ins:on_conflict_do_update{index_elements = {'id'}}
--! ArgumentError: on_conflict_do_update needs set_ = {column = value}
ins:on_conflict_do_update{set_ = {nme = 1}, index_elements = {'id'}}
--! ArgumentError: set_: User has no column 'nme'; did you mean 'name'?
db.session:rollback()
db.update(User):values{}
db.insert(5)
--! ArgumentError: insert takes a model class or a table, got number
--!   write db.insert(User) or db.insert(User.__table__)
db.update(User):where(true)
--! ArgumentError: where() got true: in this place == compares Lua values. Write User.id:eq(1), or db.expr(…)
--!   db.true_() and db.false_() are SQL's own truth values
print(db.insert(User).__name)
--! AttributeError: Insert has no attribute '__name'
--!   it has compile, excluded, execution_options, from_select, on_conflict_do_nothing, on_conflict_do_update, prefix_with, returning, values
