-- The runner of text tests; run.sh calls it. A test is cut into steps: the lines up to and with the
-- next block of expectations.
--
--   print(1 + 1)                    a step runs; what it prints
--   --> 2                           is compared with the lines after it
--   User{nme = 'x'}                 a step that must fail
--   --! TypeError: 'nme' is …       the error begins with this text (all lines of the block)
--
-- Spaces at the end of a line count for nothing. A block is of one kind; a step without a block at the end of the file must not fail, and prints
-- nothing. Steps share the globals, not the locals: a `local` ends with its step.
local path, option = ...

-- What several tests share is a module in support/, beside this file.
local folder = arg[0]:match '^(.*/)'
package.path = folder .. 'support/?.lua;' .. folder .. '?.lua;' .. package.path

local function read_lines(name)
  local lines = {}
  for line in io.lines(name) do lines[#lines + 1] = line end
  return lines
end

-- "-->" or "--!" and the text behind it, or nil.
local function expectation(line)
  local kind, text = line:match '^%s*%-%-([>!]) ?(.*)$'
  return kind, text
end

-- {first = line number, code = lines, kind = '>' | '!' | nil, expected = lines}
local function steps_of(lines)
  local steps, step = {}, {first = 1, code = {}, expected = {}}
  for number, line in ipairs(lines) do
    local kind, text = expectation(line)
    if not kind and step.kind then
      steps[#steps + 1] = step
      step = {first = number, code = {}, expected = {}}
    end
    if kind then
      if step.kind and step.kind ~= kind then
        error(('%s:%d: a block of expectations has one kind'):format(path, number), 0)
      end
      step.kind = kind
      step.expected[#step.expected + 1] = text
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

local function as_expected(step, kind, lines)
  if (step.kind or '>') ~= kind then return false end
  local expected, text = as_text(step.expected), as_text(lines)
  if kind == '>' then return text == expected end
  return text:sub(1, #expected) == expected
end

local function marked(kind, lines)
  local out = {}
  for i, line in ipairs(lines) do out[i] = ('--%s %s'):format(kind, line):gsub('%s+$', '') end
  return out
end

local function show(title, lines)
  io.write('  ', title, '\n')
  for _, line in ipairs(lines) do io.write('    ', line, '\n') end
end

local output, failures = {}, 0
for _, step in ipairs(steps_of(read_lines(path))) do
  local kind, lines, before = run(step)
  for _, line in ipairs(step.code) do output[#output + 1] = line end
  local came = marked(kind, lines)
  if as_expected(step, kind, lines) then came = marked(step.kind, step.expected) end
  for _, line in ipairs(came) do output[#output + 1] = line end
  if not as_expected(step, kind, lines) then
    failures = failures + 1
    io.write(('%s:%d: the step that begins here\n'):format(path, step.first))
    show('should give', marked(step.kind or '>', step.expected))
    show('gives', came)
    if before and before[1] then show('after printing', before) end
  end
end

if option == '--promote' then
  local file <close> = assert(io.open(path, 'w'))
  file:write(table.concat(output, '\n'), '\n')
elseif failures > 0 then
  os.exit(1, true)
end
