-- A trigger that keeps rows out: what a flush says when the key that the database was to give does not come.
url = fresh_database()
is_sqlite = url:find '^sqlite' ~= nil
app = moonbase.App 'kept_out'
app.config:update{DATABASE_URI = url}
db = moonbase.Database(app)
session = db.session
Entry = db.Model 'Entry' {
  id = db.Column{db.Integer, primary_key = true},
  text = db.Column{db.String(20)},
}
Named = db.Model 'Named' {name = db.Column{db.String(20), primary_key = true}}
db.create_all()
for _, table in ipairs{'entry', 'named'} do
  local condition = table == 'entry' and "NEW.text = 'no'" or "NEW.name = 'no'"
  if is_sqlite then
    session:execute(db.text(('CREATE TRIGGER keep_%s BEFORE INSERT ON %s WHEN %s BEGIN SELECT RAISE(IGNORE); END'):format(table, table, condition)))
  else
    session:execute(db.text(("CREATE FUNCTION keep_%s() RETURNS trigger AS 'BEGIN IF %s THEN RETURN NULL; END IF; RETURN NEW; END' LANGUAGE plpgsql")
      :format(table, condition:gsub("'", "''"))))
    session:execute(db.text(('CREATE TRIGGER keep_%s BEFORE INSERT ON %s FOR EACH ROW EXECUTE FUNCTION keep_%s()'):format(table, table, table)))
  end
end
session:commit()
-- One row, and one of several: the same kind of error, and nothing is written.
function flush(...)
  for _, text in ipairs{...} do session:add(Entry{text = text}) end
  local ok, e = pcall(session.commit, session)
  print(ok, e.kind, e.hint)
  if select('#', ...) == 1 then print(e.message) end
  session:rollback()
  print(Entry.query:count())
end
flush 'no'
flush('a', 'no', 'b')
--> false	FlushError	A trigger or a rule of the table may leave rows out, or write others.
--> the INSERT of <Entry (pending)> made no row, and so no key for it
--> 0
--> false	FlushError	A trigger or a rule of the table may leave rows out, or write others.
--> 0
-- A row whose key the program gives needs no answer of the database: it is left out.
session:add_all{Named{name = 'a'}, Named{name = 'no'}, Named{name = 'b'}}
session:commit()
session:add(Named{name = 'no'})
session:commit()
print(session:query(db.func.count(Named.name)):scalar())
--> 2
