-- close, reset and invalidate: what a session lets go of, and what becomes of its connection.
moonbase = require 'moonbase'
app = moonbase.App 'closed'
path = os.tmpname()
app.config.DATABASE_URI = 'sqlite:///' .. path
db = moonbase.Database(app)
session = db.session
Thing = db.Model 'Thing' {id = db.Column{db.Integer, primary_key = true}}
db.create_all()
-- The cache size is a setting of one connection: it tells whether the next transaction has the same one.
function cache_size() return session:scalar(db.text 'PRAGMA cache_size') end
for _, method in ipairs{'close', 'reset', 'invalidate'} do
  session:execute(db.text 'PRAGMA cache_size = 77')
  local new, stored = Thing(), Thing()
  session:add(stored)
  session:flush()
  session:add(new)
  session[method](session)
  print(method, session:in_transaction(), moonbase.inspect(new).state, moonbase.inspect(stored).state, Thing.query:count(), cache_size() == 77)
  session:rollback()
end
--> close	false	transient	detached	0	true
--> reset	false	transient	detached	0	true
--> invalidate	false	transient	detached	0	false
-- Whatever state it is in.
session:invalidate()
session:add_all{Thing{id = 1}, Thing{id = 1}}
print(pcall(session.flush, session))
session:invalidate()
print(session.is_active, Thing.query:count())
session:begin_nested()
session:invalidate()
print(session:in_transaction(), Thing.query:count())
--> false	IntegrityError: UNIQUE constraint failed: thing.id
-->   while INSERT of <Thing (pending)> (id = 1)
-->   [SQL: INSERT INTO thing (id) VALUES (?)]
-->   [parameters: (1)]
-->   Thing.id must be unique, and 1 is taken: give <Thing (pending)> another value
-->   another new object has it, too
-->   nothing of this flush was kept; call db.session:rollback() to go on
--> true	0
--> false	0
session:close()
os.remove(path)
