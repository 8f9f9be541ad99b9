-- :plan, what a flush would do, and why in that order.
local shell, show = require 'moonbase.shell', require 'moonbase.show'

local function run()
  local session = shell.database().session
  if not session.is_active then return show.line 'a flush has failed: only db.session:rollback() is possible' end
  local steps = session:plan()
  if #steps == 0 then print 'a flush would do nothing' end
  for i, step in ipairs(steps) do
    show.line(('%d. %s'):format(i, tostring(step)))
    if step.why ~= '' then show.line((' '):rep(#tostring(i) + 2) .. step.why) end
  end
  if #steps > 0 then show.line 'nothing was sent; db.session:flush() does it' end
end

return {run = run}
