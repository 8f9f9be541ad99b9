-- The app of the workloads: two models on the database file that the command line names.
--   MOONBASE_APP=tests/bench/app.lua moonbase run tests/bench/workloads/w2.lua /absolute/path.db
local moonbase = require 'moonbase'

local url = os.getenv 'DATABASE_URL'
if not url then
  url = 'sqlite:///' .. assert(arg and arg[1], 'a workload takes the path of a database file')
end

app = moonbase.App 'bench'
app.config:update{SQLALCHEMY_DATABASE_URI = url}
db = moonbase.Database(app)
require 'models'
app:shell_context_processor(function() return {db = db, User = User, Post = Post} end)
