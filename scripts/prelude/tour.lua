-- :tour, a dozen lines to type, in a scratch database of its own: the microblog, in memory. What the program
-- had under these names, as globals or as locals of the prompt, comes back at the end.
local moonbase = require 'moonbase'

local M = {}

local STEPS = {
  {'An object is made by its class. Keyword arguments go in braces; nothing is in the database yet.',
   "ada = User{username = 'ada', email = 'ada@example.com'}"},
  {'A question mark asks what something is. Of an object it shows the state and the values.', 'ada?'},
  {'Methods take a colon. The session takes the object under its care: it is pending, and the prompt counts it.',
   'db.session:add(ada)'},
  {'What would be written is known before it is: the plan of a flush, in order, with its reasons.', ':plan'},
  {'Now it is written, and the transaction is over.', 'db.session:commit()'},
  {'The object stands for a row, which is read again after a commit. A change waits for the next flush …',
   'ada.email = ada.email:upper()'},
  {'… and the question mark shows it as old → new.', 'ada?'},
  {'Queries are built step by step. == and < inside filter build SQL; all() runs it, and flushes before.',
   "User.query:filter(User.username < 'b' and User.email ~= nil):order_by(User.username):all()"},
  {'Printed, a query is its SQL.', "print(User.query:filter(User.username:like 'm%' and User.email ~= nil))"},
  {'A relationship is loaded when it is read. In a loop that is one SELECT for each object, and the prompt says so.',
   'for _, p in ipairs(Post.query:all()) do print(p.author.username, p.body) end'},
  {'With the loader option it is one SELECT for all. :queries shows what the last input sent.',
   'db.session:expire_all(); print(#Post.query:options(db.joinedload(Post.author)):all())'},
  {'SQL stands at the same prompt, in the same transaction.',
   'select username, count(*) as posts from user join post on post.user_id = user.id group by username'},
  {'What is not committed can be taken back: the address is the old one again.', 'db.session:rollback()'},
  {'Two question marks show the source, of a class or of a function.', 'User??'},
}

local step        -- of the tour that is under way; nil outside it
local saved       -- the program's own globals
local NAMES = {'app', 'db', 'User', 'Post', 'ada'}

local function restore()
  if not saved then return end
  pcall(function() rawget(_G, 'db').session:close() end)
  for _, name in ipairs(NAMES) do rawset(_G, name, saved[name]) end
  moonbase._show_locals()
  saved, step = nil, nil
end

-- The globals of the microblog instead of the program's own. `run` runs a file that is built in.
local function prepare(run)
  saved = {}
  for _, name in ipairs(NAMES) do saved[name] = rawget(_G, name) end
  moonbase._hide_locals(NAMES)
  local ok, err = pcall(function()
    rawset(_G, 'ada', nil)
    local app = moonbase.App 'tour'
    app.config.DATABASE_URI = 'sqlite://'
    rawset(_G, 'app', app)
    rawset(_G, 'db', moonbase.Database(app))
    run 'microblog/models.lua'
    run 'seeds/microblog.lua'
    rawget(_G, 'db').session:expunge_all()
  end)
  if ok then return end
  restore()
  error(err, 0)
end

local WIDTH = 78

-- The words of a text in lines that fit.
local function wrapped(text)
  local lines, line = {}, ''
  for word in text:gmatch '%S+' do
    if line ~= '' and utf8.len(line) + utf8.len(word) + 1 > WIDTH then
      lines[#lines + 1], line = line, ''
    end
    line = line == '' and word or line .. ' ' .. word
  end
  lines[#lines + 1] = line
  return table.concat(lines, '\n')
end

local function describe()
  local text, line = table.unpack(STEPS[step])
  return ('\n%s\n  %s'):format(wrapped(('tour %d/%d: %s'):format(step, #STEPS, text)), line)
end

function M.start(run)
  if step then return describe() end
  prepare(run)
  step = 1
  return 'A scratch database in memory, with users and posts: nothing of yours is touched.\n'
    .. 'Type each line, or press Enter and it is typed for you. :tour stop ends the tour.\n' .. describe()
end

function M.stop()
  local was_under_way = step ~= nil
  restore()
  return was_under_way and 'The tour is over; your own names are back.' or 'There is no tour under way: :tour begins it.'
end

-- The line that is to be typed now; nil outside a tour.
function M.line() return step and STEPS[step][2] end

local function plain(text) return (text:gsub('[%s;]+', ' '):gsub('^ ', ''):gsub(' $', '')) end

-- Told of every input that ran, and whether it failed: what is to be said then, and whether the tour goes on.
function M.after(input, failed)
  if not step then return nil, false end
  if input:sub(1, 5) == ':tour' then return nil, true end
  if failed or plain(input) ~= plain(STEPS[step][2]) then
    return ('tour %d/%d: still to type, or Enter: %s'):format(step, #STEPS, STEPS[step][2]), true
  end
  step = step + 1
  if STEPS[step] then return describe(), true end
  restore()
  return '\n' .. wrapped('This was the tour; your own names are back. :help lists the commands, User? and help(db.session) '
    .. "tell what something is, help 'queries' is one of the subjects."), false
end

return M
