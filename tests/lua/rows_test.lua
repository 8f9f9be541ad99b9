-- Query: its methods, what they send and what they return.
require 'people'

-- --- rows: by position, by name ---
row = db.session:query(User.id, User.name, User.email):filter_by{name = 'bob'}:one()
print(row, row[1], row.name, row.email, row.email == db.null, #row)
--> (2, 'bob', null)	2	bob	null	true	3
for i, v in ipairs(row) do print(i, v) end
--> 1	2
--> 2	bob
--> 3	null
print(table.unpack(row))
--> 2	bob	null
print(row:unpack())
--> 2	bob	null
print(select('#', table.unpack(row)), row[4], row[0])
--> 3	nil	nil
print(row.nme)
--! AttributeError: Row has no attribute 'nme'; did you mean 'name'?
row.name = 'x'
--! AttributeError: a row is read-only: 'name' cannot be assigned
--!   change the object the row came from, or UPDATE the table
print(table.concat(row:keys(), ' '), row._mapping, row._mapping.name)
--> id name email	{'id': 2, 'name': 'bob', 'email': null}	bob
for k, v in pairs(row._mapping) do print(k, v) end
--> id	2
--> name	bob
--> email	null
print(row._mapping.nme)
--! KeyError: Could not locate column in row for column 'nme'; did you mean 'name'?
d = row:_asdict()
print(d.id, d.name)
--> 2	bob
print(row.keys())
--! TypeError: row.keys(): methods take a colon: row:keys()
print(table.concat(row._fields, ','))
--> id,name,email
other = db.session:query(User.id, User.name, User.email):filter_by{name = 'bob'}:one()
print(row == other, rawequal(row, other), getmetatable(row))
--> true	false	false
-- names: labels, two alike, functions, expressions
r = db.session:query(User.name:label 'n', db.func.count(Post.id), User.age + 1, db.literal(5), User.name:label 'n'):join(User.posts):group_by(User.id):first()
print(r, table.concat(r:keys(), ' '))
print(r.n, r.count)
--> ('ada', 2, 37, 5, 'ada')	n count anon_1 anon_2 n
--> ada	2
r = db.session:query(User.id, Post.id):join(User.posts):order_by(Post.id):first()
print(r, table.concat(r:keys(), ' '), r.id)
--> (1, 1)	id id	1
r = db.session:query(User, Post):outerjoin(User.posts):filter(User.name:eq 'cyd'):one()
print(r, r.User, r.Post, r[2] == db.null)
--> (<User cyd>, null)	<User cyd>	null	true
r = db.session:query(db.func.max(User.age):label 'count'):one()
print(r.count, r[1])
--> 36	36
r = db.session:execute(db.text 'select 1 as one, null as none, 2.5 as "a b", null as "null"'):one()
print(r, r.one, r.none, r['a b'], table.concat(r:keys(), '|'))
--> (1, null, 2.5, null)	1	null	2.5	one|none|a b|null
-- NULL: db.null inside, nil alone
print(db.session:query(User.email):filter_by{name = 'bob'}:scalar(), db.session:query(User.email):filter_by{name = 'bob'}:one()[1])
--> nil	null
show(db.session:scalars(db.select(User.email):order_by(User.id)):all())
--> {ada@x.org, null, cyd@x.org}
print(db.session:scalars(db.select(User.email):filter_by{name = 'bob'}):one())
--> nil
show(db.session:query(User.email):order_by(User.id):all())
--> {('ada@x.org',), (null,), ('cyd@x.org',)}
-- --- which rows are the same ---
print(#db.session:query(User):join(User.posts):all(), #db.session:scalars(db.select(User):join(User.posts)):all())
--> 2	3
print(#db.session:query(User, User.name):join(User.posts):all(), #db.session:query(User.name):join(User.posts):all())
--> 2	3
print(#db.session:scalars(db.select(User):join(User.posts)):unique():all())
--> 2
print(User.query:join(User.posts):filter(User.name:eq 'ada'):count(), User.query:join(User.posts):filter(User.name:eq 'ada'):one())
--> 2	<User ada>
print(db.session:execute(db.select(User):join(User.posts):filter(User.name:eq 'ada')):scalar_one())
--! MultipleResultsFound: Multiple rows were found when exactly one was required
-- --- a list of rows ---
list = db.session:query(User.id):all()
print(#list, list[1], list[1][1], list[9])
--> 3	(1,)	1	nil
print(list.id)
--! AttributeError: this is a list, and has no 'id'
--!   take one of it, list[1].id, or go over it: for _, x in ipairs(list) do … end
print(list[0])
--! IndexError: [0]: positions count from 1
--!   the first one is list[1]
-- row in a table
print(User.query:get(1) == db.session:query(User, User.id):first()[1])
--> true
