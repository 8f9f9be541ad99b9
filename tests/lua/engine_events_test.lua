-- What is heard of savepoints, and of connections on their way from the pool and back.
moonbase = require 'moonbase'
app = moonbase.App 'engine_events'
app.config:update{DATABASE_URI = fresh_database()}
db = moonbase.Database(app)
session = db.session
User = db.Model 'User' {id = db.Column{db.Integer, primary_key = true}, name = db.Column{db.String(20)}}
heard = {}
function hear(text) heard[#heard + 1] = text end
function tell() print(table.concat(heard, ' ')) heard = {} end

-- --- the pool ------------------------------------------------------------------------------------------------------------
for _, name in ipairs{'first_connect', 'connect', 'checkout', 'reset', 'checkin'} do
  db.event.listen(db.engine, name, function(dbapi_connection, record)
    dbapi_connection:execute 'SELECT 1'
    hear(name .. (record == nil and '' or '!'))
  end)
end
db.create_all()
tell()
--> first_connect connect checkout reset checkin
connection = db.engine:connect()
tell()
connection:close()
connection:close()
tell()
--> checkout
--> reset checkin
session:add(User{name = 'a'})
session:commit()
tell()
print(User.query:count())
session:close()
tell()
--> checkout reset checkin
--> 1
--> checkout reset checkin
pcall(function() db.engine:begin(function() error 'no' end) end)
tell()
--> checkout reset checkin
-- Nothing is heard of a connection that nobody closed; it is back all the same.
db.engine:connect()
collectgarbage()
collectgarbage()
tell()
print(db.engine.pool:checkedout())
--> checkout
--> 0
-- What fails when a connection is taken keeps it from being taken; when it comes back, it is a warning.
function refuse() error('not now', 0) end
db.event.listen(db.engine, 'checkout', refuse)
User.query:count()
--! not now
db.event.remove(db.engine, 'checkout', refuse)
print(db.engine.pool:checkedout(), User.query:count())
--> 0	1
db.event.listen(db.engine, 'checkin', refuse)
print(moonbase.catch_warnings(function() session:close() end)[1])
--> SAWarning: a function that listens to checkin has failed: not now
db.event.remove(db.engine, 'checkin', refuse)
print(db.engine.pool:checkedout())
--> 0
-- A function of checkin may use the session.
function use() print('in checkin', session:in_transaction(), User.query:count()) session:rollback() end
db.event.listen(db.engine, 'checkin', use, {once = true})
session:scalar(db.select(User.id))
session:commit()
print(session:in_transaction(), User.query:count())
--> in checkin	false	1
--> false	1
session:close()
kept = nil
db.event.listen(db.engine, 'checkout', function(c, record, proxy) kept = c end, {once = true})
User.query:count()
session:close()
kept:execute 'SELECT 1'
--! InvalidRequestError: this connection was there for its event only
heard = {}

-- --- savepoints ------------------------------------------------------------------------------------------------------------
for _, name in ipairs{'begin', 'commit', 'rollback'} do db.event.listen(db.engine, name, function(conn) hear(name) end) end
for _, name in ipairs{'savepoint', 'rollback_savepoint', 'release_savepoint'} do
  db.event.listen(db.engine, name, function(conn, savepoint, context) hear(name .. ':' .. savepoint .. ':' .. tostring(conn.closed)) end)
end
session:begin_nested(function() session:add(User{name = 'b'}) end)
pcall(function() session:begin_nested(function() session:begin_nested(function() end) error 'no' end) end)
heard = {table.unpack(heard, 2)}  -- without checkout
tell()
--> begin savepoint:sa_savepoint_1:false release_savepoint:sa_savepoint_1:false savepoint:sa_savepoint_2:false savepoint:sa_savepoint_3:false release_savepoint:sa_savepoint_3:false rollback_savepoint:sa_savepoint_2:false release_savepoint:sa_savepoint_2:false
session:commit()
tell()
--> commit reset checkin
db.engine:begin(function(conn)
  local s = conn:begin_nested()
  s:rollback()
end)
tell()
--> checkout begin savepoint:sa_savepoint_1:false rollback_savepoint:sa_savepoint_1:false commit reset checkin
db.event.listen(db.engine, 'savepoint', function() error('no savepoints', 0) end)
session:begin_nested()
--! no savepoints
session:rollback()
session:close()
db.event.listen(db.engine, 'savepont', print)
--! InvalidRequestError: there is no event 'savepont' of an engine; did you mean 'savepoint'?
--!   there are first_connect, connect, checkout, reset, checkin, before_cursor_execute, after_cursor_execute, begin, commit, rollback, savepoint, rollback_savepoint, release_savepoint, handle_error
db.event.listen(User, 'checkout', print)
--! InvalidRequestError: checkout is no event of a class, but of an engine
--!   give db.engine as the target
