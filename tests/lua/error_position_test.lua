-- Where in a statement the database found the mistake.
app = moonbase.App 'position'
app.config:update{DATABASE_URI = fresh_database()}
db = moonbase.Database(app)
Person = db.Model 'Person' { id = db.Column{db.Integer, primary_key = true}, name = db.Column{db.String(20)} }
db.create_all()
function run(sql)
  db.session:rollback()
  return db.session:execute(db.text(sql))
end

run 'select * frm person'
--! OperationalError: near "frm": syntax error
--!   LINE 1: select * frm person
--!                    ^
--!   [SQL: select * frm person]
--postgresql! ProgrammingError: syntax error at or near "frm"
--postgresql!   LINE 1: select * frm person
--postgresql!                    ^
run 'select id,\n  nome\nfrom person'
--! OperationalError: no such column: nome
--!   LINE 2:   nome
--!             ^
--!   [SQL: select id,
--!     nome
--!   from person]
--!   The table in the database has no such column: if the model gained it, migrate the database.
--postgresql! ProgrammingError: column "nome" does not exist
--postgresql!   LINE 2:   nome
--postgresql!             ^
--postgresql!   HINT:  Perhaps you meant to reference the column "person.name".
--postgresql!   Perhaps you meant to reference the column "person.name".
--postgresql!   The table in the database has no such column: if the model gained it, migrate the database.
-- Characters are counted, and a tab stays one.
run "select 'größe', 'ÄÖÜ',\n\t'é', xyz from person"
--! OperationalError: no such column: xyz
--!   LINE 2: 	'é', xyz from person
--!           	     ^
--!   [SQL: select 'größe', 'ÄÖÜ',
--!   	'é', xyz from person]
--!   The table in the database has no such column: if the model gained it, migrate the database.
--postgresql! ProgrammingError: column "xyz" does not exist
--postgresql!   LINE 2:  'é', xyz from person
--postgresql!                 ^
--postgresql!   The table in the database has no such column: if the model gained it, migrate the database.
print(select(2, pcall(run, "select 'größe', xyz from person")).position, select(2, pcall(run, 'select 1 from nowhere')).position)
--> 17	nil
--postgresql> 17	15
print(select(2, pcall(db.session.get, db.session, Person)).position)
--> nil
-- Of a long line, what stands around it.
run('select ' .. ('id, '):rep(100) .. 'xyz, ' .. ('id, '):rep(100) .. '1 from person')
--! OperationalError: no such column: xyz
--!   LINE 1: …id, id, id, id, id, id, id, id, id, id, id, id, id, id, id, xyz, id, id, id, id, id, id, id, id, id, id, id, id, id, id,…
--!                                                                        ^
--postgresql! ProgrammingError: column "xyz" does not exist
--postgresql!   LINE 1: ..., id, id, id, id, id, id, id, id, id, id, id, id, xyz, id, i...
--postgresql!                                                                ^
--postgresql!   The table in the database has no such column: if the model gained it, migrate the database.
-- An expression's mistake, too.
db.session:rollback()
Person.query:filter(db.func.no_such_function(Person.name, 1) == 2):all()
--! OperationalError: no such function: no_such_function
--!   LINE 3: WHERE no_such_function(person.name, ?) = ?
--!                 ^
--!   [SQL: SELECT person.id AS person_id, person.name AS person_name
--!   FROM person
--!   WHERE no_such_function(person.name, ?) = ?]
--!   [parameters: (1, 2)]
--postgresql! ProgrammingError: function no_such_function(character varying, integer) does not exist
--postgresql!   LINE 3: WHERE no_such_function(person.name, $1) = $2
--postgresql!                 ^
--postgresql!   HINT:  No function matches the given name and argument types. You might need to add explicit type casts.
--postgresql!   No function matches the given name and argument types. You might need to add explicit type casts.
db.session:rollback()
