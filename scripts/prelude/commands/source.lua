-- :source NAME, the text of a function or a class of the program's.
local moonbase = require 'moonbase'
local shell, show = require 'moonbase.shell', require 'moonbase.show'

local function lines_of(path, first, last)
  local file = io.open(path)
  if not file then return nil end
  local lines, number = {}, 0
  for line in file:lines() do
    number = number + 1
    if number >= first and number <= last then lines[#lines + 1] = line end
  end
  file:close()
  return lines
end

local function run(name)
  local value = shell.value_at(name)
  local ok, mapped = pcall(moonbase.inspect, value)
  if ok and rawequal(mapped, value) then return show.text(require 'moonbase.help'.source(value)) end
  if type(value) ~= 'function' then
    moonbase.raise('ArgumentError', ("'%s' is no function, and no class"):format(name), ':source User.__repr__')
  end
  local info = debug.getinfo(value, 'S')
  if info.what == 'C' then return show.line(('%s is built in; help(%s) describes it'):format(name, name)) end
  show.line(('%s:%d'):format(info.short_src, info.linedefined))
  local lines = info.source:sub(1, 1) == '@' and lines_of(info.source:sub(2), info.linedefined, info.lastlinedefined)
  for _, line in ipairs(lines or {}) do show.line(line) end
end

return {run = run}
