-- {{name}}: what the shell, the scripts and `moonbase db` start with.
local moonbase = require 'moonbase'

app = moonbase.App '{{name}}'
app.config:from_file 'config.lua'
db = moonbase.Database(app)

require 'models'

app:shell_context_processor(function() return {db = db, User = User, Post = Post} end)
