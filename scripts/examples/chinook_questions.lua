-- moonbase run scripts/examples/chinook_questions.lua [--check] [NUMBER…]
--
-- Twelve questions to the Chinook database (a shop for music), each as a query over its models and as the SQL one would
-- write by hand. Prints the answers; with --check it asks the database the SQL, too, and fails unless both agree.
-- Fill the database first:  moonbase run scripts/seeds/chinook.lua PATH
--
-- The models are in scripts/seeds/chinook_models.lua. Two things make the queries read like the questions: inside the
-- arguments of filter, where, having and their kin, `==`, `<` and `and` build SQL; and a query is a value, so that a part
-- of a question has a name of its own (`spent`, `months`, `chart`) and is asked from like a table.
local here = arg[0]:match '^(.*/)' or './'
if not rawget(_G, 'PlaylistTrack') then dofile(here .. '../seeds/chinook_models.lua') end  -- unless the app has them
local func = db.func

local questions = {}
local function question(title, sql, build) questions[#questions + 1] = {title = title, sql = sql, build = build} end

question('Which five artists earned most?', [[
  SELECT ar.Name, SUM(l.UnitPrice * l.Quantity) AS revenue
  FROM InvoiceLine l JOIN Track t ON t.TrackId = l.TrackId JOIN Album al ON al.AlbumId = t.AlbumId
  JOIN Artist ar ON ar.ArtistId = al.ArtistId
  GROUP BY ar.ArtistId ORDER BY revenue DESC, ar.Name LIMIT 5]], function()
  return db.select(Artist.name, func.sum(InvoiceLine.unit_price * InvoiceLine.quantity):label 'revenue')
    :join(Artist.albums):join(Album.tracks):join(Track.lines)
    :group_by(Artist.id):order_by(db.desc 'revenue', Artist.name):limit(5)
end)

question('Who is the best customer of each country?', [[
  SELECT country, customer, spent FROM (
    SELECT c.Country AS country, c.FirstName || ' ' || c.LastName AS customer, ROUND(SUM(i.Total), 2) AS spent,
           ROW_NUMBER() OVER (PARTITION BY c.Country ORDER BY ROUND(SUM(i.Total), 2) DESC, c.CustomerId) AS place
    FROM Customer c JOIN Invoice i ON i.CustomerId = c.CustomerId GROUP BY c.CustomerId)
  WHERE place = 1 ORDER BY spent DESC, country]], function()
  local total = func.round(func.sum(Invoice.total), 2)  -- SQLite adds floats: equal sums must be equal
  local spent = db.select(Customer.country, (Customer.first_name .. ' ' .. Customer.last_name):label 'customer', total:label 'spent',
      func.row_number():over{partition_by = Customer.country, order_by = {total:desc(), Customer.id}}:label 'place')
    :join(Customer.invoices):group_by(Customer.id):subquery 'spent'
  return db.select(spent.c.country, spent.c.customer, spent.c.spent)
    :where(spent.c.place == 1):order_by(spent.c.spent:desc(), spent.c.country)
end)

question('What did the shop take month by month, and in all up to then?', [[
  SELECT strftime('%Y-%m', InvoiceDate) AS month, SUM(Total), SUM(SUM(Total)) OVER (ORDER BY strftime('%Y-%m', InvoiceDate))
  FROM Invoice GROUP BY month ORDER BY month]], function()
  local months = db.select(func.strftime('%Y-%m', Invoice.date):label 'month', func.sum(Invoice.total):label 'taken')
    :group_by 'month':subquery 'months'
  return db.select(months.c.month, months.c.taken, func.sum(months.c.taken):over{order_by = months.c.month}:label 'so_far')
    :order_by(months.c.month)
end)

question('Which months did better than the one before by more than a quarter?', [[
  WITH months AS (SELECT strftime('%Y-%m', InvoiceDate) AS month, SUM(Total) AS taken FROM Invoice GROUP BY month),
       steps AS (SELECT month, taken, LAG(taken) OVER (ORDER BY month) AS before FROM months)
  SELECT month, taken, before FROM steps WHERE taken > before * 1.25 ORDER BY month]], function()
  local months = db.select(func.strftime('%Y-%m', Invoice.date):label 'month', func.sum(Invoice.total):label 'taken')
    :group_by 'month':cte 'months'
  local steps = db.select(months.c.month, months.c.taken, func.lag(months.c.taken):over{order_by = months.c.month}:label 'before')
    :cte 'steps'
  return db.select(steps.c.month, steps.c.taken, steps.c.before)
    :where(steps.c.taken > steps.c.before * 1.25):order_by(steps.c.month)
end)

question('Which artists have no album in the shop? (the first ten by name)', [[
  SELECT Name FROM Artist a WHERE NOT EXISTS (SELECT 1 FROM Album WHERE ArtistId = a.ArtistId) ORDER BY Name LIMIT 10]],
  function() return db.select(Artist.name):where(not Artist.albums:any()):order_by(Artist.name):limit(10) end)

question('Who works under whom?', [[
  WITH RECURSIVE tree(id, name, level, path) AS (
    SELECT EmployeeId, LastName, 0, LastName FROM Employee WHERE ReportsTo IS NULL
    UNION ALL
    SELECT e.EmployeeId, e.LastName, t.level + 1, t.path || ' > ' || e.LastName FROM Employee e JOIN tree t ON e.ReportsTo = t.id)
  SELECT name, level, path FROM tree ORDER BY path]], function()
  local tree = db.select(Employee.id:label 'id', Employee.last_name:label 'name', db.literal(0):label 'level',
      db.cast(Employee.last_name, db.Text):label 'path')
    :where(Employee.reports_to == nil):cte{'tree', recursive = true}
  tree = tree:union_all(db.select(Employee.id, Employee.last_name, tree.c.level + 1, tree.c.path .. ' > ' .. Employee.last_name)
    :join(tree, Employee.reports_to == tree.c.id))
  return db.select(tree.c.name, tree.c.level, tree.c.path):order_by(tree.c.path)
end)

question('What share of each playlist is of which genre? (a tenth of it at least)', [[
  SELECT playlist, genre, tracks, ROUND(100.0 * tracks / all_tracks, 1) AS share FROM (
    SELECT p.PlaylistId AS id, p.Name AS playlist, g.Name AS genre, COUNT(*) AS tracks,
           SUM(COUNT(*)) OVER (PARTITION BY p.PlaylistId) AS all_tracks
    FROM Playlist p JOIN PlaylistTrack pt ON pt.PlaylistId = p.PlaylistId JOIN Track t ON t.TrackId = pt.TrackId
    JOIN Genre g ON g.GenreId = t.GenreId GROUP BY p.PlaylistId, g.GenreId)
  WHERE 10 * tracks >= all_tracks ORDER BY id, share DESC, genre]], function()
  local tracks = db.select(Playlist.id, Playlist.name:label 'playlist', Genre.name:label 'genre', func.count():label 'tracks',
      func.sum(func.count()):over{partition_by = Playlist.id}:label 'all_tracks')
    :join(Playlist.entries):join(PlaylistTrack.track):join(Track.genre):group_by(Playlist.id, Genre.id):subquery 'tracks'
  local share = func.round(100.0 * tracks.c.tracks / tracks.c.all_tracks, 1):label 'share'
  return db.select(tracks.c.playlist, tracks.c.genre, tracks.c.tracks, share)
    :where(10 * tracks.c.tracks >= tracks.c.all_tracks):order_by(tracks.c.id, db.desc 'share', tracks.c.genre)
end)

question('Which customers bought both Jazz and Classical?', [[
  SELECT c.FirstName, c.LastName FROM Customer c WHERE c.CustomerId IN (
    SELECT i.CustomerId FROM Invoice i JOIN InvoiceLine l ON l.InvoiceId = i.InvoiceId JOIN Track t ON t.TrackId = l.TrackId
    JOIN Genre g ON g.GenreId = t.GenreId WHERE g.Name = 'Jazz'
    INTERSECT
    SELECT i.CustomerId FROM Invoice i JOIN InvoiceLine l ON l.InvoiceId = i.InvoiceId JOIN Track t ON t.TrackId = l.TrackId
    JOIN Genre g ON g.GenreId = t.GenreId WHERE g.Name = 'Classical')
  ORDER BY c.LastName, c.FirstName]], function()
  local function buyers(genre)
    return db.select(Invoice.customer_id):join(Invoice.lines):join(InvoiceLine.track):join(Track.genre):where(Genre.name == genre)
  end
  return db.select(Customer.first_name, Customer.last_name)
    :where(Customer.id:in_(buyers 'Jazz':intersect(buyers 'Classical'))):order_by(Customer.last_name, Customer.first_name)
end)

question('What does each agent sell a year, where it is more than 150?', [[
  SELECT e.LastName, strftime('%Y', i.InvoiceDate) AS year, COUNT(DISTINCT c.CustomerId), SUM(i.Total) AS sold
  FROM Employee e JOIN Customer c ON c.SupportRepId = e.EmployeeId JOIN Invoice i ON i.CustomerId = c.CustomerId
  GROUP BY e.EmployeeId, year HAVING SUM(i.Total) > 150 ORDER BY e.LastName, year]], function()
  local year, sold = func.strftime('%Y', Invoice.date):label 'year', func.sum(Invoice.total)
  return db.select(Employee.last_name, year, func.count(Customer.id:distinct()), sold:label 'sold')
    :join(Employee.customers):join(Customer.invoices):group_by(Employee.id, 'year')
    :having(sold > 150):order_by(Employee.last_name, 'year')
end)

question('Which albums have long tracks only, of six minutes and more each?', [[
  SELECT al.Title, ar.Name FROM Album al JOIN Artist ar ON ar.ArtistId = al.ArtistId
  WHERE EXISTS (SELECT 1 FROM Track t WHERE t.AlbumId = al.AlbumId)
    AND NOT EXISTS (SELECT 1 FROM Track t WHERE t.AlbumId = al.AlbumId AND t.Milliseconds < 360000)
  ORDER BY al.Title LIMIT 10]], function()
  return db.select(Album.title, Artist.name):join(Album.artist)
    :where(Album.tracks:any() and not Album.tracks:any(Track.milliseconds < 6 * 60 * 1000)):order_by(Album.title):limit(10)
end)

question('Which is the longest track of each genre?', [[
  SELECT g.Name, t.Name, t.Milliseconds / 60000 AS minutes FROM Track t JOIN Genre g ON g.GenreId = t.GenreId
  WHERE t.Milliseconds = (SELECT MAX(o.Milliseconds) FROM Track o WHERE o.GenreId = t.GenreId)
  ORDER BY minutes DESC, g.Name, t.Name]], function()
  local other = db.aliased(Track, 'other')
  local longest = db.select(func.max(other.milliseconds)):where(other.genre_id == Track.genre_id):scalar_subquery()
  local minutes = (Track.milliseconds // 60000):label 'minutes'
  return db.select(Genre.name, Track.name:label 'track', minutes):join_from(Track, Track.genre)
    :where(Track.milliseconds == longest):order_by(db.desc 'minutes', Genre.name, Track.name)
end)

question('How many tracks of which length sold, and how many never did?', [[
  SELECT CASE WHEN t.Milliseconds < 180000 THEN 'short' WHEN t.Milliseconds BETWEEN 180000 AND 300000 THEN 'usual' ELSE 'long' END AS length,
    COUNT(*) FILTER (WHERE EXISTS (SELECT 1 FROM InvoiceLine l WHERE l.TrackId = t.TrackId)),
    COUNT(*) FILTER (WHERE NOT EXISTS (SELECT 1 FROM InvoiceLine l WHERE l.TrackId = t.TrackId))
  FROM Track t GROUP BY length ORDER BY length]], function()
  local length = db.case{ {Track.milliseconds < 180000, 'short'}, {Track.milliseconds:between(180000, 300000), 'usual'}, else_ = 'long' }
  return db.select(length:label 'length', func.count():filter(Track.lines:any()):label 'sold',
      func.count():filter(not Track.lines:any()):label 'never_sold')
    :group_by 'length':order_by 'length'
end)

-- --- asking -------------------------------------------------------------------------------------------

local check, wanted = false, {}
for _, argument in ipairs(arg) do
  if argument == '--check' then check = true else wanted[tonumber(argument) or error('no question ' .. argument, 0)] = true end
end

-- A cell as both sides print it: the ORM gives exact decimals where the bare database gives floats.
local function cell(value)
  local number = tonumber(tostring(value))
  if number and math.type(number) == 'float' then return ('%.2f'):format(number) end
  return number and math.type(value) ~= 'integer' and type(value) ~= 'string' and ('%.2f'):format(number) or tostring(value)
end

local function lines_of(result)
  local lines = {}
  for _, row in ipairs(result:all()) do
    local cells = {}
    for k = 1, #row do cells[k] = cell(row[k]) end
    lines[#lines + 1] = table.concat(cells, ' | ')
  end
  return lines
end

local failed = false
for number, asked in ipairs(questions) do
  if next(wanted) == nil or wanted[number] then
    print(('%d. %s'):format(number, asked.title))
    local lines = lines_of(db.session:execute(asked.build()))
    for _, line in ipairs(lines) do print('   ' .. line) end
    if check then
      local expected = lines_of(db.session:execute(db.text(asked.sql)))
      local same = table.concat(lines, '\n') == table.concat(expected, '\n')
      print(same and '   = the SQL says the same' or '   ! the SQL says:\n   ' .. table.concat(expected, '\n   '))
      failed = failed or not same
    end
  end
end
if failed then error('an answer is not the one the SQL gives', 0) end
