-- :session, what the next flush would write.
local shell, show = require 'moonbase.shell', require 'moonbase.show'

local LISTED = 20

local function list(title, objects)
  if #objects == 0 then return end
  show.line(('%s: %d'):format(title, #objects))
  for i = 1, math.min(#objects, LISTED) do show.line('  ' .. tostring(objects[i])) end
  if #objects > LISTED then show.line(('  … %d more: db.session.%s has them all'):format(#objects - LISTED, title)) end
end

local function run()
  local session = shell.database().session
  show.line(session:in_transaction() and 'in a transaction' or 'no transaction')
  for _, title in ipairs{'new', 'dirty', 'deleted'} do list(title, session[title]) end
end

return {run = run}
