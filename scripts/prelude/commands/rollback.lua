-- :rollback
local shell = require 'moonbase.shell'

local function run()
  shell.database().session:rollback()
  print 'rolled back'
end

return {run = run}
