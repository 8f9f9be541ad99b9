-- The signals of Flask-SQLAlchemy: what a transaction changed, told once, before and after its commit.
moonbase = require 'moonbase'
app = moonbase.App 'signals'
app.config:update{DATABASE_URI = fresh_database(), TRACK_MODIFICATIONS = true}
db = moonbase.Database(app)
session = db.session
User = db.Model 'User' {
  id   = db.Column{db.Integer, primary_key = true},
  name = db.Column{db.String(20), unique = true},
}
function User:__repr__() return tostring(self.name) end
db.create_all()
function show(title)
  return function(sender, changes)
    local texts = {}
    for i, change in ipairs(changes) do texts[i] = change[2] .. ' ' .. tostring(change[1]) end
    print(title .. (sender == app and '' or ' of another') .. ': ' .. table.concat(texts, ', '))
  end
end
before, after = show 'before', show 'after'
moonbase.before_models_committed:connect(before)
moonbase.models_committed:connect(after)
print(moonbase.models_committed, moonbase.models_committed.receivers)
--> <signal models_committed>	1

-- --- one transaction, one signal ------------------------------------------------------------------------------
a, b = User{name = 'a'}, User{name = 'b'}
session:add_all{a, b}
session:commit()
a.name = 'a2'
session:delete(b)
session:commit()
--> before: insert a, insert b
--> after: insert a, insert b
--> before: update a2, delete b
--> after: update a2, delete b
-- Several flushes are one signal; an insertion and a change are two entries, as in the original.
c = User{name = 'c'}
session:add(c)
session:flush()
c.name = 'c2'
session:flush()
c.name = 'c3'
session:commit()
--> before: insert c3, update c3
--> after: insert c3, update c3
-- Nothing happened, nothing is told: no change, no net change, a rollback, a failed flush.
session:commit()
a.name = a.name
session:commit()
session:add(User{name = 'rolled back'})
session:flush()
session:rollback()
session:commit()
session:add(User{name = 'c3'})
print(pcall(session.commit, session))
session:rollback()
session:commit()
--> before: insert c3
--> false	IntegrityError: UNIQUE constraint failed: user.name
-->   while INSERT of <User (pending)> (name = 'c3')
-->   [SQL: INSERT INTO user (name) VALUES (?)]
-->   [parameters: ('c3')]
-->   User.name must be unique, and 'c3' is taken: give <User (pending)> another value
-->   the object that has it: User.query:filter_by{name = 'c3'}:first()
-->   nothing of this flush was kept; call db.session:rollback() to go on
--postgresql> before: insert c3
--postgresql> false	IntegrityError: duplicate key value violates unique constraint "user_name_key": Key (name)=(c3) already exists.
--postgresql>   DETAIL:  Key (name)=(c3) already exists.
--postgresql>   while INSERT of <User (pending)> (name = 'c3')
--postgresql>   User.name must be unique, and 'c3' is taken: give <User (pending)> another value
--postgresql>   the object that has it: User.query:filter_by{name = 'c3'}:first()
--postgresql>   nothing of this flush was kept; call db.session:rollback() to go on
-- Savepoints are part of the transaction; what they undo is not told.
session:begin_nested(function() session:add(User{name = 'kept'}) end)
pcall(session.begin_nested, session, function()
  session:add(User{name = 'undone'})
  session:flush()
  error 'no'
end)
session:begin_nested(function()
  session:begin_nested(function() session:add(User{name = 'deep'}) end)
end)
session:commit()
--> before: insert kept, insert deep
--> after: insert kept, insert deep
sp = session:begin_nested()
session:add(User{name = 'open savepoint'})
session:commit()
session:rollback()
--> before: insert open savepoint
--> after: insert open savepoint

-- --- receivers -----------------------------------------------------------------------------------------------------
-- Before the commit a receiver may still stop it, or add to it.
function refuse() error('not today', 0) end
moonbase.before_models_committed:connect(refuse)
session:add(User{name = 'refused'})
print(pcall(session.commit, session))
session:rollback()
moonbase.before_models_committed:disconnect(refuse)
print(User.query:filter_by{name = 'refused'}:count())
--> before: insert refused
--> false	not today
--> 0
moonbase.models_committed:disconnect(after)
moonbase.models_committed:disconnect(after)
--! InvalidRequestError: this function is not connected to the signal
--!   keep the function that was given to connect, and give the same one
moonbase.before_models_committed:disconnect(before)
session:add(User{name = 'silent'})
session:commit()
print(User.query:filter_by{name = 'silent'}:count())
--> 1
moonbase.models_committed:connect 'print'
--! TypeError: connect: argument 1: expected function, got string
