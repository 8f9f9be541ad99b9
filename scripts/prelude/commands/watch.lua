-- :watch [SECONDS] INPUT, an expression of Lua or a statement of SQL again and again, until Ctrl-C.
local moonbase = require 'moonbase'
local shell, show = require 'moonbase.shell', require 'moonbase.show'

local DEFAULT_SECONDS = 2

local function show_values(...)
  for _, value in ipairs{...} do
    if not show.if_rows(value) then show.line(tostring(value)) end
  end
end

local function run(arguments)
  local seconds, text = arguments:match '^(%d+%.?%d*)%s+(.+)$'
  text = text or arguments
  if text == '' then
    moonbase.raise('ArgumentError', ':watch takes an expression or SQL', ':watch 5 select count(*) from user')
  end
  local chunk = load('return ' .. text, '=watch')
  while true do
    if chunk then show_values(chunk()) else show.sql(text) end
    -- What others commit in between is to be seen.
    shell.database().session:_end_read()
    moonbase._wait(tonumber(seconds) or DEFAULT_SECONDS)
  end
end

return {run = run}
