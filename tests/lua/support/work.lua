-- What the tests of the unit of work share: `fresh` begins anew with other classes on an empty database, `flush`
-- prints the statements that it sends.
require 'sent'
function state(x) return moonbase.inspect(x).state end
function flush() session:flush() sql() end
apps = 0
function fresh(declare)
  apps = apps + 1
  app = moonbase.App('work' .. apps)
  app.config:update{DATABASE_URI = fresh_database(), RECORD_QUERIES = true}
  db = moonbase.Database(app)
  session = db.session
  declare()
  db.create_all()
  db.clear_recorded_queries()
end
function key() return db.Column{db.Integer, primary_key = true} end
function text(options) options = options or {} options[1] = db.String(20) return db.Column(options) end
