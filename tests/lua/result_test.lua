-- What execute returns.
require 'people'
session = db.session
function rows(...) return session:execute(db.select(...):order_by(User.id)) end
function none() return session:execute(db.select(User.id):where(User.id:lt(0))) end
-- --- all, first, one ---
r = rows(User.id, User.name)
print(r, #r:all(), #r:all(), r:fetchone())
print(rows(User.id):first(), none():first())
print(session:execute(db.select(User.name):where(User.id:eq(2))):one(), none():one_or_none())
--> <Result, 0 rows>	3	0
--> (1,)	nil
--> ('bob',)	nil
none():one()
--! NoResultFound: No row was found when one was required
rows(User.id):one()
--! MultipleResultsFound: Multiple rows were found when exactly one was required
rows(User.id):one_or_none()
--! MultipleResultsFound: Multiple rows were found when one or none was required
-- --- scalar ---
print(rows(User.name):scalar(), none():scalar(), none():scalar_one_or_none())
print(session:execute(db.select(db.func.count(User.id))):scalar_one())
show(rows(User.id, User.name):scalars():all()) show(rows(User.id, User.name):scalars(2):all()) show(rows(User.id, User.name):scalars 'name':all())
print(rows(User):scalars():first(), rows(User.email):scalars():all()[2])
--> ada	nil	nil
--> 3
--> {1, 2, 3}
--> {ada, bob, cyd}
--> {ada, bob, cyd}
--> <User ada>	null
none():scalar_one()
--! NoResultFound: No row was found when one was required
rows(User.name):scalar_one()
--! MultipleResultsFound: Multiple rows were found when exactly one was required
rows(User.id):scalars 'name'
--! KeyError: Could not locate column in row for column 'name'
--!   The columns are id; positions count from 1.
rows(User.id):scalars(2)
--! KeyError: Could not locate column in row for column '2'
--!   The columns are id; positions count from 1.
-- --- mappings, columns, keys, tuples ---
for m in rows(User.id, User.name):mappings() do print(m, m.name) end
print(none():mappings():one_or_none(), none():mappings():first())
print(table.concat(rows(User.id, User.name):keys(), ' '), table.concat(rows(User.id, User.name):mappings():keys(), ' '))
show(rows(User.id, User.name):columns('name', 1):all())
r = rows(User.id, User.name)
print(rawequal(r, r:tuples()))
--> {'id': 1, 'name': 'ada'}	ada
--> {'id': 2, 'name': 'bob'}	bob
--> {'id': 3, 'name': 'cyd'}	cyd
--> nil	nil
--> id name	id name
--> {('ada', 1), ('bob', 2), ('cyd', 3)}
--> true
rows(User.id):columns 'nme'
--! KeyError: Could not locate column in row for column 'nme'
--!   The columns are id; positions count from 1.
-- --- unique ---
show(session:execute(db.select(User.age):order_by(User.age)):unique():all())
show(session:scalars(db.select(User):join(User.posts):order_by(User.id)):unique():all())
show(session:scalars(db.select(User.name):order_by(User.id)):unique(function(name) return #name end):all())
--> {(20,), (36,)}
--> {<User ada>, <User bob>}
--> {ada}
-- --- one by one, in parts ---
r = rows(User.id)
print(r:fetchone(), r:fetchmany(1)[1], #r:fetchmany(5), r:fetchone(), #r:fetchmany(1))
for part in rows(User.id):partitions(2) do print(#part) end
for part in rows(User.id):yield_per(2):partitions() do print(#part) end
for row in rows(User.id) do print(row) end
for name in session:scalars(db.select(User.name):order_by(User.id)) do print(name) end
r = rows(User.id)
for row in r do if row.id == 2 then break end end
print(r:fetchone(), r)
--> (1,)	(2,)	1	nil	0
--> 2
--> 1
--> 2
--> 1
--> (1,)
--> (2,)
--> (3,)
--> ada
--> bob
--> cyd
--> (3,)	<Result, 0 rows>
rows(User.id):partitions(0)
--! ValueError: partitions: the size is a positive integer
rows(User.id):yield_per(0)
--! ValueError: yield_per: the number of rows is a positive integer
-- --- freeze ---
frozen = rows(User.id, User.name):freeze()
print(frozen():first(), #frozen():all(), #frozen():scalars():all(), table.concat(frozen():keys(), ' '))
--> (1, 'ada')	3	3	id name
r = rows(User.id)
r:fetchone()
frozen = r:freeze()
print(#frozen():all(), r.closed)
--> 2	true
-- --- closing ---
r = rows(User.id)
print(r.closed)
r:close()
print(r.closed, r)
r:close()
--> false
--> true	<Result, closed>
r:all()
--! ResourceClosedError: This result object is closed.
r = rows(User.id)
r:first()
r:fetchone()
--! ResourceClosedError: This result object is closed.
r = rows(User.id)
s = r:scalars()
r:close()
s:all()
--! ResourceClosedError: This result object is closed.
do
  local c <close> = rows(User.id)
  kept = c
end
kept:one()
--! ResourceClosedError: This result object is closed.
r = rows(User.id)
r:all()
print(r.closed, r:fetchone(), r:first(), r.closed)
--> false	nil	nil	true
-- --- writes ---
r = session:execute(db.update(User):where(User.age:eq(20)):values{age = 21})
print(r.rowcount, r.returns_rows, r)
--> 2	false	<Result, 2 rows changed>
r:all()
--! ResourceClosedError: This result object does not return rows. It has been closed automatically.
r:scalar()
--! ResourceClosedError: This result object does not return rows. It has been closed automatically.
for row in r do end
--! ResourceClosedError: This result object does not return rows. It has been closed automatically.
print(session:execute(db.insert(Seat):values{row = 5, number = 6}).inserted_primary_key)
print(rows(User.id).rowcount, rows(User.id).returns_rows, session:execute(db.delete(Seat)).rowcount)
session:rollback()
--> (5, 6)
--> -1	true	3
rows(User.id).inserted_primary_key()
--! InvalidRequestError: inserted_primary_key is of an INSERT of one row
rows(User.id).all()
--! TypeError: result.all(): methods take a colon: result:all()
print(#rows(User.id))
--! TypeError: Result has no length: count the rows with #result:all()
print(rows(User.id).frist)
--! AttributeError: Result has no attribute 'frist'; did you mean 'first'?
