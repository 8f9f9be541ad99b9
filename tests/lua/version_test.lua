-- The unit of work: versions of rows, and what is told to who was slower.
require 'work'

-- --- versions ---------------------------------------------------------------------------------------------
print(pcall(function()
  fresh(function()
    Doc = db.Model 'Doc' {id = key(), version = db.Column{db.Integer}, __mapper_args__ = {version_id_col = 'verson'}}
  end)
end))
print(pcall(function()
  fresh(function()
    Doc = db.Model 'Doc' {id = key(), version = db.Column{db.Integer}, __mapper_args__ = {version_col = 'version'}}
  end)
end))
fresh(function()
  Doc = db.Model 'Doc' {
    id = key(), body = text(), version = db.Column{db.Integer, nullable = false},
    __mapper_args__ = {version_id_col = 'version'},
  }
end)
d = Doc{body = 'one'}
session:add(d)
flush()
d.body = 'two'
flush()
print(d.version)
session:commit()
print(d.body)
db.clear_recorded_queries()
--> false	ArgumentError: model Doc: version_id_col names 'verson', which is no column of it; did you mean 'version'?
-->   declare it: version = db.Column{db.Integer, nullable = false}
--> false	TypeError: __mapper_args__ of Doc has no option 'version_col'; did you mean 'version_id_col'?
--> INSERT INTO doc (body, version) VALUES (?, ?)  [one, 1]
--> UPDATE doc SET body=?, version=? WHERE doc.id = ? AND doc.version = ?  [two, 2, 1, 1]
--> 2
--> two
session:execute(db.update(Doc.__table__):values{version = 9})
d.body = 'three'
session:flush()
--! StaleDataError: UPDATE of <Doc 1> on table 'doc' matched 0 rows instead of 1: its version is 2 no more, somebody else was faster
--!   while UPDATE of <Doc 1> (id = 1, body = 'three', version = 3)
--!   db.session:rollback(), read the object again and repeat the change
session:rollback()
print(d.version, d.body)
session:execute(db.update(Doc.__table__):values{version = 9})
--> 2	two
session:delete(d)
session:flush()
--! StaleDataError: DELETE of <Doc 1> on table 'doc' matched 0 rows instead of 1: its version is 2 no more, somebody else was faster
--!   while DELETE of <Doc 1>
--!   db.session:rollback(), read the object again and repeat the change
session:rollback()
session:delete(d)
flush()
session:rollback()
--> UPDATE doc SET version=?  [9]
--> SELECT doc.id AS doc_id, doc.body AS doc_body, doc.version AS doc_version FROM doc WHERE doc.id = ?  [1]
--> UPDATE doc SET version=?  [9]
--> SELECT doc.id AS doc_id, doc.body AS doc_body, doc.version AS doc_version FROM doc WHERE doc.id = ?  [1]
--> DELETE FROM doc WHERE doc.id = ? AND doc.version = ?  [1, 2]

-- a version of another kind: a function makes the next one of the one before, nil for a new row
fresh(function()
  Doc = db.Model 'Doc' {
    id = key(), body = text(), version = db.Column{db.String(10), nullable = false},
    __mapper_args__ = {version_id_col = 'version', version_id_generator = function(v) return v and v .. '+' or 'v' end},
  }
end)
d = Doc{body = 'one'}
session:add(d)
flush()
d.body = 'two'
flush()
--> INSERT INTO doc (body, version) VALUES (?, ?)  [one, v]
--> UPDATE doc SET body=?, version=? WHERE doc.id = ? AND doc.version = ?  [two, v+, 1, v]
session:execute(db.update(Doc.__table__):values{version = 'other'})
d.body = 'three'
session:flush()
--! StaleDataError: UPDATE of <Doc 1> on table 'doc' matched 0 rows instead of 1: its version is 'v+' no more, somebody else was faster
--!   while UPDATE of <Doc 1> (id = 1, body = 'three', version = 'v++')
--!   db.session:rollback(), read the object again and repeat the change
session:rollback()
db.clear_recorded_queries()

-- the database makes it: it is no part of what is written, and read at once
fresh(function()
  Doc = db.Model 'Doc' {
    id = key(), body = text(), version = db.Column{db.Integer, server_default = '100'},
    __mapper_args__ = {version_id_col = 'version', version_id_generator = false},
  }
end)
if db.engine.dialect.name == 'postgresql' then
  session:execute(db.text 'CREATE FUNCTION next_version() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN new.version = old.version + 1; RETURN new; END $$')
  session:execute(db.text 'CREATE TRIGGER next_version BEFORE UPDATE OF body ON doc FOR EACH ROW EXECUTE FUNCTION next_version()')
else
  session:execute(db.text 'CREATE TRIGGER next_version AFTER UPDATE OF body ON doc BEGIN UPDATE doc SET version = version + 1 WHERE id = new.id; END')
end
session:commit()
db.clear_recorded_queries()
d = Doc{body = 'one'}
session:add(d)
flush()
d.body = 'two'
flush()
d.body = 'three'
flush()
print(d.version)
--> INSERT INTO doc (body) VALUES (?)  [one]
--> SELECT doc.version FROM doc WHERE doc.id = ?  [1]
--> UPDATE doc SET body=? WHERE doc.id = ? AND doc.version = ?  [two, 1, 100]
--> SELECT doc.version FROM doc WHERE doc.id = ?  [1]
--> UPDATE doc SET body=? WHERE doc.id = ? AND doc.version = ?  [three, 1, 101]
--> SELECT doc.version FROM doc WHERE doc.id = ?  [1]
--> 102
session:execute(db.update(Doc.__table__):values{version = 0})
session:delete(d)
session:flush()
--! StaleDataError: DELETE of <Doc 1> on table 'doc' matched 0 rows instead of 1: its version is 102 no more, somebody else was faster
--!   while DELETE of <Doc 1>
--!   db.session:rollback(), read the object again and repeat the change
session:rollback()
db.clear_recorded_queries()

print(pcall(function()
  fresh(function()
    Doc = db.Model 'Doc' {id = key(), __mapper_args__ = {version_id_col = 'id', version_id_generator = true}}
  end)
end))
print(pcall(function()
  fresh(function()
    Doc = db.Model 'Doc' {id = key(), __mapper_args__ = {version_id_generator = false}}
  end)
end))
print(pcall(function()
  fresh(function()
    Doc = db.Model 'Doc' {id = key(), version = text(), __mapper_args__ = {version_id_col = 'version'}}
  end)
end))
--> false	TypeError: __mapper_args__ of Doc: 'version_id_generator' must be a function from a version to the next, or false where the database makes it, got boolean
--> false	ArgumentError: model Doc: version_id_generator is for a version_id_col
-->   name the column, too: version_id_col = 'version'
--> false	ArgumentError: model Doc: the version column doc.version must hold integers
-->   or give version_id_generator, a function from a version to the next
fresh(function()
  Doc = db.Model 'Doc' {
    id = key(), version = text(), __mapper_args__ = {version_id_col = 'version', version_id_generator = function() end},
  }
end)
session:add(Doc{})
session:flush()
--! FlushError: the version_id_generator of Doc gave nil
--!   while version_id_generator of Doc
--!   while INSERT of <Doc (pending)>
--!   it takes a version, nil for a new row, and returns the next one
session:rollback()
