-- Runs each line it reads as a Lua chunk with `session`, `db` and `moonbase` at hand, on the database at the URL it is
-- given, and answers in one line: `ok …` with what the chunk returns, or `KIND SQLSTATE SECONDS message | hint`.
moonbase = require 'moonbase'
local app = moonbase.App 'ask'
app.config:update{DATABASE_URI = arg[1]}
db = moonbase.Database(app)
session = db.session
Note = db.Model 'Note' {
  id = db.Column{db.Integer, primary_key = true},
  text = db.Column{db.Text},
}
io.stdout:setvbuf 'line'
print 'ready'
for line in io.lines() do
  local start = moonbase.clock()
  local answer = table.pack(pcall(assert(load(line))))
  local seconds = moonbase.clock() - start
  local words
  if answer[1] then
    words = {'ok'}
    for i = 2, answer.n do words[i] = tostring(answer[i]) end
  else
    local e = answer[2]
    if type(e) ~= 'userdata' then e = {kind = 'Lua', message = tostring(e)} end
    words = {e.kind, e.sqlstate or '-', ('%.1f'):format(seconds), e.message, '|', e.hint or '-'}
  end
  print((table.concat(words, ' '):gsub('\n', ' ')))
end
