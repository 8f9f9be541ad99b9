-- db.Table: inserted into, selected from, changed without a class.
app = moonbase.App 'tables'
app.config:update{DATABASE_URI = fresh_database()}
db = moonbase.Database(app)
U = db.Model 'U' {id = db.Column{db.Integer, primary_key = true}, n = db.Column{db.Integer}, name = db.Column{db.String(9)}}
db.create_all()
t = db.Table{'t', db.Column{'id', db.Integer, primary_key = true}, db.Column{'d', db.DateTime}, db.Column{'v', db.Integer, default = 4}}
db.create_all()
r = db.session:execute(t:insert():values{d = moonbase.datetime(2026, 1, 1)})
print(r.inserted_primary_key[1], r.lastrowid)
--> 1	1
print(db.session:execute(t:select()):one())
--> (1, 2026-01-01 00:00:00, 4)
print(db.session:execute(db.select(t.c.id, t.c.v)):one().v, t.insert and 1)
--> 4	1
print(db.session:execute(t:update():where(t.c.id:eq(1)):values{v = 5}).rowcount, db.session:execute(t:delete()).rowcount)
--> 1	1
print(db.session:query(t):all()[1])
--> nil
print(db.session:query(t):filter_by{v = 4}:count())
--> 0
db.session:execute(db.insert(t), {{v = 1}, {v = 2}})
print(#db.session:query(t):all(), db.session:query(t):order_by(t.c.v:desc()):first().v, db.session:query(t):count())
--> 2	2	2
r = db.session:execute(db.select(t, U):join(U, U.id:eq(t.c.id)))
print(#r:all())
--> 0
print(db.session:execute(db.update(U), {{id = 1, n = 5}}).rowcount)
--! StaleDataError: UPDATE of U by primary key matched 0 rows instead of 1
--!   while execute: row 1
db.session:commit()
db.session:execute(db.delete(U):values{n = 1})
--! AttributeError: Delete has no attribute 'values'
--!   it has compile, execution_options, options, returning, where
print(db.session:execute(db.insert(U):values{n = 1}:returning(U.id, U.n + 1)):one())
--> (1, 2)
db.insert(U):returning(5)
--! ArgumentError: returning: expected a column, an expression or a model class, got number
--!   write returning(User.id, User.name)
