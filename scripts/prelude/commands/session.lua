-- :session, what the next flush would write.
local moonbase = require 'moonbase'
local shell, show, lens = require 'moonbase.shell', require 'moonbase.show', require 'moonbase.lens'

local LISTED = 20

-- "  username: "grace" → "ada"" for each attribute that was changed.
local function show_changes(object)
  local seen, names = moonbase.inspect(object), {}
  for name in pairs(seen.attrs) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    local change = lens.change_of(seen, name)
    if change then show.line(('    %s: %s'):format(name, change)) end
  end
end

local function list(title, objects, each)
  if #objects == 0 then return end
  show.line(('%s: %d'):format(title, #objects))
  for i = 1, math.min(#objects, LISTED) do
    show.line('  ' .. tostring(objects[i]))
    if each then each(objects[i]) end
  end
  if #objects > LISTED then show.line(('  … %d more: db.session.%s has them all'):format(#objects - LISTED, title)) end
end

local function run()
  local session = shell.database().session
  show.line(session:in_transaction() and 'in a transaction' or 'no transaction')
  list('new', session.new)
  list('dirty', session.dirty, show_changes)
  list('deleted', session.deleted)
end

return {run = run}
