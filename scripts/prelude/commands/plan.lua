-- :plan, what a flush would do.
local shell, show = require 'moonbase.shell', require 'moonbase.show'

local function run()
  local steps = shell.database().session:plan()
  if #steps == 0 then print 'a flush would do nothing' end
  for i, step in ipairs(steps) do show.line(('%d. %s'):format(i, tostring(step))) end
end

return {run = run}
