-- :commit
local shell = require 'moonbase.shell'

local function run()
  shell.database().session:commit()
  print 'committed'
end

return {run = run}
