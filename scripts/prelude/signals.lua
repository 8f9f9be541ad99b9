-- The signals models_committed and before_models_committed of a database, under TRACK_MODIFICATIONS: what its session
-- inserted, updated and deleted, told once for each transaction. Loaded by prelude/database.lua.
local moonbase = require 'moonbase'

return function(db, app)
  local session, listen = db.session, moonbase.event.listen

  -- The changes of the transaction and of each savepoint in it. A level is a list of {object, operation} and knows the
  -- entries of each object: one for its insertion, one for what became of its row.
  local levels, early = {}, nil
  local function new_level() return {known = {}} end
  local function present()
    if levels[1] then return levels[#levels] end
    early = early or new_level()
    return early
  end

  local function add(level, object, operation)
    local known = level.known[object] or {}
    level.known[object] = known
    local what = operation == 'insert' and 'insertion' or 'row'
    if known[what] then
      known[what][2] = operation
    else
      known[what] = {object, operation}
      level[#level + 1] = known[what]
    end
  end

  local function record()
    local level = present()
    for _, object in ipairs(session.new) do add(level, object, 'insert') end
    for _, object in ipairs(session.dirty) do
      if session:is_modified(object) then add(level, object, 'update') end
    end
    for _, object in ipairs(session.deleted) do add(level, object, 'delete') end
  end

  local function changes()
    local list = {}
    for i, entry in ipairs(present()) do list[i] = {entry[1], entry[2]} end
    return list
  end

  listen(session, 'after_transaction_create', function()
    levels[#levels + 1] = not levels[1] and early or new_level()
    early = nil
  end)
  listen(session, 'after_transaction_end', function()
    local ended = table.remove(levels)
    if not levels[1] or not ended then return end
    for _, entry in ipairs(ended) do add(levels[#levels], entry[1], entry[2]) end
  end)
  listen(session, 'after_soft_rollback', function()
    if levels[1] then levels[#levels] = new_level() end
    early = nil
  end)
  listen(session, 'before_flush', record)
  listen(session, 'before_commit', function()
    record()
    if session:in_nested_transaction() then return end
    local list = changes()
    if list[1] then moonbase.before_models_committed:send(app, list) end
  end)
  listen(session, 'after_commit', function()
    if session:in_nested_transaction() then return end
    local list = changes()
    if levels[1] then levels[#levels] = new_level() end
    early = nil
    if list[1] then moonbase.models_committed:send(app, list) end
  end)
end
