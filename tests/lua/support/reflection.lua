-- What an Inspector says about all tables, as lines of text that compare and print.
local moonbase = require 'moonbase'
local reflection = {}

local function shown(value)
  if type(value) ~= 'table' then return tostring(value) end
  local keys, parts = {}, {}
  for key in pairs(value) do
    if type(key) == 'string' then keys[#keys + 1] = key end
  end
  table.sort(keys)
  for _, key in ipairs(keys) do parts[#parts + 1] = key .. '=' .. shown(value[key]) end
  for _, item in ipairs(value) do parts[#parts + 1] = shown(item) end
  return '{' .. table.concat(parts, ' ') .. '}'
end
reflection.shown = shown

local PARTS = {'columns', 'pk_constraint', 'foreign_keys', 'unique_constraints', 'check_constraints', 'indexes',
               'table_comment', 'table_options'}

-- The lines of one table: "part: …", one for each column, key, index, …
function reflection.lines(inspector, name, schema)
  local lines = {}
  for _, part in ipairs(PARTS) do
    local found = inspector['get_' .. part](inspector, name, schema)
    for _, item in ipairs(found) do lines[#lines + 1] = part .. ': ' .. shown(item) end
    if #found == 0 and next(found) then lines[#lines + 1] = part .. ': ' .. shown(found) end
  end
  return lines
end

-- Reflects every table of one database, creates them in the other, and prints what differs there.
function reflection.round_trip(from, to)
  local metadata = moonbase.MetaData{}
  metadata:reflect(from)
  metadata:create_all(to)
  local here, there = moonbase.inspect(from), moonbase.inspect(to)
  local count, differences = 0, 0
  for _, name in ipairs(here:get_table_names()) do
    local a, b = reflection.lines(here, name), reflection.lines(there, name)
    for i = 1, math.max(#a, #b) do
      count = count + 1
      if a[i] ~= b[i] then
        differences = differences + 1
        print(name .. ': ' .. tostring(a[i]))
        print('  became ' .. tostring(b[i]))
      end
    end
  end
  print(('%d tables, %d differences'):format(#here:get_table_names(), differences))
  return count
end

return reflection
