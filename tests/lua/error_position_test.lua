-- Where in a statement the database found the mistake.
app = moonbase.App 'position'
app.config:update{DATABASE_URI = 'sqlite://'}
db = moonbase.Database(app)
User = db.Model 'User' { id = db.Column{db.Integer, primary_key = true}, name = db.Column{db.String(20)} }
db.create_all()
function run(sql) return db.session:execute(db.text(sql)) end

run 'select * frm user'
--! OperationalError: near "frm": syntax error
--!   LINE 1: select * frm user
--!                    ^
--!   [SQL: select * frm user]
run 'select id,\n  nome\nfrom user'
--! OperationalError: no such column: nome
--!   LINE 2:   nome
--!             ^
--!   [SQL: select id,
--!     nome
--!   from user]
--!   The table in the database has no such column: if the model gained it, migrate the database.
-- Characters are counted, and a tab stays one.
run "select 'größe', 'ÄÖÜ',\n\t'é', xyz from user"
--! OperationalError: no such column: xyz
--!   LINE 2: 	'é', xyz from user
--!           	     ^
--!   [SQL: select 'größe', 'ÄÖÜ',
--!   	'é', xyz from user]
--!   The table in the database has no such column: if the model gained it, migrate the database.
print(select(2, pcall(run, "select 'größe', xyz from user")).position, select(2, pcall(run, 'select 1 from nowhere')).position)
--> 17	nil
print(select(2, pcall(db.session.get, db.session, User)).position)
--> nil
-- Of a long line, what stands around it.
run('select ' .. ('id, '):rep(100) .. 'xyz, ' .. ('id, '):rep(100) .. '1 from user')
--! OperationalError: no such column: xyz
--!   LINE 1: …id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, xyz, id, id, id, id, id, id, id, id, id, id, id, id, id, id,…
--!                                                                        ^
-- An expression's mistake, too.
User.query:filter(db.func.no_such_function(User.name, 1) == 2):all()
--! OperationalError: no such function: no_such_function
--!   LINE 3: WHERE no_such_function(user.name, ?) = ?
--!                 ^
--!   [SQL: SELECT user.id AS user_id, user.name AS user_name
--!   FROM user
--!   WHERE no_such_function(user.name, ?) = ?]
--!   [parameters: (1, 2)]
db.session:rollback()
