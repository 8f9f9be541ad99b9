-- :session, what the next flush would write.
local moonbase = require 'moonbase'
local shell, show = require 'moonbase.shell', require 'moonbase.show'

local LISTED = 20

local function text_of(values)
  local texts = {}
  for i, value in ipairs(values) do
    texts[i] = type(value) == 'string' and ('%q'):format(value) or tostring(value)
  end
  return texts[1] and table.concat(texts, ', ') or 'nothing'
end

-- "  username: 'grace' → 'ada'" for each attribute that was changed.
local function show_changes(object)
  local attributes, names = moonbase.inspect(object).attrs, {}
  for name in pairs(attributes) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    local history = attributes[name].history
    if #history.added + #history.deleted > 0 then
      show.line(('    %s: %s → %s'):format(name, text_of(history.deleted), text_of(history.added)))
    end
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
