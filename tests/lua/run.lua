-- The runner of text tests; run.sh calls it. A test is cut into steps: the lines up to and with the
-- next block of expectations.
--
--   print(1 + 1)                    a step runs; what it prints
--   --> 2                           is compared with the lines after it
--   User{nme = 'x'}                 a step that must fail
--   --! TypeError: 'nme' is …       the error begins with this text (all lines of the block)
--
--   print(db.engine.name)           where a database does something else of its own, a block with
--   --> sqlite                      its name, after the other, says what
--   --postgresql> postgresql
--
-- MOONBASE_TEST_URL runs it on another database: see support/databases.lua.
-- Spaces at the end of a line count for nothing. A block is of one kind; a step without a block at the end of the file must not fail, and prints
-- nothing. Steps share the globals, not the locals: a `local` ends with its step.
local path, option = ...

-- What several tests share is a module in support/, beside this file.
local folder = arg[0]:match '^(.*/)'
package.path = folder .. 'support/?.lua;' .. folder .. '?.lua;' .. package.path

-- The URL of an empty database. MOONBASE_TEST_URL says where: see support/databases.lua.
local databases = require 'databases'
fresh_database = databases.fresh

local function read_lines(name)
  local lines = {}
  for line in io.lines(name) do lines[#lines + 1] = line end
  return lines
end

-- "-->" or "--!" and the text behind it, or nil; and the database it is about, if there is one.
local function expectation(line)
  local database, kind, text = line:match '^%s*%-%-(%l*)([>!]) ?(.*)$'
  if kind and (database == '' or database == 'postgresql') then return kind, text, database end
end

-- {first = line number, code = lines, kind = '>' | '!' | nil, expected = lines, theirs = {kind =, expected =} | nil}:
-- `theirs` is what PostgreSQL does instead.
local function steps_of(lines)
  local steps, step = {}, {first = 1, code = {}, expected = {}}
  for number, line in ipairs(lines) do
    local kind, text, database = expectation(line)
    if not kind and (step.kind or step.theirs) then
      steps[#steps + 1] = step
      step = {first = number, code = {}, expected = {}}
    end
    if kind then
      local block = step
      if database ~= '' then
        step.theirs = step.theirs or {expected = {}}
        block = step.theirs
      end
      if block.kind and block.kind ~= kind then
        error(('%s:%d: a block of expectations has one kind'):format(path, number), 0)
      end
      block.kind = kind
      block.expected[#block.expected + 1] = text
    else
      step.code[#step.code + 1] = line
    end
  end
  steps[#steps + 1] = step
  return steps
end

local printed
function print(...)
  local parts = table.pack(...)
  for i = 1, parts.n do parts[i] = tostring(parts[i]) end
  for line in (table.concat(parts, '\t') .. '\n'):gmatch '(.-)\n' do printed[#printed + 1] = line end
end

local function without_place(message)
  return (message:gsub('^[^\n]-:%d+: ', '', 1))
end

-- Runs a step. Returns its kind ('>' ran, '!' failed) and lines: what it printed, or the error.
local function run(step)
  printed = {}
  local code = ('\n'):rep(step.first - 1) .. table.concat(step.code, '\n')
  local chunk, message = load(code, '@' .. path, 't')
  local ok, failure = false, message
  if chunk then ok, failure = pcall(chunk) end
  if ok then return '>', printed end
  local lines = {}
  for line in (without_place(tostring(failure)) .. '\n'):gmatch '(.-)\n' do lines[#lines + 1] = line end
  return '!', lines, printed
end

local function as_text(lines)
  return (table.concat(lines, '\n'):gsub('[ \t]+\n', '\n'):gsub('[ \t]+$', ''))
end

-- What must come here of a step.
local function expectations(step)
  return databases.dialect == 'postgresql' and step.theirs or step
end

local function as_expected(step, kind, lines)
  local block = expectations(step)
  if (block.kind or '>') ~= kind then return false end
  if block == step and kind == '!' and databases.is_same_refusal(block.expected, lines) then return true end
  local expected, text = as_text(databases.comparable(block.expected)), as_text(databases.comparable(lines))
  if kind == '>' then return text == expected end
  return text:sub(1, #expected) == expected
end

local function marked(kind, lines, database)
  local out = {}
  for i, line in ipairs(lines) do out[i] = ('--%s%s %s'):format(database or '', kind, line):gsub('%s+$', '') end
  return out
end

local function show(title, lines)
  io.write('  ', title, '\n')
  for _, line in ipairs(lines) do io.write('    ', line, '\n') end
end

local output, failures = {}, 0
local function keep(lines)
  for _, line in ipairs(lines) do output[#output + 1] = line end
end
for _, step in ipairs(steps_of(read_lines(path))) do
  local kind, lines, before = run(step)
  local block = expectations(step)
  local is_good = as_expected(step, kind, lines)
  local other = databases.dialect == 'postgresql' and 'postgresql' or nil
  keep(step.code)
  if is_good or other then keep(marked(step.kind, step.expected)) else keep(marked(kind, lines)) end
  if other and not is_good then
    keep(marked(kind, databases.comparable(lines), other))
  elseif step.theirs then
    keep(marked(step.theirs.kind, step.theirs.expected, 'postgresql'))
  end
  if not is_good then
    failures = failures + 1
    io.write(('%s:%d: the step that begins here\n'):format(path, step.first))
    show('should give', marked(block.kind or '>', block.expected))
    show('gives', marked(kind, lines))
    if before and before[1] then show('after printing', before) end
  end
end

databases.drop()
if option == '--promote' then
  local file <close> = assert(io.open(path, 'w'))
  file:write(table.concat(output, '\n'), '\n')
elseif failures > 0 then
  os.exit(1, true)
end
