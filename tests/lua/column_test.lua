-- What a Column can be told: defaults, what happens on update, keys, nullability.
app = moonbase.App 'columns'
app.config:update{DATABASE_URI = fresh_database(), RECORD_QUERIES = true}
db = moonbase.Database(app)
calls = 0
C = db.Model 'C' {
  id = db.Column{db.Integer, primary_key = true},
  constant = db.Column{db.Integer, default = 5},
  zero = db.Column{db.Integer, default = 0},
  no = db.Column{db.Boolean, default = false},
  called = db.Column{db.Integer, default = function() calls = calls + 1 return calls end},
  sql = db.Column{db.Integer, default = db.text '40 + 2'},
  selected = db.Column{db.Integer, default = db.func.abs(-3)},
  server = db.Column{db.String(9), server_default = 'srv'},
  touched = db.Column{db.Integer, default = 0, onupdate = function() return 9 end},
  renamed = db.Column{'real_name', db.String(9), info = {x = 1}, doc = 'a name', comment = 'c'},
  must = db.Column{db.String(9), nullable = false, default = 'm'},
}
db.create_all()
print((tostring(db.CreateTable(C.__table__)):gsub('\t', '  ')))
--> CREATE TABLE c (
-->   id INTEGER NOT NULL,
-->   constant INTEGER,
-->   zero INTEGER,
-->   no BOOLEAN,
-->   called INTEGER,
-->   sql INTEGER,
-->   selected INTEGER,
-->   server VARCHAR(9) DEFAULT 'srv',
-->   touched INTEGER,
-->   real_name VARCHAR(9),
-->   must VARCHAR(9) NOT NULL,
-->   PRIMARY KEY (id)
--> )
c = C{renamed = 'x'}
print(c.constant, c.called, calls)
--> nil	nil	0
db.session:add(c)
db.session:commit()
print(c.constant, c.zero, c.no, c.called, c.sql, c.selected, c.server, c.touched, c.renamed, c.must, calls)
--> 5	0	false	1	42	3	srv	0	x	m	1
print(db.session:execute(db.text 'select real_name from c'):scalar(), C.query:filter_by{renamed = 'x'}:one() == c, C.query:filter(C.renamed:eq 'x'))
--> x	true	SELECT c.id AS c_id, c.constant AS c_constant, c.zero AS c_zero, c.no AS c_no, c.called AS c_called, c.sql AS c_sql, c.selected AS c_selected, c.server AS c_server, c.touched AS c_touched, c.real_name AS c_real_name, c.must AS c_must
--> FROM c
--> WHERE c.real_name = ?
c.constant = 6
db.session:commit()
print(c.touched, c.called, calls)
--> 9	1	1
c.touched = 3
db.session:commit()
print(c.touched)
--> 3
C.query:update{constant = 7}
print(c.constant, c.touched)
--> 7	9
db.session:execute(db.update(C):values{constant = 8})
db.session:refresh(c)
print(c.constant, c.touched)
--> 8	9
db.session:execute(db.insert(C):values{constant = 1})
n = C.query:order_by(C.id:desc()):first()
print(n.constant, n.called, n.sql, n.server, n.must)
--> 1	2	42	srv	m
db.session:execute(db.insert(C), {{constant = 1}, {constant = 2}})
print(calls, db.session:query(C.called):order_by(C.id:desc()):first()[1])
--> 4	4
x = C{constant = db.null, called = db.null, server = db.null}
db.session:add(x)
db.session:commit()
print(x.constant, x.called, x.server, calls)
--> 5	5	srv	5
x = C{must = db.null}
db.session:add(x)
db.session:flush()
print(x.must)
--> m
db.session:rollback()
-- an SQL expression as a value
x = C{constant = db.func.length 'abcd'}
db.session:add(x)
db.session:commit()
print(x.constant)
x.constant = C.constant + 10
db.session:commit()
print(x.constant)
--> 4
--> 14
-- a function with a parameter is told what the row has so far
Ctx = db.Model 'Ctx' {
  id = db.Column{db.Integer, primary_key = true},
  first = db.Column{db.String(20), default = 'none'},
  sql = db.Column{db.Integer, default = db.text '1 + 1'},
  copy = db.Column{db.String(40), default = function(context) return context.current_parameters.first .. '!' end},
  full = db.Column{db.String(40), default = function(context)
    local row = context.get_current_parameters()
    return ('%s/%s/%s/%s'):format(row.first, row.copy, row.sql, row.missing)
  end},
  changed = db.Column{db.String(40), onupdate = function(context)
    local names = {}
    for name, value in pairs(context.current_parameters) do names[#names + 1] = name .. '=' .. tostring(value) end
    table.sort(names)
    return table.concat(names, ' ')
  end},
  rest = db.Column{db.Integer, default = function(...) return select('#', ...) end},
  plain = db.Column{db.Integer, default = function() return 0 end},
}
db.create_all()
k = Ctx{first = 'ada'}
db.session:add(k)
db.session:flush()
print(k.copy, k.full, k.rest, k.plain, k.changed)
k.first, k.copy = 'bob', db.null
db.session:flush()
print(k.changed)
--> ada!	ada/ada!/nil/nil	1	0	nil
--> first=bob
db.session:bulk_insert(Ctx, {{first = 'b1', copy = 'own'}, {first = 'b2'}})
db.session:execute(db.insert(Ctx):values{first = 'core'})
db.session:execute(db.insert(Ctx):values{ {first = 'v1'}, {first = 'v2'} })
db.session:execute(db.insert(Ctx), {{first = 'm1'}, {first = 'm2'}})
db.session:execute(db.insert(Ctx):values{first = db.func.lower 'X', copy = 'c'})
for row in db.session:execute(db.select(Ctx.first, Ctx.copy, Ctx.full):where(Ctx.id:gt(1))) do print(row:unpack()) end
--> b1	own	b1/own/nil/nil
--> b2	b2!	b2/b2!/nil/nil
--> core	core!	core/core!/nil/nil
--> v1	v1!	v1/v1!/nil/nil
--> v2	v2!	v2/v2!/nil/nil
--> m1	m1!	m1/m1!/nil/nil
--> m2	m2!	m2/m2!/nil/nil
--> x	c	nil/c/nil/nil
db.session:execute(db.update(Ctx):where(Ctx.first:eq 'core'):values{first = 'up', sql = Ctx.sql + 1})
Ctx.query:filter_by{first = 'b1'}:update{copy = 'q'}
db.session:execute(db.update(Ctx), {{id = k.id, first = 'key'}})
print(Ctx.query:filter_by{first = 'up'}:one().changed, Ctx.query:filter_by{copy = 'q'}:one().changed, Ctx.query:filter_by{first = 'key'}:one().changed)
--> first=up	copy=q	first=key
db.session:rollback()
-- a failing default
D = db.Model 'D' {id = db.Column{db.Integer, primary_key = true}, bad = db.Column{db.Integer, default = function() error('no value', 0) end},
  wrong = db.Column{db.Integer, default = function() return 'text' end}}
db.create_all()
db.session:add(D{wrong = 1})
db.session:flush()
--! no value
db.session:rollback()
db.session:add(D{bad = 1})
db.session:flush()
--! TypeError: Integer takes a whole number, got text 'text'
--!   while default of d.wrong
--!   while INSERT of <D (pending)> (bad = 1)
db.session:rollback()
db.Column{db.Integer, default = 'text'}
--! TypeError: Integer takes a whole number, got text 'text'
--!   while reading default of Column
-- keys
K = db.Model 'K' {a = db.Column{db.Integer, primary_key = true}, b = db.Column{db.String(3), primary_key = true}, v = db.Column{db.Integer}}
db.create_all()
db.session:add(K{a = 1, b = 'x'})
db.session:commit()
print(K.query:get{1, 'x'}.v, table.concat({K.query:one().a, K.query:one().b}, '/'))
db.session:add(K{a = 1})
db.session:flush()
--! IntegrityError: NOT NULL constraint failed: k.b
--!   while INSERT of <K (pending)> (a = 1)
--!   [SQL: INSERT INTO k (a, b, v) VALUES (?, ?, ?)]
--!   [parameters: (1, NULL, NULL)]
--!   K.b must not be NULL: <K (pending)> needs a value
--!   nothing of this flush was kept; call db.session:rollback() to go on
db.session:rollback()
Text = db.Model 'Text' {code = db.Column{db.String(3), primary_key = true}}
NoAuto = db.Model 'NoAuto' {id = db.Column{db.Integer, primary_key = true, autoincrement = false}}
db.create_all()
db.session:add(Text{})
db.session:flush()
--! IntegrityError: NOT NULL constraint failed: text.code
--!   while INSERT of <Text (pending)>
--!   [SQL: INSERT INTO text (code) VALUES (?)]
--!   [parameters: (NULL)]
--!   Text.code must not be NULL: <Text (pending)> needs a value
--!   nothing of this flush was kept; call db.session:rollback() to go on
db.session:rollback()
db.session:add(NoAuto{id = 4})
db.session:commit()
print(NoAuto.query:one().id)
--> 4
print(C.constant, C.constant.type, C.__table__.c.renamed.name, C.__table__.c.real_name)
--> c.constant	Integer	real_name	c.real_name
print(C.__table__.c.constant.default, C.__table__.c.server.server_default, C.__table__.c.renamed.doc, C.__table__.c.renamed.comment)
--> 5	'srv'	a name	c
