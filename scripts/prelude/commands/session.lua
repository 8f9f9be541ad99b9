-- :session, what the next flush would write.
local shell = require 'moonbase.shell'

local LISTED = 20

local function list(title, objects)
  if #objects == 0 then return end
  print(('%s: %d'):format(title, #objects))
  for i = 1, math.min(#objects, LISTED) do print('  ' .. tostring(objects[i])) end
  if #objects > LISTED then print(('  … %d more: db.session.%s has them all'):format(#objects - LISTED, title)) end
end

local function run()
  local session = shell.database().session
  print(session:in_transaction() and 'in a transaction' or 'no transaction')
  for _, title in ipairs{'new', 'dirty', 'deleted'} do list(title, session[title]) end
end

return {run = run}
