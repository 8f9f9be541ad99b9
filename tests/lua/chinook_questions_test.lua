-- scripts/examples/chinook_questions.lua on a small shop made here: every question gives what its SQL gives.
app = moonbase.App 'shop'
app.config:update{SQLALCHEMY_DATABASE_URI = fresh_database()}
db = moonbase.Database(app)
root = assert(os.getenv 'MOONBASE_ROOT', 'MOONBASE_ROOT is not set')

-- Always the same shop: one in three artists has no album, some tracks never sell, some employees work under others.
math.randomseed(7)
function pick(list) return list[math.random(#list)] end
function many(class, n, make)
  local list = {}
  for k = 1, n do list[k] = class(make(k)) end
  db.session:add_all(list)
  db.session:flush()
  return list
end
dofile(root .. '/scripts/seeds/chinook_models.lua')
db.create_all()
genres = many(Genre, 5, function(k) return {name = ({'Jazz', 'Classical', 'Rock', 'Latin', 'Pop'})[k]} end)
media = many(MediaType, 1, function() return {name = 'MPEG'} end)
artists = many(Artist, 30, function(k) return {name = ('Artist %02d'):format(k)} end)
albums = many(Album, 40, function(k) return {title = ('Album %02d'):format(k), artist_id = artists[math.random(20)].id} end)
tracks = many(Track, 300, function(k)
  local album = math.random(40)
  return {name = ('Track %03d'):format(k), album_id = albums[album].id, genre_id = pick(genres).id, media_type_id = media[1].id,
    milliseconds = album % 4 == 0 and 400000 + k or math.random(60000, 700000), unit_price = pick{'0.99', '1.99'}}
end)
lists = many(Playlist, 4, function(k) return {name = 'List ' .. k} end)
many(PlaylistTrack, 200, function(k) return {playlist_id = lists[k % 4 + 1].id, track_id = tracks[k].id} end)
staff = many(Employee, 6, function(k)
  return {last_name = ('Worker %d'):format(k), first_name = 'W', reports_to = k > 1 and k // 2 or nil}
end)
customers = many(Customer, 20, function(k)
  return {first_name = 'C' .. k, last_name = ('Buyer %02d'):format(k), email = k .. '@shop.org', country = pick{'Chile', 'Mali', 'Nepal'},
    support_rep_id = pick(staff).id}
end)
invoices = many(Invoice, 160, function(k)
  return {customer_id = pick(customers).id, total = ('%d.%02d'):format(math.random(1, 25), math.random(0, 99)),
    date = moonbase.datetime(2020 + k % 3, math.random(12), math.random(28))}
end)
many(InvoiceLine, 400, function()
  return {invoice_id = pick(invoices).id, track_id = tracks[math.random(150)].id, unit_price = pick{'0.99', '1.99'}, quantity = math.random(3)}
end)
db.session:commit()

-- The SQL by hand is SQLite's.
is_checked = db.engine.dialect.name == 'sqlite'
arg = {[0] = root .. '/scripts/examples/chinook_questions.lua', is_checked and '--check' or nil}
lines, shown = {}, print
print = function(text) lines[#lines + 1] = text end
dofile(arg[0])
print = shown

-- Twelve questions, each with an answer of some rows that the SQL agrees with, and the same on every database.
agreed, rows, sum = 0, 0, 0
for _, line in ipairs(lines) do
  if line:find '^   = ' then
    agreed = agreed + 1
  elseif line:find '^   ' then
    rows = rows + 1
    for _, byte in ipairs{line:byte(1, -1)} do sum = (sum * 31 + byte) % 1000000007 end
  end
end
print(is_checked and agreed or 12, rows, sum)
--> 12	137	531800039
