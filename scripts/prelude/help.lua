-- What help(x), `x?` and `x??` say: what a value is and what it offers, and where it was written.
local moonbase = require 'moonbase'

local M = {}

-- --- functions ------------------------------------------------------------------------------------

local function lines_of(path)
  local lines = {}
  local file = io.open(path)
  if not file then return lines end
  for line in file:lines() do lines[#lines + 1] = line end
  file:close()
  return lines
end

-- The lines of the text that a chunk was made of: of a file, of an input of the prompt, which the shell
-- remembers, or of a text that was loaded under no name, where the source is the text. None where it is
-- not known.
local function text_of_chunk(source)
  local mark = source:sub(1, 1)
  local lines = mark == '@' and lines_of(source:sub(2)) or {}
  if lines[1] then return lines end
  local text = source
  if mark == '@' or mark == '=' then text = M.inputs and M.inputs(source:sub(2)) or '' end
  if text == '' then return lines end
  for line in (text .. '\n'):gmatch '([^\n]*)\n' do lines[#lines + 1] = line end
  return lines
end

-- "shout(self, loud)"
local function signature(f, name)
  local info, names = debug.getinfo(f, 'u'), {}
  for i = 1, info.nparams do names[i] = debug.getlocal(f, i) end
  if info.isvararg then names[#names + 1] = '…' end
  return ('%s(%s)'):format(name or 'function', table.concat(names, ', '))
end

-- The comment right above a line.
local function comment_above(lines, number)
  local found = {}
  for i = number - 1, 1, -1 do
    local text = lines[i] and lines[i]:match '^%s*%-%-+%s?(.*)'
    if not text then break end
    table.insert(found, 1, '  ' .. text)
  end
  return found
end

-- Of the program itself: written in Lua, but not for reading here.
local function is_own(info) return info.source:sub(1, 10) == '=moonbase:' end

local function about_function(f, name)
  local doc = moonbase.doc(f)
  local info = debug.getinfo(f, 'S')
  if info.what == 'C' then
    local class, usage = moonbase._owner(f)
    local lines = {doc or 'a function of Lua: see its manual'}
    if class then lines[2] = usage ~= '' and ('  a method of %s (class %s)'):format(usage, class) or '  of class ' .. class end
    return lines
  end
  if doc and is_own(info) then return {doc} end
  local place = ('%s:%d'):format(info.short_src, info.linedefined)
  if doc then return {doc, '  declared at ' .. place} end
  local lines = {('%s  a function, declared at %s'):format(signature(f, name), place)}
  local comment = comment_above(text_of_chunk(info.source), info.linedefined)
  return table.move(comment, 1, #comment, 2, lines)
end

-- --- classes and their attributes -----------------------------------------------------------------

local function field(x, name)
  local ok, value = pcall(function() return x[name] end)
  if ok then return value end
end

-- "String(64), unique, indexed"
local function about_column(column)
  local words = {tostring(column.type)}
  local function add(word) words[#words + 1] = word end
  if column.primary_key then add 'primary key' elseif column.nullable == false then add 'not null' end
  if column.unique then add 'unique' end
  if column.index then add 'indexed' end
  for _, key in ipairs(field(column, 'foreign_keys') or {}) do add('to ' .. (field(key, 'target_fullname') or tostring(key))) end
  local default = field(column, 'default')
  if default ~= nil then add(type(default) == 'function' and 'default: a function' or 'default ' .. tostring(default)) end
  return table.concat(words, ', ')
end

local function about_relationship(r)
  local words = {(r.uselist and 'list of ' or 'one ') .. r.target}
  if r.lazy ~= 'select' then words[#words + 1] = ("lazy = '%s'"):format(r.lazy) end
  if r.back_populates then words[#words + 1] = ('the other side of %s.%s'):format(r.target, r.back_populates) end
  return table.concat(words, ', ')
end

-- The attributes of a class with what is to say of each: {{name, text}, …}, as they were declared.
local function attributes_of(class)
  local rows, mapped = {}, moonbase.inspect(class)
  local is_column = {}
  for _, name in ipairs(mapped.columns) do is_column[name] = true end
  for _, name in ipairs(mapped.all_orm_descriptors) do
    local relationship = mapped.relationships[name]
    local text = relationship and about_relationship(relationship) or is_column[name] and about_column(class[name])
      or 'an SQL expression'
    rows[#rows + 1] = {name, text}
  end
  return rows
end

-- Adds "  name   text" for each row, the texts below each other.
local function add_rows(lines, rows)
  local width = 0
  for _, row in ipairs(rows) do width = math.max(width, utf8.len(row[1]) or #row[1]) end
  for _, row in ipairs(rows) do
    lines[#lines + 1] = ('  %s%s  %s'):format(row[1], (' '):rep(width - (utf8.len(row[1]) or #row[1])), row[2])
  end
  return lines
end
M.add_rows = add_rows

local function about_class(class)
  local mapped = moonbase.inspect(class)
  local place = mapped.location and ', declared at ' .. mapped.location or ''
  local lines = {('%s  a mapped class, table %s%s'):format(mapped.name, mapped.table.name, place)}
  add_rows(lines, attributes_of(class))
  local methods = {}
  for _, name in ipairs(mapped.methods) do methods[#methods + 1] = name end
  if methods[1] then lines[#lines + 1] = '  methods: ' .. table.concat(methods, ', ') end
  lines[#lines + 1] = ('%s{…} makes an object, %s.query asks for objects, %s.%s is the column in a query'):format(
    mapped.name, mapped.name, mapped.name, mapped.columns[1] or 'name')
  return lines
end

-- `class` where x is a mapped class, and `object` where it is an object of one.
local function mapping_of(x)
  if type(x) ~= 'userdata' and type(x) ~= 'table' then return end
  local ok, found = pcall(moonbase.inspect, x)
  if not ok then return end
  return field(found, 'class_'), field(found, 'object')
end

local function about_attribute(x, lines)
  local class_name, key = tostring(x):match '^([%w_]+)%.([%w_]+)$'
  local column = class_name and field(x, 'key') and field(x, 'type') and pcall(about_column, x)
  if column then table.insert(lines, 1, ('%s.%s  %s'):format(class_name, key, about_column(x))) end
  return lines
end

-- --- what is asked for ----------------------------------------------------------------------------

local IF = 'if a then … elseif b then … else … end'
local KEYWORDS = {
  ['and'] = 'a and b: a where it is false or nil, else b; conditions of a query become SQL',
  ['break'] = 'leaves the innermost for, while or repeat',
  ['do'] = 'do … end: a block, whose locals end with it; for … do … end, while a do … end',
  ['else'] = IF,
  ['elseif'] = IF,
  ['end'] = 'the end of what function, if, for, while or do begins',
  ['false'] = "false: in a condition nil counts as false, too; 0 and '' do not",
  ['for'] = 'for i = 1, 10 do … end; for _, x in ipairs(list) do … end; for u in User.query do … end',
  ['function'] = 'function f(x) return x end; function User:shout() return self.name end',
  ['goto'] = 'goto name … ::name::',
  ['if'] = IF,
  ['in'] = 'for _, x in ipairs(list) do … end; in SQL it is a method: User.id:in_{1, 2}',
  ['local'] = 'local x = 1: at the prompt, later inputs see it, too',
  ['nil'] = 'nil: nothing; NULL where a value is assigned or compared, db.null inside a table',
  ['not'] = 'not a: true for false and nil',
  ['or'] = 'a or b: a unless it is false or nil, else b; conditions of a query become SQL',
  ['repeat'] = 'repeat … until a',
  ['return'] = 'return a, b: ends a function, with its values; the last word of a block',
  ['then'] = IF,
  ['true'] = 'true: in a condition all but false and nil counts as true',
  ['until'] = 'repeat … until a',
  ['while'] = 'while a do … end',
}

local function about_keyword(word) return word .. "  a word of Lua's: " .. KEYWORDS[word] end

local function about_nothing(name, names)
  local topic = name and require 'moonbase.topics'[name]
  if topic then return {topic} end
  if not names then return {'nil: is the name misspelt? help tells what it takes'} end
  local nearest = moonbase._nearest(name, names)
  return {nearest and ("'%s' is not defined; did you mean '%s'?"):format(name, nearest)
    or ("'%s' is not defined"):format(name)}
end

local DESCRIBED, WIDTH = 24, 96

-- Adds names behind a word, in lines that fit.
local function add_names(lines, word, names)
  local line, width = '  ' .. word, require 'moonbase.show'.width(WIDTH)
  for i, name in ipairs(names) do
    if i < #names then name = name .. ',' end
    if #line + #name + 1 > width then
      lines[#lines + 1] = line
      line = '   '
    end
    line = line .. ' ' .. name
  end
  lines[#lines + 1] = line
end

-- Of a table without a description: how long it is, and its names.
local function about_table(t, name)
  local names = {}
  for key in next, t do if type(key) == 'string' then names[#names + 1] = key end end
  table.sort(names)
  local lines = {('%s  a table of Lua: %d in its list, %d names'):format(name or 'x', rawlen(t), #names)}
  if names[1] then add_names(lines, 'names', names) end
  return lines
end

-- Adds what an object offers: a line each, or the names alone where they are many.
local function add_members(lines, members, name)
  if #members <= DESCRIBED then
    for _, text in ipairs(members) do lines[#lines + 1] = '  ' .. text end
    return lines
  end
  local names = {}
  for i, text in ipairs(members) do names[i] = text:match '^[%w_]+' end
  add_names(lines, 'offers', names)
  lines[#lines + 1] = ('  of each: %s.%s?'):format(name or 'x', members[1]:match '^[%w_]+')
  return lines
end

-- The lines that say what x is; `name` is how it was written, where that is known, and `names` are those
-- that could have been meant.
local function about(x, name, names)
  if KEYWORDS[name] then return {about_keyword(name)} end
  if x == nil then return about_nothing(name, names) end
  if type(x) == 'function' then return about_function(x, name) end
  local class, object = mapping_of(x)
  if object then return require 'moonbase.lens'.lines(object) end
  if class then return about_class(class) end
  if type(x) == 'table' and not moonbase.doc(x) then return about_table(x, name) end
  local lines = about_attribute(x, {moonbase.doc(x)})
  add_members(lines, moonbase._members(x) or {}, name)
  if not lines[1] then lines[1] = ('%s: a %s of Lua'):format(tostring(x), type(x)) end
  return lines
end

-- What `u.name?` shows of a mapped attribute of an object, without reading it. Of anything else: true and the
-- value, or false where it cannot be had.
function M.unread(owner, name)
  local _, object = mapping_of(owner)
  if object then
    local class = moonbase.inspect(object).mapper
    for _, row in ipairs(attributes_of(class)) do
      if row[1] == name then
        local state, value = require 'moonbase.lens'.attribute(object, name)
        local lines = {('%s.%s  %s'):format(moonbase.inspect(class).name, name, row[2]), state and '  ' .. state}
        local _, other = mapping_of(value)
        if other then table.move(require 'moonbase.lens'.lines(other), 1, 100, #lines + 1, lines) end
        return table.concat(lines, '\n')
      end
    end
  end
  local ok, value = pcall(function() return owner[name] end)
  return ok, ok and value or nil
end

-- What help(x) prints and `x?` shows. A text names what is meant: help 'db.session.add'.
function M.text(x, name, names)
  if type(x) == 'string' and name == nil then
    local value, topic = require 'moonbase.shell'.value_at(x), require 'moonbase.topics'[x]
    if value ~= nil then return table.concat(about(value, x), '\n') end
    if topic then return topic end
    if KEYWORDS[x] then return about_keyword(x) end
    local topics = {}
    for subject in pairs(require 'moonbase.topics') do topics[#topics + 1] = subject end
    table.sort(topics)
    local nearest = moonbase._nearest(x, topics)
    if nearest then return ("there is no subject '%s'; did you mean '%s'?"):format(x, nearest) end
  end
  return table.concat(about(x, name, names), '\n')
end

-- --- sources ----------------------------------------------------------------------------------------

-- The lines from `first` on that make whole statements.
local function statement_at(lines, first)
  local found = {}
  for i = first, math.min(#lines, first + 400) do
    found[#found + 1] = lines[i]
    local text = table.concat(found, '\n')
    if load(text) or load('return ' .. text) then return found end
  end
  return {lines[first]}
end

local function source_of_function(f, name)
  local info = debug.getinfo(f, 'S')
  if info.what == 'C' or is_own(info) then
    local lines = about_function(f, name)
    if moonbase.doc(f) then lines[#lines + 1] = '  built in: it is a part of the program, and has no source here' end
    return lines
  end
  local lines, found = text_of_chunk(info.source), {('%s:%d'):format(info.short_src, info.linedefined)}
  local comment = comment_above(lines, info.linedefined)
  for i = info.linedefined - #comment, info.lastlinedefined do found[#found + 1] = lines[i] end
  if not found[2] then found[2] = '  its text is not known any more' end
  return found
end

local function source_of_class(class)
  local place = moonbase.inspect(class).location
  local file, line = (place or ''):match '^(.*):(%d+)$'
  if not file then return about_class(class) end
  local lines = text_of_chunk((file:find '^input %d+$' and '=' or '@') .. file)
  line = tonumber(line)
  if not lines[line] then return about_class(class) end
  local found = statement_at(lines, line)
  table.insert(found, 1, place)
  return found
end

-- What `x??` shows.
function M.source(x, name, names)
  if type(x) == 'function' then return table.concat(source_of_function(x, name), '\n') end
  local class, object = mapping_of(x)
  if object then class = moonbase.inspect(object).mapper end
  if class then return table.concat(source_of_class(class), '\n') end
  return M.text(x, name, names)
end

return M
