-- What `u?` shows of an object: its state, its values and what was done to them, and what is not loaded.
-- Nothing is loaded for it.
local moonbase = require 'moonbase'

local M = {}
local SHOWN_BYTES, SHOWN_MEMBERS = 60, 5

-- "<User 3>" without asking the object's own __repr__, which may load.
local function reference(object)
  local seen = moonbase.inspect(object)
  local class = tostring(seen.mapper):match '^<class ([%w_]+)' or 'object'
  if not seen.identity then return ('<%s (%s)>'):format(class, seen.state) end
  local key = {}
  for i, value in ipairs(seen.identity) do key[i] = tostring(value) end
  return ('<%s %s>'):format(class, table.concat(key, ', '))
end

local function is_object(value)
  if type(value) ~= 'userdata' then return false end
  local ok, seen = pcall(moonbase.inspect, value)
  return ok and type(seen) == 'table' and rawget(seen, 'object') ~= nil
end

-- At most `size` bytes of a text, and no part of a character.
local function beginning(text, size)
  if #text <= size then return text end
  return text:sub(1, utf8.offset(text, 0, size + 1) - 1) .. '…'
end

-- In one line.
local function show_plain(value)
  if value == nil or value == moonbase.null then return 'NULL' end
  if type(value) == 'string' then
    local ok, text = pcall(beginning, value, SHOWN_BYTES)
    text = ok and text or value:sub(1, SHOWN_BYTES) .. '…'
    return '"' .. text:gsub('\r', '\\r'):gsub('\n', '\\n') .. '"'
  end
  if is_object(value) then return reference(value) end
  if type(value) == 'table' and getmetatable(value) == nil then return moonbase.json.dumps(value) end
  return beginning(tostring(value), SHOWN_BYTES)
end

local function show_members(list)
  local names = {}
  for i = 1, math.min(#list, SHOWN_MEMBERS) do names[i] = reference(list[i]) end
  if #list > SHOWN_MEMBERS then names[#names + 1] = ('… %d more'):format(#list - SHOWN_MEMBERS) end
  return table.concat(names, ', ')
end

-- "added: <Post 3>   removed: <Post 1>"
local function about_members(history)
  local parts = {}
  if history.added[1] then parts[1] = 'added: ' .. show_members(history.added) end
  if history.deleted[1] then parts[#parts + 1] = 'removed: ' .. show_members(history.deleted) end
  return table.concat(parts, '   ')
end

local function about_collection(attr)
  local value, changes = attr.value, about_members(attr.history)
  local text = #value == 0 and 'empty' or ('%d: %s'):format(#value, show_members(value))
  return changes == '' and text or text .. '   ' .. changes
end

-- Whether what an attribute holds is nobody's to read over a shoulder: the words that keep an input out of
-- the history (editor/history.h).
local function is_secret(name)
  name = name:lower()
  for _, word in ipairs{'password', 'passwd', 'passphrase', 'secret', 'token', 'api_key'} do
    if name:find(word, 1, true) then return true end
  end
  return false
end

-- "old → new" of an object that has a row; the value of one that has none.
local function about_value(attr, has_row, name)
  local function show(value)
    if value == nil or value == moonbase.null or not is_secret(name) then return show_plain(value) end
    return '‹hidden›'
  end
  local added, deleted = attr.history.added, attr.history.deleted
  if not has_row or (added[1] == nil and deleted[1] == nil) then return show(attr.value) end
  local old = deleted[1] == nil and '‹not loaded›' or show(deleted[1])
  return ('%s → %s'):format(old, added[1] == nil and 'NULL' or show(added[1]))
end

-- What reading an attribute that is not there would do.
local function about_unloaded(seen, name, relationship)
  if relationship and relationship.lazy == 'dynamic' then
    return seen.persistent and '‹a query›: :all() sends it' or '‹a query›'
  end
  if relationship and relationship.lazy == 'write_only' then return '‹written only›: :select() makes a query' end
  if not seen.identity then return '‹not set›' end
  if seen.detached then return '‹not loaded›: the object has no session to read it with' end
  if relationship and relationship.lazy:sub(1, 5) == 'raise' then return '‹not loaded›: reading it raises' end
  return '‹not loaded›: reading it sends a SELECT'
end

local STATES = {
  transient = 'transient: no session knows it; db.session:add(…) puts it into one',
  pending = 'pending: the next flush writes it',
  persistent = 'persistent: it stands for a row',
  deleted = 'deleted: its row is deleted when the transaction is committed',
  detached = 'detached: it has a row, and no session',
}

local function session_name(session)
  if session == nil then return nil end
  local db = rawget(_G, 'db')
  local ok, own = pcall(function() return db.session end)
  -- db.session stands for the session of the program, as another object.
  local same = ok and pcall(function() assert(own == session or tostring(own) == tostring(session)) end)
  return same and 'db.session' or tostring(session)
end

-- Whether its row is to be read again: but for the key nothing is there.
local function is_expired(seen)
  if not seen.persistent then return false end
  if seen.expired then return true end
  local columns, missing = moonbase.inspect(seen.mapper).columns, {}
  for _, name in ipairs(seen.unloaded) do missing[name] = true end
  local there = 0
  for _, name in ipairs(columns) do if not missing[name] then there = there + 1 end end
  return there <= #seen.identity and #columns > there
end

-- How many attributes a flush would write.
local function count_changes(seen)
  local count = 0
  for _, attr in pairs(seen.attrs) do
    if attr.history.added[1] ~= nil or attr.history.deleted[1] ~= nil then count = count + 1 end
  end
  return count
end

local function changes(seen)
  if not seen.persistent or not seen.modified then return nil end
  local count = count_changes(seen)
  if count == 0 then return nil end
  return count == 1 and '1 change to write' or ('%d changes to write'):format(count)
end

-- What a flush would write of an attribute, or nil where it is unchanged: "old → new", or the members that
-- came and went.
function M.change_of(seen, name)
  local attr, relationship = seen.attrs[name], moonbase.inspect(seen.mapper).relationships[name]
  if attr.history.added[1] == nil and attr.history.deleted[1] == nil then return nil end
  if relationship and relationship.uselist then return about_members(attr.history) end
  return about_value(attr, seen.identity ~= nil, name)
end

-- The attributes of an object and what is to say of each, as rows of {name, text}.
local function attribute_rows(seen, origin)
  local mapped, missing, rows = moonbase.inspect(seen.mapper), {}, {}
  for _, name in ipairs(seen.unloaded) do missing[name] = true end
  for _, name in ipairs(mapped.all_orm_descriptors) do
    local attr, relationship = rawget(seen.attrs, name), mapped.relationships[name]
    if attr then
      local text
      if missing[name] then
        text = about_unloaded(seen, name, relationship)
      elseif relationship and relationship.uselist then
        text = about_collection(attr)
      else
        text = about_value(attr, seen.identity ~= nil, name)
      end
      if origin.set[name] and not missing[name] then text = ('%s   (set at %s)'):format(text, origin.set[name]) end
      rows[#rows + 1] = {name, text}
    end
  end
  return rows
end

-- The lines about an object.
function M.lines(object)
  local seen = moonbase.inspect(object)
  local head = {STATES[seen.state]}
  if is_expired(seen) then head[1] = 'persistent, expired: its row is read again at the next use' end
  head[#head + 1] = session_name(seen.session)
  head[#head + 1] = changes(seen)
  local lines = {reference(object), '  ' .. table.concat(head, ' · ')}
  local origin = moonbase._origin(object) or {set = {}}
  require 'moonbase.help'.add_rows(lines, attribute_rows(seen, origin))
  local past = {}
  if origin.made then past[1] = 'made at ' .. origin.made end
  if origin.added and origin.added ~= origin.made then past[#past + 1] = 'added at ' .. origin.added end
  if past[1] then lines[#lines + 1] = '  ' .. table.concat(past, ', ') end
  return lines
end

-- "<User 1>: 2: <Post 1>, <Post 2>   (set at input 3:1)": what an object has in a mapped attribute, whose value
-- comes second where it is there. Nothing is loaded.
function M.attribute(object, name)
  local seen = moonbase.inspect(object)
  local origin = moonbase._origin(object) or {set = {}}
  for _, row in ipairs(attribute_rows(seen, origin)) do
    if row[1] == name then
      for _, missing in ipairs(seen.unloaded) do if missing == name then return reference(object) .. ': ' .. row[2] end end
      return reference(object) .. ': ' .. row[2], seen.attrs[name].value
    end
  end
end

-- What the prompt shows below the __repr__ of one object. Its row is read again where that is due, as a
-- __repr__ may, and nothing else.
function M.view(object)
  local seen = moonbase.inspect(object)
  if is_expired(seen) then
    local columns, read = moonbase.inspect(seen.mapper).columns, nil
    local ok, err = pcall(function() read = object[columns[#columns]] end)
    if not ok then return '  ' .. tostring(err.message or err) end
    seen = moonbase.inspect(object)
  end
  local lines = require 'moonbase.help'.add_rows({}, attribute_rows(seen, {set = {}}))
  if not seen.persistent then lines[#lines + 1] = '  ' .. seen.state end
  return table.concat(lines, '\n')
end

return M
