-- :connect URL, another database: `db` and `app` are new ones, without models. The objects of the former session stay
-- with that.
local moonbase = require 'moonbase'
local shell, show = require 'moonbase.shell', require 'moonbase.show'

local function run(url)
  if url == '' then
    moonbase.raise('ArgumentError', ':connect takes a URL', ':connect sqlite:///other.db')
  end
  local ok, db = pcall(shell.database)
  if ok and moonbase._has_pending_work(db.session) then
    moonbase.raise('InvalidRequestError', 'the session has changes that are not committed',
                   ':commit keeps them, :rollback drops them; then :connect again.')
  end
  local app = moonbase.App 'database'
  app.config.DATABASE_URI = url
  local other = moonbase.Database(app)
  other.engine:connect():close()
  if ok then db.session:close() end
  rawset(_G, 'app', app)
  rawset(_G, 'db', other)
  show.line(('connected to %s: db and app are those of it'):format(tostring(other.engine.url)))
end

return {run = run}
