-- The plan of a query.
-- database: sqlite
require 'people'
-- --- explain ---
print(User.query:explain())
--> SCAN user
plan = User.query:filter_by{id = 1}:explain()
print(plan)
print(#plan.rows, plan.rows[1].id > 0, plan.rows[1].parent, plan.rows[1].detail)
--> SEARCH user USING INTEGER PRIMARY KEY (rowid=?)
--> 1	true	0	SEARCH user USING INTEGER PRIMARY KEY (rowid=?)
print(User.query:filter(User.id:in_(db.select(Post.user_id))):order_by(User.name):explain())
--> SEARCH user USING INTEGER PRIMARY KEY (rowid=?)
--> LIST SUBQUERY 1
-->   SCAN post
--> USE TEMP B-TREE FOR ORDER BY
print(db.session:query(User.name, db.func.count(Post.id)):join(User.posts):group_by(User.name):explain())
--> SCAN post
--> SEARCH user USING INTEGER PRIMARY KEY (rowid=?)
--> USE TEMP B-TREE FOR GROUP BY
print(User.query:filter(User.name:eq(db.bindparam 'n')):params{n = 'x'}:explain())
--> SCAN user
User.query:explain{analyze = true}
--! NotSupportedError: SQLite tells how it would run a statement, not what each step took
--!   Leave analyze out; db.get_recorded_queries() has the time of each statement.
User.query:explain{analize = true}
--! TypeError: explain has no option 'analize'; did you mean 'analyze'?
db.select(User):explain()
--! InvalidRequestError: db.select(…) does not run by itself
--!   db.session:execute(select):all(), db.session:scalars(select):all() or db.session:scalar(select)
print(db.session:explain(db.select(User)))
print(db.session:explain(db.update(User):where(User.id:eq(1)):values{name = 'x'}))
--> SCAN user
--> SEARCH user USING INTEGER PRIMARY KEY (rowid=?)
db.session:explain(5)
--! ArgumentError: Not an executable object: a number
--!   execute() takes db.select(…), db.insert(…), db.update(…), db.delete(…) or db.text '…'.
print(User.query:get(1).name)
--> ada
