-- The built-in app: what `moonbase` runs in a folder without an app.lua.
local moonbase = require 'moonbase'

app = moonbase.App 'microblog'
app.config:update{SQLALCHEMY_DATABASE_URI = 'sqlite:///moonbase.db'}
db = moonbase.Database(app)

require 'models'

app:shell_context_processor(function() return {db = db, User = User, Post = Post} end)
